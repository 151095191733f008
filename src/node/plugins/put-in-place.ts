import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { lstatIfExists } from '../files/read-file.ts';
import { isSystemError } from '../files/system-errors.ts';
import { programName } from './plugin-file.ts';

/**
 * Moves the directory of a plugin to its place. A directory cannot be renamed over another one, so the files of an
 * installed plugin are replaced one by one: a reader finds its old program or the new one, and a crash leaves one
 * of them.
 *
 * @param from - The directory of the new plugin.
 * @param target - The place, whose last part is the name of the plugin.
 * @param overwrite - Whether to replace what is there.
 * @throws NotationError `ERR_PLUGIN_EXISTS`, and the errors of the operating system
 */
export async function putInPlace(from: string, target: string, overwrite: boolean): Promise<void> {
  const old = overwrite ? await lstatIfExists(target) : undefined;
  if (old?.isDirectory()) return replaceFiles(from, target);
  // A symbolic link or a file: no plugin that is run.
  if (old) await rm(target, { force: true });
  try {
    await rename(from, target);
  } catch (cause) {
    if (!isSystemError(cause, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw cause;
    const message = `another process installed a plugin at ${target} at the same time`;
    throw new NotationError('ERR_PLUGIN_EXISTS', message, { cause });
  }
}

/** The program comes last, so that it finds the files that it needs. */
async function replaceFiles(from: string, target: string): Promise<void> {
  const program = programName(basename(target));
  const names = await readdir(from);
  for (const name of [...names.filter((one) => one !== program), program]) {
    await replace(join(from, name), join(target, name));
  }
  for (const name of await readdir(target)) {
    if (!names.includes(name)) await rm(join(target, name), { recursive: true, force: true });
  }
}

async function replace(from: string, to: string): Promise<void> {
  if ((await lstatIfExists(to))?.isDirectory()) await rm(to, { recursive: true });
  await rename(from, to);
}
