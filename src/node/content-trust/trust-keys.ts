import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8 } from '../../encoding/bytes.ts';
import { decodePem } from '../../encoding/pem.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { attempt, isMissing } from '../files/system-errors.ts';

/** A file with a private key. */
export interface TrustKeyFile {
  /** The identifier of the key; of a root or signer key without the certificate that metadata has with it. */
  id: string;
  /** The role that the client wrote into the file: `root`, `targets`, `snapshot`, or the name of a signer. */
  role?: string;
  /** The GUN that the client wrote into the file; not that of root keys and signers, which are for many. */
  gun?: string;
  /** Whether a passphrase is needed. */
  encrypted: boolean;
  path: string;
}

const CODE = 'ERR_KEY_INVALID';
const NAME = /^([0-9a-f]{64})\.key$/;
const ID = /^[0-9a-f]{64}$/;
const MAX_FILE = 1024 * 1024;
const MAX_FILES = 10_000;

/**
 * Lists the files of private keys in a directory, by their identifiers.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function listTrustKeys(directory: string): Promise<TrustKeyFile[]> {
  const names = (await namesIn(directory)).filter((name) => NAME.test(name)).sort();
  if (names.length > MAX_FILES) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `${directory} has more than ${MAX_FILES} keys`);
  }
  const keys: TrustKeyFile[] = [];
  for (const name of names) {
    const path = join(directory, name);
    keys.push({ id: name.slice(0, -'.key'.length), ...headersOf(await readKeyFile(path), path), path });
  }
  return keys;
}

/**
 * Reads the file of a private key.
 * @throws NotationError `ERR_KEY_NOT_FOUND`, `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 */
export async function readTrustKey(directory: string, id: string): Promise<string> {
  if (typeof id !== 'string' || !ID.test(id)) throw argumentInvalid('id must be the identifier of a key');
  return readKeyFile(join(directory, `${id}.key`));
}

async function readKeyFile(path: string): Promise<string> {
  const bytes = await readRegularFileIfExists(path, { what: 'private key', code: CODE, maxBytes: MAX_FILE });
  if (!bytes) throw new NotationError('ERR_KEY_NOT_FOUND', `there is no private key ${quote(path)}`);
  return decodeUtf8(bytes, 'private key');
}

/** The error has no cause: that could show a part of the key. */
function headersOf(pem: string, path: string): Pick<TrustKeyFile, 'role' | 'gun' | 'encrypted'> {
  const [block, ...others] = blocksOf(pem, path);
  if (!block?.label.endsWith('PRIVATE KEY') || others.length > 0) throw malformed(path);
  const header = (name: string) =>
    block.headers
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const [role, gun, legacy] = [header('role'), header('gun'), header('Proc-Type')];
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || legacy?.endsWith('ENCRYPTED') === true;
  return { ...(role !== undefined && { role }), ...(gun !== undefined && { gun }), encrypted };
}

function blocksOf(pem: string, path: string) {
  try {
    return decodePem(pem);
  } catch (error) {
    if (isNotationError(error)) throw malformed(path);
    throw error;
  }
}

function malformed(path: string): NotationError {
  return new NotationError(CODE, `${quote(path)} is not a file with one private key in PEM`);
}

async function namesIn(directory: string): Promise<string[]> {
  return attempt(CODE, `list ${directory}`, async () => {
    try {
      return await readdir(directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  });
}
