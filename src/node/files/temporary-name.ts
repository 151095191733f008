import { randomUUID } from 'node:crypto';

/** Starts the names of notarykit's own files. No plugin, trust policy or blob has such a name. */
export const TEMPORARY_PREFIX = '.notarykit-';

/** Returns a new name for something that is not in its place yet, or no longer. */
export function temporaryName(): string {
  return `${TEMPORARY_PREFIX}${randomUUID()}`;
}

/** Reports whether a name is that of a temporary file or of a lock. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}
