import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { acquireLock, LOCK, type Lock } from '../files/lock.ts';
import { isMissing } from '../files/read-file.ts';
import { isSystemError, TEMPORARY } from '../layout/layout-files.ts';

/** As notation makes them: nobody else reads what is in them. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const PERMISSIONS = 0o777;

/** Writes files of a configuration folder that is locked. */
export interface ConfigWriter {
  /**
   * Writes files so that readers see all of each or nothing, and none where one cannot be written. Those that are there
   * are replaced and their permissions kept.
   * @param files - By their paths below the folder, in folders that are there.
   */
  write(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
}

/**
 * Changes files of a configuration folder, which is made where it is missing: one writer of notarykit at a time, in
 * whatever process. The CLI knows of no lock.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, and what the change is rejected with
 */
export async function changeConfig<T>(
  directory: string,
  change: (writer: ConfigWriter) => Promise<T>,
): Promise<T> {
  await makeFolder(directory);
  const lock = await lockFolder(directory);
  try {
    return await change({ write: (files) => writeWhole(directory, files, lock) });
  } finally {
    await onDisk(`unlock ${directory}`, lock.release());
  }
}

/**
 * Makes a folder for its owner alone, and those that it is in.
 * @throws NotationError `ERR_CONFIG_INVALID`
 */
export async function makeFolder(path: string): Promise<void> {
  await onDisk(`make the folder ${path}`, mkdir(path, { recursive: true, mode: FOLDER_MODE }));
}

/**
 * What is at a path, links not followed; nothing where there is nothing.
 * @throws NotationError `ERR_CONFIG_INVALID`
 */
export async function statusOf(path: string): Promise<Stats | undefined> {
  return onDisk(
    `look at ${path}`,
    lstat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    }),
  );
}

/**
 * Waits for work on files.
 * @param what - What the work is to do, for the error.
 * @throws NotationError `ERR_CONFIG_INVALID` for what the system refuses.
 */
export async function onDisk<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const reason = isSystemError(cause) ? ` (${cause.code})` : '';
    throw new NotationError('ERR_CONFIG_INVALID', `cannot ${what}${reason}`, { cause });
  }
}

/** The lock is that of image layouts, whose errors speak of layouts. */
async function lockFolder(directory: string): Promise<Lock> {
  try {
    return await acquireLock(directory, undefined);
  } catch (cause) {
    if (isNotationError(cause, 'ERR_TIMEOUT')) {
      const message = `another process holds ${join(directory, LOCK)}; remove it if there is none`;
      throw new NotationError('ERR_TIMEOUT', message, { cause });
    }
    const reason = isSystemError(cause) ? ` (${cause.code})` : '';
    throw new NotationError('ERR_CONFIG_INVALID', `cannot lock ${directory}${reason}`, { cause });
  }
}

async function writeWhole(
  directory: string,
  files: ReadonlyMap<string, Uint8Array>,
  lock: Lock,
): Promise<void> {
  const prepared: { temporary: string; target: string }[] = [];
  try {
    for (const [path, bytes] of files) {
      const target = join(directory, path);
      const mode = await modeFor(target);
      // Not beside the target: named stores hold certificates only.
      const temporary = join(directory, `${TEMPORARY}${randomUUID()}.tmp`);
      prepared.push({ temporary, target });
      await onDisk(`write ${target}`, writeTemporary(temporary, bytes, mode));
    }
    if (!(await onDisk(`look at ${LOCK}`, lock.held()))) {
      throw new NotationError('ERR_TIMEOUT', `another process took over the lock of ${directory}`);
    }
    for (const { temporary, target } of prepared) await onDisk(`write ${target}`, rename(temporary, target));
  } finally {
    for (const { temporary } of prepared) {
      await onDisk(`remove ${temporary}`, rm(temporary, { force: true }));
    }
  }
}

async function modeFor(target: string): Promise<number> {
  const existing = await statusOf(target);
  if (!existing) return FILE_MODE;
  if (existing.isFile()) return existing.mode & PERMISSIONS;
  throw new NotationError('ERR_CONFIG_INVALID', `${target} is not a regular file`);
}

async function writeTemporary(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
