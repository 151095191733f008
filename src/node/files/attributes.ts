import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { platform } from 'node:process';
import { isSystemError } from './system-errors.ts';

const PERMISSIONS = 0o777;

/**
 * Gives a new file the owner, the group and the permissions of the file that it replaces, where this process may set
 * them. Another group than before gets no more than everybody has.
 */
export async function keepAttributes(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  // Windows has neither: a new file inherits the access list of its directory.
  if (platform === 'win32') return;
  const own = await file.stat();
  const sameGroup =
    (own.uid === uid && own.gid === gid) ||
    (await changeOwner(file, uid, gid)) ||
    own.gid === gid ||
    (await changeOwner(file, own.uid, gid));
  const permissions = mode & PERMISSIONS;
  await file.chmod(sameGroup ? permissions : withoutGroup(permissions));
}

/** Returns whether it was permitted. */
async function changeOwner(file: FileHandle, uid: number, gid: number): Promise<boolean> {
  try {
    await file.chown(uid, gid);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Gives the group what everybody has, at most. */
function withoutGroup(permissions: number): number {
  const everybody = (permissions & 0o007) << 3;
  return permissions & (0o707 | everybody);
}
