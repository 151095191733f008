/** The roles to which every root gives keys. */
export type BaseRole = (typeof BASE_ROLES)[number];

const BASE_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

/** The role of the owners of a repository, from which all others that sign tags are delegated. */
export const TARGETS = 'targets';
/** The delegation to which `docker trust` writes the tags that Docker uses. */
export const RELEASES = 'targets/releases';

/** The most characters of the name of a role: servers store no more. */
const MAX_NAME = 255;
const DELEGATION = /^targets(?:\/[-a-z0-9_]+)+$/;

/** Reports whether a name is that of a role to which every root gives keys. */
export function isBaseRole(name: string): name is BaseRole {
  return BASE_ROLES.some((role) => role === name);
}

/** Reports whether a name can be that of a delegation. */
export function isDelegation(name: string): boolean {
  return name.length <= MAX_NAME && DELEGATION.test(name);
}

/** Returns the name of the role that delegates to a delegation. */
export function parentOf(delegation: string): string {
  return delegation.slice(0, delegation.lastIndexOf('/'));
}

/** Reports whether a role is another one, or below it. */
export function isWithin(role: string, ancestor: string): boolean {
  return role === ancestor || role.startsWith(`${ancestor}/`);
}
