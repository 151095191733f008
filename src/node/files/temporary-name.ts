import { randomUUID } from 'node:crypto';

/** Starts the names of notarykit's own files. No plugin, trust policy or blob has such a name. */
export const TEMPORARY_PREFIX = '.notarykit-';

/** Returns a new name for a file that is about to be moved into place, or removed. */
export function temporaryName(): string {
  return `${TEMPORARY_PREFIX}${randomUUID()}`;
}

/** Reports whether a name is that of a temporary file or of a lock. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}
