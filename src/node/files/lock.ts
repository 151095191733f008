import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import { escapeUnprintable } from '../../errors/quote.ts';
import { pause } from '../../net/abort.ts';
import { openRegularFile, readBytes } from './read-file.ts';
import { attempt, isSystemError } from './system-errors.ts';
import { OWN_PREFIX } from './temporary-name.ts';

/** The name of the lock file of a directory. */
export const LOCK_NAME = `${OWN_PREFIX}lock`;
/**
 * Milliseconds. A lock is held while a few small files are read and written: one that this process has seen unchanged
 * for longer was left by a crash.
 */
const STALE = 10_000;
/** Milliseconds to wait for a lock. */
const PATIENCE = 30_000;
/** How often the lock may be lost, or the files be changed by programs that do not know it. */
const MAX_ATTEMPTS = 20;
const MAX_TOKEN = 1024;
/** The most locks to remember; only those that nobody waits for any more stay. */
const MAX_SIGHTINGS = 1000;

/** A lock that was acquired. */
export interface Lock {
  /** Reports whether the lock is still held: another process takes it over from one that was asleep too long. */
  held(): Promise<boolean>;
}

/** How to wait for a lock, and how its failures are reported. */
export interface LockOptions {
  /** The code of an error of the operating system. */
  code: ErrorCode;
  signal?: AbortSignal | undefined;
}

interface LockFile {
  token: string;
  version: string;
}

/** A lock as this process saw it first. */
interface Sighting {
  version: string;
  /** By the clock of this process, which nobody sets. */
  since: number;
}

/**
 * The locks that this process has waited for, by path. Their own times say nothing: they come from clocks that may be
 * set, or that of a file server. A wait that is cut short by a deadline counts for the next one.
 */
const sightings = new Map<string, Sighting>();

/**
 * Runs work while a directory is locked against other writers of notarykit, in this process and in others.
 *
 * The lock is a file that contains a token of its owner. Work that writes checks `held` at the last moment: a process that
 * was asleep for longer than {@link STALE} may have lost the lock.
 *
 * @param directory - It exists.
 * @param work - Returns whether it is done. Work that lost the lock is not, nor is work on files that another program
 * changed meanwhile; it is run again under a new lock.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`, the code that is given, and what the work throws
 */
export async function withLock(
  directory: string,
  options: LockOptions,
  work: (lock: Lock) => Promise<boolean>,
): Promise<void> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    if (await runOnce(directory, options, work)) return;
    await pauseBriefly(join(directory, LOCK_NAME), options.signal);
  }
  const message = `other processes keep changing ${escapeUnprintable(directory)} at the same time`;
  throw new NotationError('ERR_TIMEOUT', message);
}

async function runOnce(
  directory: string,
  options: LockOptions,
  work: (lock: Lock) => Promise<boolean>,
): Promise<boolean> {
  const { code } = options;
  const path = join(directory, LOCK_NAME);
  const token = randomUUID();
  const held = async () => (await readLock(path, code))?.token === token;
  await attempt(code, `lock ${directory}`, () => acquire(path, token, options));
  try {
    return await work({ held });
  } finally {
    await attempt(code, `unlock ${directory}`, async () => {
      if (await held()) await rm(path, { force: true });
    });
  }
}

async function acquire(path: string, token: string, { code, signal }: LockOptions): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await create(path, token))) {
    if (performance.now() > deadline) {
      const message = `another process holds the lock ${escapeUnprintable(path)}; remove it if no such process runs`;
      throw new NotationError('ERR_TIMEOUT', message);
    }
    if (!(await removeStale(path, code))) await pauseBriefly(path, signal);
  }
  sightings.delete(path);
}

/** Waits for a random time, so that writers do not stay in step. */
function pauseBriefly(path: string, signal: AbortSignal | undefined): Promise<void> {
  return pause(5 + Math.random() * 20, signal, `the wait for the lock ${escapeUnprintable(path)}`);
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
    // Windows reports this while a file that was removed is still open somewhere.
    if (platform === 'win32' && isSystemError(cause, 'EPERM')) return false;
    throw cause;
  }
}

async function readLock(path: string, code: ErrorCode): Promise<LockFile | undefined> {
  const opened = await openRegularFile(path, { what: 'lock', code, maxBytes: MAX_TOKEN });
  if (!opened) return undefined;
  const { file, size, version } = opened;
  try {
    const token = new TextDecoder().decode(await readBytes(file, size));
    return { token, version: `${version} ${token}` };
  } finally {
    await file.close();
  }
}

/**
 * Removes a lock that was left behind. Only the process that makes the guard may do so: otherwise a slower one would
 * remove the lock that a faster one has acquired meanwhile.
 * @returns Whether it is worth trying again at once.
 */
async function removeStale(path: string, code: ErrorCode): Promise<boolean> {
  if (!(await isStale(path, code))) return false;
  const guard = `${path}-removal`;
  if (!(await create(guard, randomUUID()))) {
    // Left behind as well, by a crash during a removal.
    if (await isStale(guard, code)) await rm(guard, { force: true });
    return false;
  }
  try {
    if (await isStale(path, code)) await rm(path, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/** Reports whether this process has seen a lock, and nothing but this one, for too long. */
async function isStale(path: string, code: ErrorCode): Promise<boolean> {
  const file = await readLock(path, code);
  const seen = sightings.get(path);
  if (seen && seen.version === file?.version) return performance.now() - seen.since > STALE;
  sightings.delete(path);
  if (!file) return false;
  if (sightings.size >= MAX_SIGHTINGS) sightings.clear();
  sightings.set(path, { version: file.version, since: performance.now() });
  return false;
}
