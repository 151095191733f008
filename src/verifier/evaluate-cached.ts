import { hash } from '../crypto/digest.ts';
import { readClock } from '../encoding/clock.ts';
import { isDigest } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { VERSION } from '../encoding/version.ts';
import { readUserMetadata } from '../envelope/payload.ts';
import { isNotationError, NotationError, type Reason } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { checkTimeout, untilAborted } from '../net/abort.ts';
import { readLimits } from '../net/budget.ts';
import { type Reference, referenceText, repositoryName } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { TrustPolicyStatement } from '../policy/types.ts';
import { findArtifact, repositoryOf, requireRegistry, tagWarnings } from '../storage/artifact.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import { readReference } from '../storage/read-reference.ts';
import type { Certificate } from '../x509/certificate.ts';
import { applicableStatement } from './applicable-statement.ts';
import { type Budgeted, type VerifierSetup, withinLimits } from './context.ts';
import type { EvaluationSource } from './evaluate-all.ts';
import { readIndexTarget } from './evaluate-in-index.ts';
import { readStores } from './named-stores.ts';
import type { VerifyOptions } from './options.ts';
import type { VerificationReport } from './report.ts';
import type { VerdictCache } from './verdict-cache.ts';

/**
 * Evaluates an artifact, or takes the verdict of an earlier evaluation of its digest. A tag is resolved each time, and if the
 * reference has a digest, too, compared with it each time.
 * @throws NotationError As the evaluation does
 */
export async function evaluateCached(
  given: string | Reference,
  options: VerifyOptions,
  source: EvaluationSource,
  cache: VerdictCache,
): Promise<VerificationReport> {
  const { registry, setup } = source;
  const begun = performance.now();
  const reference = readReference(given);
  const statement = applicableStatement(source.trustPolicy, repositoryName(reference), referenceText(given));
  // The policy alone decides.
  if (statement instanceof NotationError || statement.level === 'skip')
    return source.evaluate(given, options);
  const fingerprints = () => fingerprintsOf(setup.trustStore, statement);
  const { signal, staleIfError } = options;
  const limits = readLimits<VerificationLimits>(VERIFICATION_LIMITS, setup.limits, options.limits);
  const what = quote(referenceText(given));
  readUserMetadata(options.userMetadata);
  if (staleIfError !== undefined && staleIfError !== 0) checkTimeout(staleIfError, 'staleIfError');
  const now = readClock(setup.clock);
  const known = pinnedAlready(reference, options, registry);
  // A budget is for requests: a reference that needs none is spared it.
  const [{ pinned, index, warnings }, stores] = known
    ? [known, await inTime(fingerprints(), limits.time, signal, `the verification of ${what}`)]
    : await withinLimits(what, options, setup, (budgeted) =>
        Promise.all([pin(reference, budgeted, registry), fingerprints()]),
      );
  const time = Math.max(1, limits.time - (performance.now() - begun));
  const pinnedOptions = { ...options, ...(index && { index }), limits: { ...limits, time } };
  const fingerprint = JSON.stringify([
    VERSION,
    pinned,
    { ...statement, stores },
    verdictOptions(pinnedOptions),
    abilitiesOf(setup),
  ]);
  const question = {
    fingerprint,
    digest: pinned.digest,
    now,
    limits: JSON.stringify(limits),
    signal,
    staleIfError,
  };
  const report = await cache.report(question, () => source.evaluate(pinned, pinnedOptions));
  const facts = { ...report, reference: referenceText(given) };
  return facts.outcome === 'verified' ? { ...facts, warnings: [...facts.warnings, ...warnings] } : facts;
}

/**
 * Waits for what a trust store of the caller's own may never return.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`
 */
async function inTime<T>(
  work: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${what} did not end before the limit of ${milliseconds} ms (limits.time)`;
    timer = setTimeout(() => reject(new NotationError('ERR_TIMEOUT', message)), milliseconds);
  });
  try {
    return await untilAborted(Promise.race([work, late]), signal, what);
  } finally {
    clearTimeout(timer);
  }
}

/** What a reference and the option `index` name, by digests. */
interface Pinned {
  pinned: Reference & { digest: string };
  index: string | undefined;
  /** What is wrong with the tag. */
  warnings: Reason[];
}

/** Returns what a reference names if nothing must be resolved. */
function pinnedAlready(
  { registry: host, repository, digest, tag }: Reference,
  { index, platforms }: VerifyOptions,
  registry: Registry | undefined,
): Pinned | undefined {
  const target = index === undefined ? undefined : readIndexTarget(index, platforms);
  if (digest === undefined || tag !== undefined || (target !== undefined && !isDigest(target)))
    return undefined;
  requireRegistry(registry);
  return { pinned: { registry: host, repository, digest }, index: target, warnings: [] };
}

/** Resolves what a reference names, without its tag. */
async function pin(
  reference: Reference,
  { index, platforms, signal, budget }: Budgeted<VerifyOptions>,
  registry: Registry | undefined,
): Promise<Pinned> {
  const { registry: host, repository } = reference;
  const resolve = async (named: Reference) =>
    named.digest ?? (await findArtifact(named, registry, { signal, budget })).artifact.digest;
  const target = index === undefined ? undefined : readIndexTarget(index, platforms);
  const [digest, ofIndex, warnings] = await Promise.all([
    resolve(reference),
    target === undefined || isDigest(target) ? target : resolve({ registry: host, repository, tag: target }),
    tagWarnings(repositoryOf(reference, registry), reference, { signal, budget }),
  ]);
  return { pinned: { registry: host, repository, digest }, index: ofIndex, warnings };
}

/** The options of a call that verdicts depend on. Of the limits only one does: others leave the verdict open. */
function verdictOptions({ userMetadata, pluginConfig, platforms, index, limits }: VerifyOptions) {
  const entries = (record: Readonly<Record<string, string>> = {}) => Object.entries(record).sort();
  return [entries(userMetadata), entries(pluginConfig), platforms, index, limits?.signatures];
}

/** The abilities are code: only whether there is one can be a part of a key. */
function abilitiesOf({ revocation, timestamp, plugins }: VerifierSetup): boolean[] {
  return [revocation, timestamp, plugins].map((ability) => ability !== undefined);
}

/** Returns the hashes of the certificates of each store of a statement; of a store that cannot be read, the code why. */
async function fingerprintsOf(
  trustStore: VerifierSetup['trustStore'],
  { trustStores }: TrustPolicyStatement,
): Promise<string[][]> {
  return Promise.all(
    trustStores.map(async (store) => {
      try {
        const certificates = await readStores(trustStore, [store]);
        return (await Promise.all(certificates.map(fingerprintOf))).sort();
      } catch (error) {
        if (isNotationError(error)) return [error.code];
        throw error;
      }
    }),
  );
}

const known = new WeakMap<Certificate, Promise<string>>();

function fingerprintOf(certificate: Certificate): Promise<string> {
  const made = known.get(certificate) ?? hash('SHA-256', certificate.der).then(encodeHex);
  known.set(certificate, made);
  return made;
}
