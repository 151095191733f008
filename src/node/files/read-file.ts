import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { type ErrorCode, NotationError } from '../../errors/index.ts';

/**
 * What lies there may have changed since it was looked at: a link is not followed, and a pipe not waited for. The flags
 * are missing on systems without such things.
 */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** How {@link readRegularFile} names a file and its failures. */
export interface FileExpectation {
  /** Such as `trust policy`. */
  what: string;
  code: ErrorCode;
  /** Bytes. */
  maxBytes: number;
}

/**
 * Reads a file that must be a regular one: a symbolic link would let somebody else decide what is trusted.
 * @throws NotationError of the code that is given, or `ERR_LIMIT_EXCEEDED`.
 */
export async function readRegularFile(
  path: string,
  { what, code, maxBytes }: FileExpectation,
): Promise<Uint8Array> {
  const entry = await attempt(lstat(path), what, path, code);
  if (!entry.isFile()) throw new NotationError(code, `the ${what} ${path} is not a regular file`);
  const file = await attempt(open(path, OPEN_FLAGS), what, path, code);
  try {
    const opened = await attempt(file.stat(), what, path, code);
    if (!opened.isFile()) throw new NotationError(code, `the ${what} ${path} is not a regular file`);
    const { size } = opened;
    if (size > maxBytes) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${what} ${path} is larger than ${maxBytes} bytes`);
    }
    return await attempt(readBytes(file, size), what, path, code);
  } finally {
    await file.close();
  }
}

/** Bytes of an open file, fewer where it ends before: one read need not give all of them. */
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

/** Whether an error of the file system says that something is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function attempt<T>(work: Promise<T>, what: string, path: string, code: ErrorCode): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = isMissing(cause) ? 'does not exist' : 'cannot be read';
    throw new NotationError(code, `the ${what} ${path} ${reason}`, { cause });
  }
}
