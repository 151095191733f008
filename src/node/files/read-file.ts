import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import { escapeUnprintable } from '../../errors/quote.ts';
import { attempt, isMissing } from './system-errors.ts';

/** Opening a pipe does not wait for its writer. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Windows has no such flag either: there, only the look before opening finds a link. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** The requirements for a file, and its name in errors. */
export interface FileExpectation {
  /** Names the file in errors, such as `trust policy`. */
  what: string;
  /** The code of every failure, except `ERR_LIMIT_EXCEEDED` for a file that is too large. */
  code: ErrorCode;
  /** The size limit in bytes, checked before anything is read. */
  maxBytes: number;
  /**
   * Whether symbolic links are followed; `false` by default, so that a user who can write to another directory cannot
   * decide what is trusted.
   */
  followLinks?: boolean;
}

/** A regular file that was opened for reading. */
export interface OpenFile {
  /** The caller closes it. */
  file: FileHandle;
  /** Its length in bytes when it was opened. */
  size: number;
  /** Differs from that of any other file under the same path, and once the file is written. */
  version: string;
}

/**
 * Reads a regular file.
 * @throws NotationError of the code that is given, or `ERR_LIMIT_EXCEEDED`
 */
export async function readRegularFile(path: string, expectation: FileExpectation): Promise<Uint8Array> {
  const bytes = await readRegularFileIfExists(path, expectation);
  if (bytes) return bytes;
  throw new NotationError(expectation.code, `${nameOf(path, expectation)} does not exist`);
}

/**
 * Reads a regular file; returns `undefined` if it does not exist.
 * @throws NotationError of the code that is given, or `ERR_LIMIT_EXCEEDED`
 */
export async function readRegularFileIfExists(
  path: string,
  expectation: FileExpectation,
): Promise<Uint8Array | undefined> {
  const opened = await openRegularFile(path, expectation);
  if (!opened) return undefined;
  const { file, size } = opened;
  try {
    return await attempt(expectation.code, `read ${nameOf(path, expectation)}`, () => readBytes(file, size));
  } finally {
    await file.close();
  }
}

/**
 * Reads the start of a regular file, of at most `maxBytes` bytes; returns `undefined` if it does not exist.
 * @throws NotationError of the code that is given
 */
export async function readStartIfExists(
  path: string,
  expectation: FileExpectation,
): Promise<Uint8Array | undefined> {
  const opened = await openRegularFile(path, { ...expectation, maxBytes: Number.POSITIVE_INFINITY });
  if (!opened) return undefined;
  const { file, size } = opened;
  const length = Math.min(size, expectation.maxBytes);
  try {
    return await attempt(expectation.code, `read ${nameOf(path, expectation)}`, () =>
      readBytes(file, length),
    );
  } finally {
    await file.close();
  }
}

/**
 * Opens a regular file for reading; returns `undefined` if it does not exist.
 * @throws NotationError of the code that is given, or `ERR_LIMIT_EXCEEDED`
 */
export async function openRegularFile(
  path: string,
  expectation: FileExpectation,
): Promise<OpenFile | undefined> {
  return attempt(expectation.code, `read ${nameOf(path, expectation)}`, async () => {
    const file = await openIfExists(path, expectation);
    if (!file) return undefined;
    try {
      const status = await file.stat();
      checkStatus(status, path, expectation);
      return { file, size: status.size, version: `${status.ino} ${status.mtimeMs} ${status.size}` };
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

/** Returns up to `size` bytes of an open file, fewer if it ends before. One read need not return all of them. */
export async function readBytes(file: FileHandle, size: number, start = 0): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/**
 * Returns the status of a path, without following a link; `undefined` if it does not exist.
 * @throws NotationError of the code that is given
 */
export async function statusOf(path: string, code: ErrorCode): Promise<Stats | undefined> {
  return attempt(code, `look at ${path}`, () => lstatIfExists(path));
}

/** Returns what is at a path, as {@link statusOf} does, or throws the error of the operating system. */
export async function lstatIfExists(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

async function openIfExists(path: string, expectation: FileExpectation): Promise<FileHandle | undefined> {
  const { followLinks = false } = expectation;
  try {
    if (followLinks) return await open(path, READ);
    if (!(await lstat(path)).isFile()) throw notRegular(path, expectation);
    return await open(path, READ | NO_FOLLOW);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function checkStatus(status: Stats, path: string, expectation: FileExpectation): void {
  if (!status.isFile()) throw notRegular(path, expectation);
  const { maxBytes } = expectation;
  if (status.size <= maxBytes) return;
  const message = `${nameOf(path, expectation)} is larger than ${maxBytes} bytes`;
  throw new NotationError('ERR_LIMIT_EXCEEDED', message);
}

function notRegular(path: string, expectation: FileExpectation): NotationError {
  return new NotationError(expectation.code, `${nameOf(path, expectation)} is not a regular file`);
}

function nameOf(path: string, { what }: FileExpectation): string {
  return `the ${what} ${escapeUnprintable(path)}`;
}
