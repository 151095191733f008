import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeLeftovers } from '../files/leftovers.ts';
import { makeDirectories } from '../files/make-directories.ts';
import { attempt, isSystemError } from '../files/system-errors.ts';
import { temporaryName } from '../files/temporary-name.ts';

/**
 * Runs work with a temporary directory from which directories can be renamed into the directory of plugins, and back.
 * It is next to that directory, where nobody takes it for a plugin: the CLI lists every directory in it. Only if that
 * is not possible, because of permissions or another file system, is it in it.
 *
 * @param directory - The directory of plugins; it is made if it does not exist.
 * @throws NotationError `ERR_PLUGIN_INVALID`, and what the work throws
 */
export async function withStaging<T>(directory: string, work: (staging: string) => Promise<T>): Promise<T> {
  const task = `write the plugin directory ${directory}`;
  const staging = await attempt('ERR_PLUGIN_INVALID', task, () => makeStaging(directory));
  try {
    return await work(staging);
  } finally {
    await attempt('ERR_PLUGIN_INVALID', task, () => rm(staging, { recursive: true, force: true }));
  }
}

async function makeStaging(directory: string): Promise<string> {
  await makeDirectories(directory);
  const plugins = await realpath(directory);
  const sibling = join(dirname(plugins), temporaryName());
  const staging = (await tryStaging(sibling, plugins)) ? sibling : join(plugins, temporaryName());
  if (staging !== sibling) await mkdir(staging, { mode: 0o700 });
  const { mtimeMs } = await stat(staging);
  for (const parent of [dirname(plugins), plugins]) await removeLeftovers(parent, mtimeMs);
  return staging;
}

/** Makes a directory; returns whether that is possible, and a file of it can be renamed into the other directory. */
async function tryStaging(staging: string, plugins: string): Promise<boolean> {
  try {
    await mkdir(staging, { mode: 0o700 });
    const name = temporaryName();
    await writeFile(join(staging, name), '');
    await rename(join(staging, name), join(plugins, name));
    await rm(join(plugins, name));
    return true;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS', 'EXDEV')) return false;
    throw error;
  }
}
