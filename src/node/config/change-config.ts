import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { type Lock, withLock } from '../files/lock.ts';
import { statusOf } from '../files/read-file.ts';
import { attempt } from '../files/system-errors.ts';
import { type FileToWrite, writeFiles } from '../files/write-files.ts';

const CODE = 'ERR_CONFIG_INVALID';
/** The permissions that notation sets: only the owner can read the file. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const PERMISSIONS = 0o777;

/**
 * Writes files of the configuration, either all of them or none. Files that exist are replaced and keep their
 * permissions.
 * @param files - By their paths relative to the configuration, in directories that exist.
 * @returns Whether they were written; not if another process took over the lock.
 */
export type WriteConfig = (files: ReadonlyMap<string, Uint8Array>) => Promise<boolean>;

/**
 * Changes a configuration while no other process that uses notarykit can change it. The CLI does not know the lock.
 *
 * @param directory - The directory of the configuration; it is made if it does not exist.
 * @param change - Reads and writes. Returns whether it is done; if not, it is called again.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, and what the change throws
 */
export async function changeConfig(
  directory: string,
  change: (write: WriteConfig) => Promise<boolean>,
): Promise<void> {
  await makeDirectory(directory);
  await withLock(directory, { code: CODE }, (lock) => change((files) => write(directory, files, lock)));
}

/**
 * Makes a directory that only its owner can read, and those that it is in.
 * @throws NotationError `ERR_CONFIG_INVALID`
 */
export async function makeDirectory(path: string): Promise<void> {
  const options = { recursive: true, mode: DIRECTORY_MODE };
  await attempt(CODE, `make the directory ${path}`, () => mkdir(path, options));
}

async function write(
  directory: string,
  contents: ReadonlyMap<string, Uint8Array>,
  { held }: Lock,
): Promise<boolean> {
  const files: FileToWrite[] = [];
  for (const [name, content] of contents) {
    const path = join(directory, name);
    files.push({ path, content, mode: await modeFor(path) });
  }
  const task = `write ${files.map(({ path }) => path).join(', ')}`;
  // The temporary files are not in the directory of the target: a named store contains only certificates.
  return attempt(CODE, task, () => writeFiles(directory, files, held));
}

async function modeFor(path: string): Promise<number> {
  const status = await statusOf(path, CODE);
  if (!status) return FILE_MODE;
  if (status.isFile()) return status.mode & PERMISSIONS;
  throw new NotationError(CODE, `${path} is not a regular file`);
}
