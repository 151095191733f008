import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { SignedTag, TrustedCollection, TrustedRole } from './collection.ts';
import { trustError } from './failure.ts';
import { isDelegation, isWithin, RELEASES, TARGETS } from './roles.ts';
import type { MetadataSource } from './source.ts';
import type { TrustStateStore } from './state.ts';
import { type VerifyTrustDataOptions, verifyTrustData } from './verify-trust-data.ts';

/** How tags are verified. */
export interface TrustedTagOptions extends Omit<VerifyTrustDataOptions, 'state'> {
  /**
   * Keeps what was verified, so that older metadata is noticed, and a root that was trusted on first use stays the one. None
   * by default: then each verification begins with `pinning`.
   */
  store?: TrustStateStore | undefined;
  /**
   * The roles that count, the one with the most weight first; `targets/releases` and `targets` by default, as for Docker. A
   * tag that only roles below them signed is not trusted.
   */
  roles?: readonly string[] | undefined;
}

/** A tag that is trusted. */
export interface TrustedTag {
  gun: string;
  tag: string;
  /** The digest of the manifest, such as `sha256:9f86…`. */
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  /** The role whose entry counts. */
  role: string;
  /** Every role that signed this digest under the tag. */
  roles: string[];
  /** The names of the signers that `docker trust` shows: of those roles the delegations, but for `targets/releases`. */
  signers: string[];
  /** The identifiers of the keys that signed the metadata of the role. */
  keyIds: string[];
  /** The time until which the metadata is valid that the entry depends on, RFC 3339. */
  validUntil: string;
  /** What other roles signed under the tag. */
  conflicts: { role: string; digest: string }[];
  /** The data that the signer added, if there is any. */
  custom?: unknown;
}

/** A tag of the metadata that is not trusted. */
export interface UntrustedTag {
  gun: string;
  tag: string;
  reason: Reason;
}

/** The tags of a GUN. */
export interface TrustedTagList {
  /** By name. */
  tags: TrustedTag[];
  /** The tags that no role that counts signed, or whose entry cannot be used. */
  untrusted: UntrustedTag[];
  collection: TrustedCollection;
}

const DOCKER_ROLES: readonly string[] = [RELEASES, TARGETS];

/**
 * Verifies what Docker Content Trust says about a tag.
 *
 * @param source - The metadata of the GUN: of a server, a directory, or a source of your own.
 * @param tag - The tag, such as `v1`.
 * @param options - What is pinned, a store, the roles that count, the clock, limits and a signal.
 * @returns The digest that is trusted under the tag, and who signed it.
 * @throws NotationError `ERR_DCT_TAG_UNTRUSTED` if no role that counts signed the tag, `ERR_DCT_TARGET_INVALID` if its entry
 * has no SHA-256, and those of {@link verifyTrustData}
 *
 * @example
 * ```ts
 * import { createMemoryTrustStateStore, createTrustServer, verifyTag } from 'notarykit/dct';
 *
 * const server = createTrustServer({ url: 'https://notary.example.com' });
 * const store = createMemoryTrustStateStore();
 * const digestOf = async (gun: string, tag: string) => {
 *   const { digest } = await verifyTag(server.source(gun), tag, { store, pinning: { firstUse: true } });
 *   return digest;
 * };
 * console.log(typeof digestOf); // function
 * ```
 */
export async function verifyTag(
  source: MetadataSource,
  tag: string,
  options: TrustedTagOptions = {},
): Promise<TrustedTag> {
  if (typeof tag !== 'string' || tag === '') throw argumentInvalid('tag must be a tag, such as v1');
  const roles = readRoles(options.roles);
  const collection = await verifyAndKeep(source, options);
  const entries = collection.tags.filter((entry) => entry.tag === tag);
  return trustedTag(tag, entries, { collection, roles, validity: new Map() });
}

/**
 * Verifies the metadata of a GUN, and lists its tags.
 *
 * @param source - The metadata of the GUN.
 * @param options - As {@link verifyTag} takes them.
 * @returns The tags that are trusted, those that are not with the reason, and the whole of what was verified.
 * @throws NotationError Those of {@link verifyTrustData}
 *
 * @example
 * ```ts
 * import { listTrustedTags, type MetadataSource } from 'notarykit/dct';
 *
 * async function printTags(source: MetadataSource): Promise<void> {
 *   const { tags } = await listTrustedTags(source, { pinning: { firstUse: true } });
 *   for (const { tag, digest, signers } of tags) console.log(tag, digest, signers.join(', '));
 * }
 * console.log(typeof printTags); // function
 * ```
 */
