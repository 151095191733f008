import { BoundedCache } from '../encoding/bounded-cache.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { checkTimeout, throwIfAborted, untilAborted } from '../net/abort.ts';
import { CACHE_TIMEOUT, type Cache, type KeyValueDriver, readCache } from '../net/external-cache.ts';
import { classify } from './classify.ts';
import { type KnownVerdict, knownVerdict, readKnownVerdict, reportOf } from './known-verdict.ts';
import { createIndexMemory, type IndexMemory } from './remembered-indexes.ts';
import type { VerificationReport } from './report.ts';
import { NOT_AUTHENTIC, sealedStorage } from './sealed-storage.ts';
import { createSeal, trustedSeal } from './verdict-seal.ts';

/** The options of a verdict cache. */
export interface VerdictCacheOptions {
  /**
   * Where verdicts are stored: `get`, `set` and `delete` over strings, or a driver or storage of `unstorage`. `set` is told
   * the seconds after which the entry is useless, as `ttl`.
   */
  storage: Cache | KeyValueDriver;
  /**
   * At least 16 bytes, as bytes or a string, that only the verifiers know which share the storage: keys and entries are
   * authenticated with it (HMAC with SHA-256), so that the storage decides nothing.
   */
  secret?: string | Uint8Array | undefined;
  /** `true` in place of `secret` if nobody else can write to the storage: anyone who can decides what is trusted. */
  trustedStorage?: true | undefined;
  /** For how many milliseconds a verdict on a trusted artifact is used; 1 hour (3,600,000) by default, and not beyond its `validUntil`. */
  maxAge?: number | undefined;
  /** For how many milliseconds another verdict, or one with a warning that may pass, is used; 30,000 by default. */
  refusalMaxAge?: number | undefined;
  /** For how many milliseconds each operation of the storage may take before it is given up; 1,000 by default. */
  timeout?: number | undefined;
  /**
   * A string that every key depends on. Change it when an ability of your own changes that verdicts depend on, such as a
   * plugin or a revocation checker: it is code, which the key cannot contain.
   */
  variant?: string | undefined;
}

/** What a verdict answers. */
export interface VerdictQuestion {
  /** Everything that the verdict depends on, as one string. */
  readonly fingerprint: string;
  /** The digest of the artifact. */
  readonly digest: string;
  /** The time of the verification. */
  readonly now: Date;
  /** The limits of the evaluation, as one string: only callers with the same limits wait for one another. */
  readonly limits: string;
  readonly signal: AbortSignal | undefined;
  /** For how many milliseconds beyond its age a verdict counts if no new one can be had for now; 0 by default. */
  readonly staleIfError?: number | undefined;
}

/** Verdicts that were reached before, for `verdictCache` of a verifier. */
export interface VerdictCache extends IndexMemory {
  /** Returns the report of an earlier evaluation, or that of `evaluate`. */
  report(question: VerdictQuestion, evaluate: () => Promise<VerificationReport>): Promise<VerificationReport>;
}

const HOUR = 3_600_000;
const FORMAT = 'notarykit-verdict-1';
const WHAT = 'the verification';
/** The verdicts in memory, in bytes. */
const MAX_MEMORY = 8 * 1024 * 1024;
const MAX_HELD = 1024 * 1024;

/**
 * Makes a cache of verdicts, which processes may share: a verdict that was reached once is used again while nothing that it
 * depends on has changed, and it is not too old.
 *
 * The key of a verdict depends on the registry, repository and digest, on the statement of the trust policy and the
 * certificates of its trust stores, on required user metadata, platform, plugin configuration and limits, and on the version
 * of this library. A tag is resolved each time. What could not be decided is never stored. A storage that fails or is slow is
 * passed over, and `cache.notes` of the report says why. The verdicts that were used last are also in memory, in 8 MiB.
 *
 * Anyone who can write to the storage can put back an entry that they saw there: it counts until its own `maxAge`.
 *
 * @param options - `storage` and `secret`, or `trustedStorage: true`; `maxAge` and `refusalMaxAge` in milliseconds.
 * @returns The cache, for the option `verdictCache` of `createVerifier`, `verify`, `evaluate` and `evaluateAll`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see docs/security-model.md, "Cached verdicts"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createSigner, createTrustStore, createVerdictCache, createVerifier, parseReference, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const registry = createMemoryRegistry();
 * await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'), { tag: 'v1' });
 * await sign('registry.example.com/app:v1', { signer: await createSigner(certificate), registry });
 *
 * const verifier = createVerifier({
 *   registry,
 *   verdictCache: createVerdictCache({ storage: new Map<string, string>(), secret: crypto.getRandomValues(new Uint8Array(32)) }),
 *   trustStore: createTrustStore({ 'ca:acme': certificate.root }),
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   },
 * });
 * await verifier.verify('registry.example.com/app:v1');
 * const { cache } = await verifier.verify('registry.example.com/app:v1');
 * console.log(cache?.result); // hit
 * ```
 */
