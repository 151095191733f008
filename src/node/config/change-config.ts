import { join } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { type Lock, withLock } from '../files/lock.ts';
import { makeDirectories } from '../files/make-directories.ts';
import { statusOf } from '../files/read-file.ts';
import { attempt } from '../files/system-errors.ts';
import { writeFiles } from '../files/write-files.ts';

const CODE = 'ERR_CONFIG_INVALID';
/** The permissions that notation sets: only the owner can read the file. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Files of the configuration to write. */
export interface ConfigFiles {
  /** Their contents by their paths relative to the configuration, in directories that exist. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The directory of the temporary files, relative to the configuration; itself by default. */
  temporaryDirectory?: string;
  /** Reports whether the files are still what the change was made from; they are by default. */
  isCurrent?: () => Promise<boolean>;
}

/**
 * Writes files of the configuration, either all of them or none. Files that exist are replaced and keep their owner,
 * their group and their permissions.
 * @returns Whether they were written; not if another process took over the lock, or they are not current.
 */
export type WriteConfig = (files: ConfigFiles) => Promise<boolean>;

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
  await attempt(CODE, `make the directory ${path}`, () => makeDirectories(path, DIRECTORY_MODE));
}

async function write(
  directory: string,
  { files: contents, temporaryDirectory = '', isCurrent = async () => true }: ConfigFiles,
  { held }: Lock,
): Promise<boolean> {
  const files = [...contents].map(([name, content]) => ({
    path: join(directory, name),
    content,
    mode: FILE_MODE,
  }));
  for (const { path } of files) await checkReplaceable(path);
  const task = `write ${files.map(({ path }) => path).join(', ')}`;
  const permit = async () => (await held()) && (await isCurrent());
  return attempt(CODE, task, () => writeFiles(join(directory, temporaryDirectory), files, permit));
}

async function checkReplaceable(path: string): Promise<void> {
  const status = await statusOf(path, CODE);
  if (!status || status.isFile()) return;
  throw new NotationError(CODE, `${path} is not a regular file`);
}