export async function listTrustedTags(
  source: MetadataSource,
  options: TrustedTagOptions = {},
): Promise<TrustedTagList> {
  const roles = readRoles(options.roles);
  const collection = await verifyAndKeep(source, options);
  const entries = new Map<string, SignedTag[]>();
  for (const entry of collection.tags) {
    const known = entries.get(entry.tag);
    if (known) known.push(entry);
    else entries.set(entry.tag, [entry]);
  }
  const context: TagContext = { collection, roles, validity: new Map() };
  const tags: TrustedTag[] = [];
  const untrusted: UntrustedTag[] = [];
  for (const [tag, signed] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    try {
      tags.push(trustedTag(tag, signed, context));
    } catch (error) {
      if (!(error instanceof NotationError)) throw error;
      untrusted.push({ gun: collection.gun, tag, reason: reasonOf(error) });
    }
  }
  return { tags, untrusted, collection };
}

async function verifyAndKeep(
  source: MetadataSource,
  { store, roles: _, ...options }: TrustedTagOptions,
): Promise<TrustedCollection> {
  const state = (await store?.load(source.gun)) ?? undefined;
  const collection = await verifyTrustData(source, { ...options, state });
  await store?.save(source.gun, collection.state);
  return collection;
}

function readRoles(roles: readonly string[] = DOCKER_ROLES): readonly string[] {
  if (
    Array.isArray(roles) &&
    roles.length > 0 &&
    roles.every((role) => role === TARGETS || isDelegation(role))
  ) {
    return roles;
  }
  throw argumentInvalid('roles must list "targets" or delegations, such as "targets/releases"');
}

/** What the tags of a GUN have in common. */
interface TagContext {
  readonly collection: TrustedCollection;
  /** The roles that count. */
  readonly roles: readonly string[];
  /** The time until which the metadata of each role is valid, once it is known. */
  readonly validity: Map<string, string>;
}

/**
 * Returns the entry that counts among those of a tag, as Docker finds it: the roles one after another, each with those below
 * it that are not in the list. An entry of a role below does not count, but keeps the next role from being looked at.
 * @throws NotationError `ERR_DCT_TAG_UNTRUSTED`, `ERR_DCT_TARGET_INVALID`
 */
function trustedTag(
  tag: string,
  entries: readonly SignedTag[],
  { collection, roles, validity }: TagContext,
): TrustedTag {
  const { gun, roles: all } = collection;
  const found = firstEntry(entries, roles);
  if (!found || !roles.includes(found.role)) {
    const signers = found ? `only ${quote(found.role)} signed it` : 'none of the roles that count signed it';
    const message = `the tag ${quote(tag)} of ${quote(gun)} is not trusted: ${signers}`;
    throw trustError('ERR_DCT_TAG_UNTRUSTED', message);
  }
  const { digest, size, role, custom, reason } = found;
  if (digest === undefined) {
    const message = `the tag ${quote(tag)} of ${quote(gun)} is not trusted: ${reason?.message ?? 'it has no digest'}`;
    throw trustError('ERR_DCT_TARGET_INVALID', message);
  }
  const validUntil = validity.get(role) ?? endOfValidity(all, role);
  validity.set(role, validUntil);
  const same = entries.filter((entry) => entry.digest === digest).map((entry) => entry.role);
  return {
    gun,
    tag,
    digest,
    size,
    role,
    roles: same,
    signers: same
      .filter((name) => name !== TARGETS && name !== RELEASES)
      .map((name) => name.slice(TARGETS.length + 1)),
    keyIds: all.find(({ name }) => name === role)?.signedBy ?? [],
    validUntil,
    conflicts: entries.flatMap((entry) =>
      entry.digest !== undefined && entry.digest !== digest
        ? [{ role: entry.role, digest: entry.digest }]
        : [],
    ),
    ...(custom !== undefined && { custom }),
  };
}

function firstEntry(entries: readonly SignedTag[], roles: readonly string[]): SignedTag | undefined {
  for (const role of roles) {
    const others = roles.filter((other) => other !== role && isWithin(other, role));
    const found = entries.find(
      (entry) => isWithin(entry.role, role) && !others.some((other) => isWithin(entry.role, other)),
    );
    if (found) return found;
  }
  return undefined;
}

/** Delegations on other branches do not matter to a role. */
function endOfValidity(all: readonly TrustedRole[], role: string): string {
  const needed = all.filter(({ name }) => !name.startsWith(`${TARGETS}/`) || isWithin(role, name));
  return new Date(Math.min(...needed.map(({ expires }) => Date.parse(expires)))).toISOString();
}
