import type { Readable } from 'node:stream';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { readRegularFile } from '../../node/files/read-file.ts';

const MAX_FILE = 4 * 1024 * 1024;
const MAX_SECRET = 64 * 1024;

/** Reads a file that the command line names; it may be a link. */
export function readGivenFile(path: string, what: string, maxBytes = MAX_FILE): Promise<Uint8Array> {
  return readRegularFile(path, { what, code: 'ERR_ARGUMENT_INVALID', maxBytes, followLinks: true });
}

/** Reads a secret from a file, or from standard input if the path is `-`, without the newline at its end. */
export async function readSecret(path: string, what: string, stdin: Readable): Promise<string> {
  if (path === '-') return readSecretFrom(stdin, what);
  return withoutNewline(new TextDecoder().decode(await readGivenFile(path, what, MAX_SECRET)));
}

/** Reads a secret from standard input, without the newline at its end. */
export async function readSecretFrom(stdin: Readable, what: string): Promise<string> {
  return withoutNewline(new TextDecoder().decode(await readInput(stdin, what, MAX_SECRET)));
}

/** Reads standard input to its end. */
export async function readInput(stdin: Readable, what: string, maxBytes = MAX_FILE): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? encodeUtf8(chunk) : (chunk as Uint8Array);
    size += bytes.length;
    if (size > maxBytes) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${what} is larger than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
