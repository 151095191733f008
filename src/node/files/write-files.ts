import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryName } from './temporary-name.ts';

/** A file to write. */
export interface FileToWrite {
  /** The path of the file. Its directory must exist; an existing file is replaced. */
  path: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
  /** Its permissions; those that the creation mask leaves by default. */
  mode?: number;
}

/**
 * Writes files so that readers see the old or the new content of each, never a part of it. All of them are on disk
 * before the first one gets its name, so that one that cannot be written keeps the others from being replaced.
 *
 * @param directory - Holds the temporary files; it exists, on the file system of the files.
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
    for (const { temporary, path } of prepared) await rename(temporary, path);
    return true;
  } finally {
    for (const { temporary } of prepared) await rm(temporary, { force: true });
  }
}

async function writeTemporary(temporary: string, { content, mode }: FileToWrite): Promise<void> {
  const file = await open(temporary, 'wx', mode);
  try {
    await writeFile(file, content);
    // The creation mask may have taken permissions away.
    if (mode !== undefined) await file.chmod(mode);
    // Otherwise a crash of the system could leave the name with an empty file.
    await file.sync();
  } finally {
    await file.close();
  }
}
