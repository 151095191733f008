import { decodeUtf8 } from '../encoding/bytes.ts';
import { readClock } from '../encoding/clock.ts';
import { isNotationError, NotationError, reasonOf } from '../errors/index.ts';
import { OPERATION_LIMITS, type OperationLimits, readLimits, withBudget } from '../net/budget.ts';
import type { OperationOptions } from '../oci/repository.ts';
import type { RejectedRole, SignedTag, TrustedCollection, TrustedRole } from './collection.ts';
import { delegationsOf, mayBePassedOver, maySign, ownersRole, type TagRole } from './delegations.ts';
import { metadataError } from './failure.ts';
import { checkExpiry, checkVersion, type Dated } from './freshness.ts';
import { checkGun } from './gun.ts';
import type { RoleKeys } from './keys.ts';
import { interpret, type Metadata, timeOf } from './metadata.ts';
import type { TrustPinning } from './pinning.ts';
import { checkFacts, FileReader, factsOf, hashOf, requiredFacts } from './read-files.ts';
import { TARGETS } from './roles.ts';
import {
  type FileDocument,
  snapshotSchema,
  type TargetsDocument,
  targetsSchema,
  timestampSchema,
} from './schemas.ts';
import type { MetadataSource } from './source.ts';
import { checkState, type TrustState } from './state.ts';
import { type TrustedRoot, verifyRoot } from './verify-root.ts';
import { verifySignatures } from './verify-signatures.ts';

/** The most delegations of a GUN; each is a request. */
const MAX_DELEGATIONS = 1000;

/** How the metadata of a GUN is verified. */
export interface VerifyTrustDataOptions extends Pick<OperationOptions, 'signal'> {
  /** The state that the previous verification returned; none by default, which makes `pinning` decide. */
  state?: TrustState | undefined;
  /** What makes the first root trusted. */
  pinning?: TrustPinning | undefined;
  /** Returns the time of the verification; that of the machine by default. */
  clock?: (() => Date) | undefined;
  /** Limits of the whole; 60 seconds, 1000 requests and 128 MiB by default. */
  limits?: OperationLimits | undefined;
}

/**
 * Verifies the metadata of a GUN (The Update Framework, as Notary v1 has it): from the root to every delegation.
 *
 * It depends on nothing but its arguments, and writes nothing: keep the `state` of the result for the next time, which is
 * what detects older metadata. {@link verifyTag} and {@link listTrustedTags} do that with a store.
 *
 * @param source - Where the metadata is.
 * @param options - The state, what is pinned, the clock, the limits and a signal.
 * @returns The roles and the tags that are trusted.
 * @throws NotationError `ERR_NOT_FOUND`, `ERR_DCT_METADATA_INVALID`, `ERR_DCT_ROOT_UNTRUSTED`,
 * `ERR_DCT_ROOT_SKIPPED`, `ERR_DCT_ROLLBACK`, `ERR_DCT_FREEZE`, `ERR_DCT_MIX_AND_MATCH`, `ERR_DCT_ENDLESS_DATA`,
 * `ERR_DCT_TOO_LARGE`, `ERR_DCT_THRESHOLD`, `ERR_DCT_EXPIRED`, `ERR_DCT_DELEGATION_CYCLE`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_BUDGET_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_ARGUMENT_INVALID`, `ERR_RUNTIME_UNSUPPORTED`, and those of the
 * source
 *
 * @example
 * ```ts
 * import { createTrustServer, verifyTrustData } from 'notarykit/dct';
 *
 * const server = createTrustServer({ url: 'https://notary.example.com' });
 * const source = server.source('registry.example.com/team/app');
 * const pinning = { certificates: { 'registry.example.com/*': ['0f2c…'] } };
 * const verify = () => verifyTrustData(source, { pinning });
 * console.log(typeof verify); // function
 * ```
 *
 * @see https://github.com/theupdateframework/specification/blob/v1.0.33/tuf-spec.md#detailed-client-workflow
 */
