import { argumentInvalid } from '../errors/notation-error.ts';
import { checkTimeout, untilAborted } from '../net/abort.ts';
import {
  CACHE_TIMEOUT,
  type Cache,
  callCache,
  type KeyValueDriver,
  readCache,
} from '../net/external-cache.ts';
import { classify, classOfCode, isReport } from './classify.ts';
import type { CacheUse, VerificationReport } from './report.ts';
import { createSeal, type Seal, trustedSeal } from './verdict-seal.ts';

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
}

/** Verdicts that were reached before, for `verdictCache` of a verifier. */
export interface VerdictCache {
  /** Returns the report of an earlier evaluation, or that of `evaluate`. */
  report(question: VerdictQuestion, evaluate: () => Promise<VerificationReport>): Promise<VerificationReport>;
}

const HOUR = 3_600_000;
const FORMAT = 'notarykit-verdict-1';
/** The longest entry in UTF-16 code units; the report on an index of 100 platforms has a tenth of it. */
const MAX_ENTRY = 8 * 1024 * 1024;

/**
 * Makes a cache of verdicts, which processes may share: a verdict that was reached once is used again while nothing that it
 * depends on has changed, and it is not too old.
 *
 * The key of a verdict depends on the registry, repository and digest, on the statement of the trust policy and the
 * certificates of its trust stores, on required user metadata, platform, plugin configuration and limits, and on the version
 * of this library. A tag is resolved each time. What could not be decided is never stored. A storage that fails or is slow is
 * passed over, and `cache.notes` of the report says why.
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
  const running = new Map<string, Promise<VerificationReport>>();

  /** For how many milliseconds a report may be used from when it was made. */
  function lifetime(report: VerificationReport): number {
    switch (classify(report).class) {
      case 'verified':
        return maxAge;
      case 'warned':
        return report.warnings?.some(({ code }) => classOfCode(code) === 'undecided')
          ? refusalMaxAge
          : maxAge;
      case 'rejected':
      case 'unsigned':
        return refusalMaxAge;
      default:
        return 0;
    }
  }

  /** When a report is no longer used, in milliseconds since 1970. */
  function endOf(report: VerificationReport, evaluatedAt: number): number {
    const validUntil = Date.parse(report.validUntil ?? '');
    const end = evaluatedAt + lifetime(report);
    return Number.isNaN(validUntil) ? end : Math.min(end, validUntil);
  }

  async function read(
    key: string,
    { digest, now }: VerdictQuestion,
    notes: string[],
  ): Promise<VerificationReport | undefined> {
    const note = (reason: string) => notes.push(reason);
    const stored = await callCache(() => storage.get(key), note, timeout);
    if (stored === undefined || stored === null) return undefined;
    const entry = await open(key, stored, seal);
    if (!entry || entry.report.artifact?.digest !== digest) {
      note('the entry of the cache is not authentic, or not an entry');
      return undefined;
    }
    const { evaluatedAt, report } = entry;
    const time = now.getTime();
    if (time < evaluatedAt || time >= endOf(report, evaluatedAt)) return undefined;
    return used(report, { result: 'hit', evaluatedAt: new Date(evaluatedAt).toISOString(), notes });
  }

  async function write(key: string, report: VerificationReport, now: number, notes: string[]): Promise<void> {
    const ttl = Math.floor((endOf(report, now) - now) / 1000);
    if (ttl < 1) return;
    const body = JSON.stringify({ evaluatedAt: now, report });
    if (body.length > MAX_ENTRY) return;
    const entry = `${FORMAT}.${await seal.tagOf(key, body)}.${body}`;
    await callCache(
      () => storage.set(key, entry, { ttl }),
      (reason) => notes.push(reason),
      timeout,
    );
  }

  async function find(
    key: string,
    question: VerdictQuestion,
    evaluate: () => Promise<VerificationReport>,
  ): Promise<VerificationReport> {
    const notes: string[] = [];
    const known = await read(key, question, notes);
    if (known) return known;
    const report = await evaluate();
    await write(key, report, question.now.getTime(), notes);
    return used(report, { result: 'miss', notes });
  }

  return {
    async report(question, evaluate) {
      const key = await seal.keyOf(`${variant}\n${question.fingerprint}`);
      const name = `${key} ${question.limits}`;
      for (;;) {
        const shared = running.get(name);
        const work = shared ?? find(key, question, evaluate);
        if (!shared) running.set(name, work);
        try {
          return await untilAborted(work, question.signal, 'the verification');
        } catch (error) {
          // The caller who began may have had less time, or have left.
          if (!shared || question.signal?.aborted) throw error;
        } finally {
          if (running.get(name) === work) running.delete(name);
        }
      }
    },
  };
}

function used(report: VerificationReport, cache: CacheUse): VerificationReport {
  return { ...report, cache };
}

interface Entry {
  evaluatedAt: number;
  report: VerificationReport;
}

/** Returns the content of an entry that has its seal; it is not parsed before. */
async function open(key: string, stored: unknown, seal: Seal): Promise<Entry | undefined> {
  if (typeof stored !== 'string' || stored.length > MAX_ENTRY + 256) return undefined;
  const [format, tag] = stored.split('.', 2);
  if (format !== FORMAT || tag === undefined) return undefined;
  const body = stored.slice(format.length + tag.length + 2);
  if (!sameText(tag, await seal.tagOf(key, body))) return undefined;
  return readEntry(body);
}

/** The storage may be trusted, and yet have the entry of another program. */
function readEntry(body: string): Entry | undefined {
  try {
    const { evaluatedAt, report } = JSON.parse(body) as Partial<Entry>;
    if (typeof evaluatedAt !== 'number' || !isReport(report)) return undefined;
    return { evaluatedAt, report: report as VerificationReport };
  } catch {
    return undefined;
  }
}

/** Compares strings in a time that depends on their length alone. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
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
