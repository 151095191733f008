import { quote } from '../errors/quote.ts';
import { metadataError, metadataInvalid } from './failure.ts';
import { type RoleKeys, roleKeys } from './keys.ts';
import { isDelegation, isWithin, parentOf, TARGETS } from './roles.ts';
import type { TargetsDocument } from './schemas.ts';

/** A role that signs tags: `targets` or a delegation. */
export interface TagRole {
  readonly keys: RoleKeys;
  /** The beginnings of the tags that it may sign; the empty one is that of every tag. */
  readonly paths: readonly string[];
}

/** Returns the role of the owners, which may sign every tag. */
export function ownersRole(keys: RoleKeys): TagRole {
  return { keys, paths: [''] };
}

/**
 * Returns the roles to which a role delegates, in their order, each with those of its paths that the role itself has.
 * @throws NotationError `ERR_DCT_DELEGATION_CYCLE`, `ERR_DCT_METADATA_INVALID`
 */
export async function delegationsOf(
  { keys: { name: parent }, paths }: TagRole,
  { delegations }: TargetsDocument,
): Promise<TagRole[]> {
  const roles = delegations?.roles ?? [];
  const seen = new Set<string>();
  for (const { name } of roles) {
    if (isWithin(parent, name) || seen.has(name)) {
      throw metadataError('ERR_DCT_DELEGATION_CYCLE', parent, `delegates to ${quote(name)} in a circle`);
    }
    if (!isDelegation(name) || parentOf(name) !== parent) {
      throw metadataInvalid(parent, `delegates to ${quote(name)}, which is not right below it`);
    }
    seen.add(name);
  }
  return Promise.all(
    roles.map(async (role) => ({
      keys: await roleKeys(role.name, role, delegations?.keys ?? {}, parent),
      paths: (role.paths ?? []).filter((path) => paths.some((allowed) => path.startsWith(allowed))),
    })),
  );
}

/** Reports whether a role may sign a tag. */
export function maySign({ paths }: Pick<TagRole, 'paths'>, tag: string): boolean {
  return paths.some((path) => tag.startsWith(path));
}

/** Reports whether metadata that fails for a reason of its own may be passed over: of delegations, as in notary's programs. */
export function mayBePassedOver(role: string, code: string): boolean {
  return role !== TARGETS && (code === 'ERR_DCT_THRESHOLD' || code === 'ERR_DCT_EXPIRED');
}