export async function verifyTrustData(
  source: MetadataSource,
  options: VerifyTrustDataOptions = {},
): Promise<TrustedCollection> {
  const { gun } = source;
  checkGun(gun);
  const state = options.state === undefined ? undefined : checkState(options.state, gun);
  const limits = readLimits(OPERATION_LIMITS, options.limits);
  const now = readClock(options.clock);
  return withBudget(limits, options.signal, `the verification of the trust data of ${gun}`, (budget) => {
    const files = new FileReader(source, { signal: budget.signal, budget });
    return new Verification(gun, state, now, files).run(options.pinning);
  });
}

/** One verification of a GUN. */
class Verification {
  readonly #gun: string;
  readonly #state: TrustState | undefined;
  readonly #now: Date;
  readonly #files: FileReader;
  readonly #roles: TrustedRole[] = [];
  readonly #rejected: RejectedRole[] = [];
  readonly #unpublished: string[] = [];
  readonly #tags: SignedTag[] = [];

  constructor(gun: string, state: TrustState | undefined, now: Date, files: FileReader) {
    this.#gun = gun;
    this.#state = state;
    this.#now = now;
    this.#files = files;
  }

  async run(pinning: TrustPinning | undefined): Promise<TrustedCollection> {
    const options = { gun: this.#gun, state: this.#state, pinning, now: this.#now };
    const root = await verifyRoot(this.#files, options);
    this.#addRole(root.roles.root, root.document, root.signedBy);
    const timestamp = await this.#timestamp(root);
    const snapshot = await this.#snapshot(root, timestamp);
    const facts = requiredFacts(snapshot, 'root', 'snapshot');
    requiredFacts(snapshot, TARGETS, 'snapshot');
    await checkFacts('root', root.metadata.bytes, facts);
    await this.#walk(root, snapshot);
    return {
      gun: this.#gun,
      validUntil: new Date(Math.min(...this.#roles.map(({ expires }) => Date.parse(expires)))).toISOString(),
      roles: this.#roles,
      rejected: this.#rejected,
      unpublished: this.#unpublished,
      tags: this.#tags,
      state: this.#nextState(root),
    };
  }

  /** Returns what the timestamp says. */
  async #timestamp({ roles }: TrustedRoot): Promise<Readonly<Record<string, FileDocument>>> {
    const metadata = await this.#files.read('timestamp');
    if (!metadata) throw this.#files.missing('timestamp');
    const signedBy = await verifySignatures(metadata, roles.timestamp);
    const document = interpret(metadata, timestampSchema());
    this.#accept(roles.timestamp, document, signedBy);
    return document.meta;
  }

  /** Returns what the snapshot says. */
  async #snapshot(
    { roles }: TrustedRoot,
    timestamp: Readonly<Record<string, FileDocument>>,
  ): Promise<Readonly<Record<string, FileDocument>>> {
    const facts = requiredFacts(timestamp, 'snapshot', 'timestamp');
    const metadata = await this.#files.readDescribed('snapshot', facts);
    const signedBy = await verifySignatures(metadata, roles.snapshot);
    const document = interpret(metadata, snapshotSchema());
    this.#accept(roles.snapshot, document, signedBy);
    return document.meta;
  }

  /** Verifies the owners' role and every delegation, those next to each other before those below them. */
  async #walk(root: TrustedRoot, snapshot: Readonly<Record<string, FileDocument>>): Promise<void> {
    const queue = [ownersRole(root.roles.targets)];
    // The list grows at its end during the iteration.
    for (const role of queue) {
      queue.push(...(await this.#tagRole(role, snapshot)));
      // The first one is that of the owners.
      if (queue.length - 1 <= MAX_DELEGATIONS) continue;
      const message = `${this.#gun} has more than ${MAX_DELEGATIONS} delegations`;
      throw new NotationError('ERR_LIMIT_EXCEEDED', message);
    }
  }

  /** Verifies a role that signs tags, and returns those below it. */
  async #tagRole(role: TagRole, snapshot: Readonly<Record<string, FileDocument>>): Promise<TagRole[]> {
    const { name } = role.keys;
    const facts = factsOf(snapshot, name, 'snapshot');
    if (!facts) {
      this.#unpublished.push(name);
      return [];
    }
    const metadata = await this.#files.readDescribed(name, facts);
    const document = await this.#targets(role, metadata);
    if (!document) return [];
    this.#addTags(role, document);
    return delegationsOf(role, document);
  }

  async #targets(role: TagRole, metadata: Metadata): Promise<TargetsDocument | undefined> {
    try {
      const signedBy = await verifySignatures(metadata, role.keys);
      const document = interpret(metadata, targetsSchema());
      this.#accept(role.keys, document, signedBy, role.paths);
      return document;
    } catch (error) {
      if (!isNotationError(error) || !mayBePassedOver(role.keys.name, error.code)) throw error;
      // Malformed or older metadata fails the whole, even if it is not signed by its keys.
      const document = interpret(metadata, targetsSchema());
      this.#checkVersion(role.keys.name, document);
      await delegationsOf(role, document);
      this.#rejected.push({ name: role.keys.name, reason: reasonOf(error) });
      return undefined;
    }
  }

  #addTags(role: TagRole, { targets }: TargetsDocument): void {
    const { name } = role.keys;
    const entries = Object.entries(targets ?? {}).filter(([tag]) => maySign(role, tag));
    for (const [tag, { length, hashes, custom }] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const sha256 = hashOf(hashes ?? {}, 'sha256', 32);
      const isUsable = sha256 !== undefined && sha256 !== 'malformed';
      this.#tags.push({
        tag,
        role: name,
        size: length,
        ...(isUsable ? { digest: `sha256:${sha256}` } : { reason: withoutDigest(name) }),
        ...(custom !== undefined && { custom }),
      });
    }
  }

  /** Adds a role if it is neither older than before nor expired. */
  #accept(keys: RoleKeys, document: Dated, signedBy: readonly string[], paths?: readonly string[]): void {
    this.#checkVersion(keys.name, document);
    checkExpiry(keys.name, document, this.#now);
    this.#addRole(keys, document, signedBy, paths);
  }

  #checkVersion(role: string, document: Dated): void {
    checkVersion(role, document, this.#versionBefore(role));
  }

  #addRole(
    { name, threshold, keys }: RoleKeys,
    { version, expires }: Dated,
    signedBy: readonly string[],
    paths?: readonly string[],
  ): void {
    this.#roles.push({
      name,
      version,
      expires: timeOf(expires).toISOString(),
      threshold,
      keyIds: [...keys.keys()],
      signedBy: [...signedBy],
      ...(paths && { paths: [...paths] }),
    });
  }

  #versionBefore(role: string): number | undefined {
    const versions = this.#state?.versions ?? {};
    return Object.hasOwn(versions, role) ? versions[role] : undefined;
  }

  /** A delegation that was removed may begin again with version 1; one that is passed over may not fall back. */
  #nextState({ metadata }: TrustedRoot): TrustState {
    const kept = [...this.#rejected.map(({ name }) => name), ...this.#unpublished].flatMap((name) => {
      const version = this.#versionBefore(name);
      return version === undefined ? [] : [[name, version] as const];
    });
    const versions = this.#roles.map(({ name, version }) => [name, version] as const);
    return {
      gun: this.#gun,
      root: decodeUtf8(metadata.bytes, 'root'),
      versions: Object.fromEntries([...kept, ...versions]),
    };
  }
}

function withoutDigest(role: string) {
  return reasonOf(metadataError('ERR_DCT_TARGET_INVALID', role, 'has the tag without a SHA-256 digest'));
}