export function createVerdictCache(options: VerdictCacheOptions): VerdictCache {
  const { storage, seal, maxAge, refusalMaxAge, timeout, variant } = readOptions(options);
  const ages = { maxAge, refusalMaxAge };
  const sealed = sealedStorage(FORMAT, { storage, seal, timeout });
  const memory = new BoundedCache<KnownVerdict>(MAX_MEMORY);
  /** The times, by names of verdicts, until which no new one is tried for, because none could be had. */
  const held = new BoundedCache<number>(MAX_HELD);
  const running = new Map<string, Promise<VerificationReport>>();

  function remember(name: string, known: KnownVerdict): void {
    memory.set(name, known, { bytes: 2 * known.body.length });
  }

  async function read(
    key: string,
    { digest }: VerdictQuestion,
    notes: string[],
  ): Promise<KnownVerdict | undefined> {
    const note = (reason: string) => notes.push(reason);
    const body = await sealed.read(key, note);
    if (body === undefined) return undefined;
    const known = readKnownVerdict(body, ages);
    if (known?.digest === digest) return known;
    note(NOT_AUTHENTIC);
    return undefined;
  }

  async function write(
    key: string,
    { fingerprint, now, staleIfError = 0 }: VerdictQuestion,
    report: VerificationReport,
    notes: string[],
  ): Promise<void> {
    const time = now.getTime();
    const known = knownVerdict({ evaluatedAt: time, report }, ages);
    const { end, latest } = known;
    if (end <= time) return;
    remember(fingerprint, known);
    const ttl = Math.floor((Math.min(end + staleIfError, latest) - time) / 1000);
    await sealed.write(key, known.body, ttl, (reason) => notes.push(reason));
  }

  async function find(
    question: VerdictQuestion,
    evaluate: () => Promise<VerificationReport>,
  ): Promise<VerificationReport> {
    const { fingerprint, now } = question;
    const notes: string[] = [];
    const key = await seal.keyOf(`${variant}\n${fingerprint}`);
    const before = memory.get(fingerprint);
    // What is too old here may have been evaluated again elsewhere.
    const known = later(before, await read(key, question, notes));
    if (known && known !== before) remember(fingerprint, known);
    if (known && isFresh(known, question)) return used(known, 'hit', notes);
    const stale = known && mayBeStale(known, question) ? known : undefined;
    if (stale && now.getTime() < (held.get(fingerprint) ?? 0)) return used(stale, 'stale', notes);
    const result = await outcomeOf(evaluate());
    if (stale && isTemporary(result.report ?? result.error)) {
      held.set(fingerprint, now.getTime() + refusalMaxAge, { bytes: 0 });
      return used(stale, 'stale', notes);
    }
    if (!result.report) throw result.error;
    await write(key, question, result.report, notes);
    return { ...result.report, cache: { result: 'miss', notes } };
  }

  return {
    ...createIndexMemory({ storage, seal, timeout, variant }),
    async report(question, evaluate) {
      const { fingerprint, limits, staleIfError = 0, signal } = question;
      const known = memory.get(fingerprint);
      if (known && isFresh(known, question)) {
        throwIfAborted(signal, WHAT);
        return used(known, 'hit', []);
      }
      const name = `${limits} ${staleIfError} ${fingerprint}`;
      for (;;) {
        const shared = running.get(name);
        const work = shared ?? find(question, evaluate);
        if (!shared) running.set(name, work);
        try {
          return await untilAborted(work, signal, WHAT);
        } catch (error) {
          // The caller who began may have had less time, or have left.
          if (!shared || signal?.aborted) throw error;
        } finally {
          if (running.get(name) === work) running.delete(name);
        }
      }
    },
  };
}

function later(a: KnownVerdict | undefined, b: KnownVerdict | undefined): KnownVerdict | undefined {
  return a && b && a.evaluatedAt > b.evaluatedAt ? a : (b ?? a);
}

/** Reports whether a verdict is neither too old nor of the future. */
function isFresh({ evaluatedAt, end }: KnownVerdict, { now }: VerdictQuestion): boolean {
  return now.getTime() >= evaluatedAt && now.getTime() < end;
}

/** Reports whether a verdict that is too old may be used if no new one can be had. */
function mayBeStale(
  { evaluatedAt, end, latest }: KnownVerdict,
  { now, staleIfError = 0 }: VerdictQuestion,
): boolean {
  return now.getTime() >= evaluatedAt && now.getTime() < Math.min(end + staleIfError, latest);
}

/** Reports whether an evaluation without a verdict may have one later: something that it needs is down. */
function isTemporary(reportOrError: unknown): boolean {
  const found = classify(reportOrError);
  return found.class === 'undecided' && found.retryable;
}

type Result = { report: VerificationReport; error?: undefined } | { report?: undefined; error: unknown };

async function outcomeOf(work: Promise<VerificationReport>): Promise<Result> {
  try {
    return { report: await work };
  } catch (error) {
    return { error };
  }
}

function used(known: KnownVerdict, result: 'hit' | 'stale', notes: string[]): VerificationReport {
  const evaluatedAt = new Date(known.evaluatedAt).toISOString();
  return { ...reportOf(known), cache: { result, evaluatedAt, notes } };
}

function readOptions(options: VerdictCacheOptions) {
  const { storage, secret, trustedStorage, variant = '' }: Partial<VerdictCacheOptions> = options ?? {};
  const { maxAge = HOUR, refusalMaxAge = 30_000, timeout = CACHE_TIMEOUT } = options ?? {};
  const cache = readCache(storage, 'storage');
  if (!cache) throw argumentInvalid('storage must be where verdicts are stored');
  if (trustedStorage !== undefined && trustedStorage !== true) {
    throw argumentInvalid('trustedStorage must be true, or left out');
  }
  if ((secret === undefined) === (trustedStorage === undefined)) {
    throw argumentInvalid(
      'give secret; or trustedStorage: true if nobody but your verifiers can write to the storage',
    );
  }
  if (typeof variant !== 'string') throw argumentInvalid('variant must be a string');
  checkTimeout(maxAge, 'maxAge');
  checkTimeout(refusalMaxAge, 'refusalMaxAge');
  checkTimeout(timeout);
  const seal = trustedStorage ? trustedSeal : createSeal(secret);
  return { storage: cache, seal, maxAge, refusalMaxAge, timeout, variant };
}
