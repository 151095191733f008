import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { isSystemError } from './system-errors.ts';
import { isTemporaryName } from './temporary-name.ts';

/** Milliseconds. A temporary file is written without a break: one that was not for so long was left by a crash. */
const OLD = 60 * 60 * 1000;

/**
 * Removes the temporary files and directories that crashes left in a directory. Those that cannot be removed stay: they
 * may be another user's, and must not keep anybody from writing.
 *
 * @param now - The time in milliseconds since 1970, by the clock that dates the files of the directory: that of the
 * machine may differ from that of a file server.
 */
export async function removeLeftovers(directory: string, now: number): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (isTemporaryName(name)) await removeIfOld(join(directory, name), now);
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    // A directory that can be written need not be readable.
    if (isSystemError(error)) return [];
    throw error;
  }
}

async function removeIfOld(path: string, now: number): Promise<void> {
  try {
    const status = await lstat(path);
    if (now - status.mtimeMs < OLD) return;
    // The owner of a directory could put links into it while it is being emptied.
    if (status.isDirectory() && status.uid !== (process.geteuid?.() ?? status.uid)) return;
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
