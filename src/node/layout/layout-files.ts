import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { readBytes } from '../files/read-file.ts';

/** What is written before it gets its name. */
export const TEMPORARY = '.notarykit-';
/** Neither waits for a writer where a pipe lies instead of a file. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file that was read. */
export interface ReadFile {
  bytes: Uint8Array;
  /** Milliseconds since 1970. */
  modified: number;
}

/**
 * Reads a file of a folder, unless it is missing.
 *
 * @param path - Below the folder. Links are followed as long as they stay in it.
 * @param maxBytes - The ceiling, checked before anything is read.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`
 */
export async function readFileOf(
  folder: string,
  path: string,
  maxBytes: number,
): Promise<ReadFile | undefined> {
  return attempt(`read ${path}`, async () => {
    const opened = await openFileOf(folder, path, maxBytes);
    if (!opened) return undefined;
    const { file, size, modified } = opened;
    try {
      return { bytes: await readBytes(file, size), modified };
    } finally {
      await file.close();
    }
  });
}

/**
 * Opens a file of a folder to read it, unless it is missing; who opens it closes it. See {@link readFileOf}.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`, and errors of the system
 */
export async function openFileOf(
  folder: string,
  path: string,
  maxBytes: number,
): Promise<{ file: FileHandle; size: number; modified: number } | undefined> {
  const place = await placeOf(folder, path);
  const file = place === undefined ? undefined : await openUnlessMissing(place);
  if (!file) return undefined;
  try {
    return { file, ...(await checkFile(file, path, maxBytes)) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Another process may have removed the file by now. */
async function openUnlessMissing(place: string): Promise<FileHandle | undefined> {
  try {
    return await open(place, READ);
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT')) return undefined;
    throw cause;
  }
}

async function checkFile(
  file: FileHandle,
  path: string,
  maxBytes: number,
): Promise<{ size: number; modified: number }> {
  const status = await file.stat();
  if (!status.isFile()) throw new NotationError('ERR_LAYOUT_INVALID', `${path} is not a file`);
  if (status.size > maxBytes) {
    const message = `${path} has ${status.size} bytes, more than the ${maxBytes} allowed`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  return { size: status.size, modified: status.mtimeMs };
}

/**
 * Writes a file of a folder so that readers see all of it or nothing; a file of that name is replaced.
 *
 * @param path - Below the folder, in a folder that is there.
 * @param permit - Asked when all that is left to do is to give the file its name; by default it gets it.
 * @returns Whether it was permitted.
 * @throws NotationError `ERR_LAYOUT_INVALID`
 */
export async function writeFileOf(
  folder: string,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  permit: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const temporary = join(folder, `${TEMPORARY}${randomUUID()}.tmp`);
  return attempt(`write ${path}`, async () => {
    try {
      const file = await open(temporary, 'wx');
      try {
        await writeFile(file, content);
      } finally {
        await file.close();
      }
      if (!(await permit())) return false;
      await rename(temporary, join(folder, path));
      return true;
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/**
 * Removes a file of a folder.
 * @returns Whether it was there.
 * @throws NotationError `ERR_LAYOUT_INVALID`
 */
export async function removeFileOf(folder: string, path: string): Promise<boolean> {
  return attempt(`remove ${path}`, async () => {
    // Of a link to elsewhere nothing is removed.
    if ((await placeOf(folder, path)) === undefined) return false;
    await rm(join(folder, path), { force: true });
    return true;
  });
}

/**
 * Makes a folder in a folder, unless it is there.
 * @throws NotationError `ERR_LAYOUT_INVALID` also when it is there and leads out of the folder.
 */
export async function makeFolder(folder: string, path: string): Promise<void> {
  await attempt(`make ${path}`, async () => {
    await mkdir(join(folder, path), { recursive: true });
    await placeOf(folder, path);
  });
}

/** Where a file is once links are followed; nothing when it is missing. */
async function placeOf(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const place = await realpath(join(root, path));
    if (place.startsWith(root.endsWith(sep) ? root : root + sep)) return place;
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT')) return undefined;
    throw cause;
  }
  throw new NotationError('ERR_LAYOUT_INVALID', `${path} is a link that leads out of the layout`);
}

/**
 * Runs work on files; its failures are errors of the layout.
 * @param what - What the work is to do, for the error.
 */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof NotationError) throw cause;
    const code = isSystemError(cause) ? ` (${cause.code})` : '';
    throw new NotationError('ERR_LAYOUT_INVALID', `the image layout is not usable: cannot ${what}${code}`, {
      cause,
    });
  }
}

/** Whether a failure is one of the operating system, of a certain code if one is given. */
export function isSystemError(error: unknown, code?: string): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined || error.code === code;
}
