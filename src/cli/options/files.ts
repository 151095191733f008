import type { Readable } from 'node:stream';
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
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array);
    size += bytes.length;
    if (size > MAX_SECRET)
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${what} is larger than ${MAX_SECRET} bytes`);
    chunks.push(bytes);
  }
  return withoutNewline(Buffer.concat(chunks).toString('utf8'));
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
