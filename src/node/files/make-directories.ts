import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing, isSystemError } from './system-errors.ts';

/**
 * Makes a directory and those that contain it, unless they exist.
 *
 * The option `recursive` of `mkdir` is not used: Node never returns from it where a directory that exists answers
 * `ENOENT` to every new name, as `/proc` does.
 *
 * @param path - The path of the directory.
 * @param mode - The permissions of each new directory; those that the creation mask leaves by default.
 * @throws The errors of the operating system
 */
export async function makeDirectories(path: string, mode?: number): Promise<void> {
  try {
    await makeDirectory(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isSystemError(error, 'ENOENT') || parent === path) throw error;
    await makeDirectories(parent, mode);
    await makeDirectory(path, mode);
  }
}

async function makeDirectory(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Besides `EEXIST`, a root of Windows answers `EPERM`, and a file system that cannot be written `EROFS`.
    if (!isSystemError(error) || !(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
