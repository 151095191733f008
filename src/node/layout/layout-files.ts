import { realpath, rm } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { makeDirectories } from '../files/make-directories.ts';
import {
  type FileExpectation,
  type OpenFile,
  openRegularFile,
  readRegularFileIfExists,
} from '../files/read-file.ts';
import { attempt, isSystemError } from '../files/system-errors.ts';
import { writeFiles } from '../files/write-files.ts';

const CODE = 'ERR_LAYOUT_INVALID';

/**
 * Reads a file of a layout; returns `undefined` if it does not exist.
 *
 * @param path - Relative to the layout. Links are followed unless they lead out of it.
 * @param maxBytes - The size limit, checked before anything is read.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`
 */
export async function readLayoutFile(
  layout: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const place = await resolveInLayout(layout, path);
  return place === undefined ? undefined : readRegularFileIfExists(place, expectation(maxBytes));
}

/**
 * Opens a file of a layout for reading; see {@link readLayoutFile}.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`
 */
export async function openLayoutFile(
  layout: string,
  path: string,
  maxBytes: number,
): Promise<OpenFile | undefined> {
  const place = await resolveInLayout(layout, path);
  return place === undefined ? undefined : openRegularFile(place, expectation(maxBytes));
}

/**
 * Writes a file of a layout so that readers see all of it or nothing; a file of that name is replaced.
 *
 * @param path - Relative to the layout, in a directory that exists. If it is a link within the layout, the file that it
 * leads to is replaced.
 * @param permit - Called when only the name is left to change; by default it is changed.
 * @returns Whether it was permitted.
 * @throws NotationError `ERR_LAYOUT_INVALID`, and what the content throws
 */
export function writeLayoutFile(
  layout: string,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  permit?: () => Promise<boolean>,
): Promise<boolean> {
  return attempt(CODE, `write ${path} of the image layout`, async () => {
    const place = (await resolveInLayout(layout, path)) ?? join(layout, path);
    return writeFiles(temporaryDirectory(layout, path), [{ path: place, content }], permit);
  });
}

/** The blobs may be on a file system other than that of the layout. Their directory itself has few entries. */
function temporaryDirectory(layout: string, path: string): string {
  const [top = ''] = posix.dirname(path).split('/');
  return join(layout, top);
}

/**
 * Removes a file of a layout; a file outside that a link leads to is not removed.
 * @returns Whether it existed.
 * @throws NotationError `ERR_LAYOUT_INVALID`
 */
export function removeLayoutFile(layout: string, path: string): Promise<boolean> {
  return attempt(CODE, `remove ${path} of the image layout`, async () => {
    if ((await resolveInLayout(layout, path)) === undefined) return false;
    await rm(join(layout, path), { force: true });
    return true;
  });
}

/**
 * Makes a directory of a layout, unless it exists.
 * @throws NotationError `ERR_LAYOUT_INVALID`, also if it is a link that leads out of the layout
 */
export async function makeLayoutDirectory(layout: string, path: string): Promise<void> {
  await attempt(CODE, `make the directory ${path} of the image layout`, () =>
    makeDirectories(join(layout, path)),
  );
  await resolveInLayout(layout, path);
}

/** Makes the error of a directory that is not a usable image layout. */
export function layoutInvalid(reason: string): NotationError {
  return new NotationError(CODE, `the image layout is invalid: ${reason}`);
}

function expectation(maxBytes: number): FileExpectation {
  return { what: 'image layout file', code: CODE, maxBytes, followLinks: true };
}

/** Follows links; returns `undefined` if nothing is there. */
function resolveInLayout(layout: string, path: string): Promise<string | undefined> {
  return attempt(CODE, `find ${path} of the image layout`, async () => {
    try {
      const root = await realpath(layout);
      const place = await realpath(join(root, path));
      if (place.startsWith(root.endsWith(sep) ? root : root + sep)) return place;
    } catch (cause) {
      if (isSystemError(cause, 'ENOENT')) return undefined;
      throw cause;
    }
    throw layoutInvalid(
      `${path} is a link that leads out of the layout; copy the layout with the files that its links lead to`,
    );
  });
}
