import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NotationError } from '../../errors/index.ts';
import { throwIfAborted } from '../../net/abort.ts';
import { isSystemError, readFileOf, TEMPORARY } from '../layout/layout-files.ts';

export const LOCK = `${TEMPORARY}lock`;
/** A lock is held while one small file is read and written: one that is older was left behind. Milliseconds. */
const STALE = 10_000;
const PATIENCE = 30_000;
const MAX_TOKEN = 1024;

/** A lock on the index of a layout. */
export interface Lock {
  /** Whether the lock is held still: a holder that slept too long has lost it. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Waits for the lock of a folder, against other processes too.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_LAYOUT_INVALID`
 */
export async function acquireLock(folder: string, signal: AbortSignal | undefined): Promise<Lock> {
  const path = join(folder, LOCK);
  const token = randomUUID();
  const deadline = Date.now() + PATIENCE;
  while (!(await create(path, token))) {
    throwIfAborted(signal);
    if (Date.now() > deadline) {
      const message = `another process holds ${LOCK} of the image layout; remove it if there is none`;
      throw new NotationError('ERR_TIMEOUT', message);
    }
    if (!(await removeStale(folder))) await wait(5 + Math.random() * 20);
  }
  const held = async () => (await holder(folder))?.token === token;
  return {
    held,
    async release() {
      if (await held()) await rm(path, { force: true });
    },
  };
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(token);
    } finally {
      await file.close();
    }
    return true;
  } catch (cause) {
    if (isSystemError(cause, 'EEXIST')) return false;
    // Windows says so while a file that was removed is still open somewhere.
    if (process.platform === 'win32' && isSystemError(cause, 'EPERM')) return false;
    throw cause;
  }
}

async function holder(folder: string, name = LOCK): Promise<{ token: string; modified: number } | undefined> {
  const file = await readFileOf(folder, name, MAX_TOKEN);
  return file && { token: new TextDecoder().decode(file.bytes), modified: file.modified };
}

/**
 * Removes a lock that was left behind. Another process may have done so and hold the lock by now: what is moved out of
 * the way is looked at again, and put back when it is not what was left behind.
 */
async function removeStale(folder: string): Promise<boolean> {
  const found = await holder(folder);
  if (!found || Date.now() - found.modified < STALE) return false;
  const moved = `${TEMPORARY}${randomUUID()}.stale`;
  try {
    await rename(join(folder, LOCK), join(folder, moved));
    if ((await holder(folder, moved))?.token !== found.token) {
      await link(join(folder, moved), join(folder, LOCK)).catch(() => undefined);
    }
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT')) throw cause;
  } finally {
    await rm(join(folder, moved), { force: true });
  }
  return true;
}
