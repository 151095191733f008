import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keepAttributes } from './attributes.ts';
import { removeLeftovers } from './leftovers.ts';
import { lstatIfExists } from './read-file.ts';
import { isSystemError } from './system-errors.ts';
import { temporaryName } from './temporary-name.ts';

/** A file to write. */
export interface FileToWrite {
  /**
   * The path of the file. Its directory must exist; an existing file is replaced, and its owner, group and permissions
   * are kept where this process may set them.
   */
  path: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
  /** The permissions of a new file; those that the creation mask leaves by default. */
  mode?: number;
}

/**
 * Writes files so that readers see the old or the new content of each, never a part of it. All of them are on disk
 * before the first one gets its name, so that one that cannot be written keeps the others from being replaced.
 *
 * @param directory - Holds the temporary files; it exists, if possible on the file system of the files. Temporary files
 * that crashes left in it are removed.
 * @param files - The files.
 * @param permit - Called when only the names are left to change; by default they are changed.
 * @returns Whether it was permitted.
 * @throws The errors of the operating system, and what the contents and `permit` throw
 */
export async function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  permit: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const prepared = files.map((file) => ({ ...file, temporary: join(directory, temporaryName()) }));
  try {
    for (const file of prepared) await writeTemporary(file.temporary, file);
    if (!(await permit())) return false;
    for (const file of prepared) await moveIntoPlace(file.temporary, file);
    return true;
  } finally {
    for (const { temporary } of prepared) await rm(temporary, { force: true });
  }
}

async function writeTemporary(temporary: string, { path, content, mode }: FileToWrite): Promise<void> {
  const replaced = await lstatIfExists(path);
  const old = replaced?.isFile() ? replaced : undefined;
  // Nobody else may read it before it has its own permissions.
  const file = await open(temporary, 'wx', old ? 0o600 : mode);
  try {
    await removeLeftovers(dirname(temporary), await timeOf(file));
    await writeFile(file, content);
    if (old) await keepAttributes(file, old);
    // The creation mask may have taken permissions away.
    else if (mode !== undefined) await file.chmod(mode);
    // Otherwise a crash of the system could leave the name with an empty file.
    await file.sync();
  } finally {
    await file.close();
  }
}

async function timeOf(file: FileHandle): Promise<number> {
  return (await file.stat()).mtimeMs;
}

async function moveIntoPlace(temporary: string, file: FileToWrite): Promise<void> {
  try {
    await rename(temporary, file.path);
  } catch (error) {
    if (!isSystemError(error, 'EXDEV')) throw error;
    await copyIntoPlace({ ...file, content: createReadStream(temporary) });
  }
}

/** Replaces a file on another file system: only within one can a file be renamed. */
async function copyIntoPlace(file: FileToWrite): Promise<void> {
  const temporary = join(dirname(file.path), temporaryName());
  try {
    await writeTemporary(temporary, file);
    await rename(temporary, file.path);
  } finally {
    await rm(temporary, { force: true });
  }
}
