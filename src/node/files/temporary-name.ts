import { randomUUID } from 'node:crypto';

/** Starts the names of notarykit's own files. No plugin, trust policy or blob has such a name. */
export const OWN_PREFIX = '.notarykit-';

const TEMPORARY = /^\.notarykit-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns a new name for a file that is about to be moved into place, or removed. */
export function temporaryName(): string {
  return `${OWN_PREFIX}${randomUUID()}`;
}

/** Reports whether a name is one that {@link temporaryName} returns. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Reports whether a name is that of a temporary file or of a lock. */
export function isOwnName(name: string): boolean {
  return name.startsWith(OWN_PREFIX);
}
