import { isNotationError, NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { throwIfAborted } from '../net/abort.ts';
import { OPERATION_LIMITS, readLimits, withBudget } from '../net/budget.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import { asCompleted } from '../verifier/as-completed.ts';
import type { VerificationReport } from '../verifier/report.ts';
import type { RejectedRole, TrustedRole } from './collection.ts';
import type { MetadataSource } from './source.ts';
import {
  listTrustedTags,
  type TrustedTag,
  type TrustedTagOptions,
  type UntrustedTag,
} from './trusted-tags.ts';

/** How an inventory is made. */
export interface InventoryOptions extends TrustedTagOptions {
  /** Returns the metadata of a GUN, such as `server.source` of {@link createTrustServer}. */
  source: (gun: string) => MetadataSource;
  /** Finds out what the registry serves under each tag; nothing is looked up by default. */
  registry?: Registry | undefined;
  /**
   * Evaluates the Notation signatures of what the registry serves under a tag, such as `evaluate` of a verifier, which
   * resolves the tag, too. None are evaluated by default.
   */
  evaluate?:
    | ((reference: string, options: { signal?: AbortSignal }) => Promise<VerificationReport>)
    | undefined;
  /** How many GUNs, and of each how many tags, are looked at at the same time; 4 by default, at most 64. */
  concurrency?: number | undefined;
}

/** What a registry serves under a tag, next to what is signed. */
export type Served =
  | { status: 'same' }
  /** Another digest than the one that is signed. */
  | { status: 'changed'; digest: string }
  | { status: 'missing' }
  /** It could not be found out. */
  | { status: 'unknown'; reason: Reason };

/** A tag of an inventory. */
export interface InventoryTag extends TrustedTag {
  /** What the registry serves; only with `registry` or `evaluate`. */
  served?: Served;
  /** The verdict on the Notation signatures of what the registry serves; only with `evaluate`, if there is one. */
  report?: VerificationReport;
}

/** The trust data of one GUN. */
export type InventoryEntry =
  | {
      gun: string;
      /** The time until which all metadata is valid, RFC 3339. */
      validUntil: string;
      roles: TrustedRole[];
      /** The delegations whose metadata is not trusted. */
      rejected: RejectedRole[];
      /** By name. */
      tags: InventoryTag[];
      untrusted: UntrustedTag[];
      reason?: undefined;
    }
  /** The trust data is not trusted, or could not be read. */
  | { gun: string; reason: Reason };

const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 64;

/**
 * Lists what Docker Content Trust vouches for in many repositories, and whether their registry still serves it. It is plain
 * data; {@link inventoryEvaluations} makes evaluations of it, which `notarykit/report` formats.
 *
 * A GUN takes four requests, and one for each delegation and each later version of its root; a tag takes up to two, or four
 * with `evaluate`. What fails is listed with its reason, and does not stop the rest. The limits are those of each GUN's
 * metadata, and of each tag.
 *
 * @param guns - The GUNs, such as those of `server.guns()`.
 * @param options - The source of the metadata, what is pinned, a registry, a verifier.
 * @returns The entries, each as soon as it is complete.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_ABORTED`
 *
 * @example
 * ```ts
 * import { createTrustServer, inventory } from 'notarykit/dct';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const { source, guns } = createTrustServer({ url: 'https://notary.example.com' });
 * async function printInventory(): Promise<void> {
 *   const options = { source, registry: createRegistry(), pinning: { firstUse: true } };
 *   for await (const entry of inventory(await guns(), options)) {
 *     if (entry.reason) console.log(entry.gun, entry.reason.message);
 *     else for (const { tag, digest, served } of entry.tags) console.log(entry.gun, tag, digest, served?.status);
 *   }
 * }
 * console.log(typeof printInventory); // function
 * ```
 */
export async function* inventory(
  guns: Iterable<string> | AsyncIterable<string>,
  options: InventoryOptions,
): AsyncGenerator<InventoryEntry, void, undefined> {
  const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw argumentInvalid(`concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}`);
  }
  if (typeof options.source !== 'function') throw argumentInvalid('source must be a function of a GUN');
  const items = Symbol.asyncIterator in guns ? guns[Symbol.asyncIterator]() : guns[Symbol.iterator]();
  for await (const entry of asCompleted(items, (gun) => entryOf(gun, options, concurrency), concurrency)) {
    throwIfAborted(signal, 'the inventory');
    yield entry;
  }
}

async function entryOf(
  gun: string,
  { source, registry, evaluate, concurrency: _, ...options }: InventoryOptions,
  concurrency: number,
): Promise<InventoryEntry> {
  try {
    const { tags, untrusted, collection } = await listTrustedTags(source(gun), options);
    const lookUp = async (tag: TrustedTag, index: number) =>
      [index, { ...tag, ...(await lookedUp(tag, { registry, evaluate, ...options })) }] as const;
    const found: InventoryTag[] = [];
    for await (const [index, tag] of asCompleted(tags.values(), lookUp, concurrency)) found[index] = tag;
    const { validUntil, roles, rejected } = collection;
    return { gun, validUntil, roles, rejected, tags: found, untrusted };
  } catch (error) {
    throwIfAborted(options.signal, 'the inventory');
    return { gun, reason: reasonFor(error) };
  }
}

/** What is needed to look up a tag. */
type LookUp = Pick<InventoryOptions, 'registry' | 'evaluate' | 'limits' | 'signal'>;

async function lookedUp(tag: TrustedTag, options: LookUp): Promise<Pick<InventoryTag, 'served' | 'report'>> {
  const { registry, evaluate, signal } = options;
  if (!registry && !evaluate) return {};
  try {
    if (!evaluate) return { served: compared(tag, await resolve(tag, options)) };
    const report = await evaluate(`${tag.gun}:${tag.tag}`, signal ? { signal } : {});
    return { served: compared(tag, report.artifact?.digest), report };
  } catch (error) {
    throwIfAborted(signal, 'the inventory');
    if (isNotationError(error, 'ERR_NOT_FOUND')) return { served: { status: 'missing' } };
    return { served: { status: 'unknown', reason: reasonFor(error) } };
  }
}

async function resolve({ gun, tag }: TrustedTag, { registry, limits, signal }: LookUp): Promise<string> {
  const what = `the look-up of ${gun}:${tag}`;
  return withBudget(readLimits(OPERATION_LIMITS, limits), signal, what, async (budget) => {
    const repository = registry?.repository(parseReference(`${gun}:${tag}`));
    const descriptor = await repository?.resolve(tag, { signal: budget.signal, budget });
    return descriptor?.digest ?? '';
  });
}

function compared(tag: TrustedTag, digest: string | undefined): Served {
  if (digest === tag.digest) return { status: 'same' };
  if (digest !== undefined) return { status: 'changed', digest };
  const message = `the verdict on ${tag.gun}:${tag.tag} names no artifact`;
  return { status: 'unknown', reason: reasonOf(new NotationError('ERR_REGISTRY_RESPONSE', message)) };
}

/** Anything but a `NotationError` is a defect of the caller's code or of this one. */
function reasonFor(error: unknown): Reason {
  if (isNotationError(error)) return reasonOf(error);
  throw error;
}
