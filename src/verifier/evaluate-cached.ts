import { hash } from '../crypto/digest.ts';
import { isDigest } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { VERSION } from '../encoding/version.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { readLimits } from '../net/budget.ts';
import { type Reference, referenceText, repositoryName } from '../oci/reference.ts';
import type { TrustPolicyStatement } from '../policy/types.ts';
import { findArtifact, repositoryOf, tagWarnings } from '../storage/artifact.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import { readReference } from '../storage/read-reference.ts';
import type { Certificate } from '../x509/certificate.ts';
import { applicableStatement } from './applicable-statement.ts';
import { readRequest, type VerifierSetup, withinLimits } from './context.ts';
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
  const { signal } = options;
  const limits = readLimits<VerificationLimits>(VERIFICATION_LIMITS, setup.limits, options.limits);
  const resolved = await withinLimits(quote(referenceText(given)), options, setup, async (budgeted) => {
    const { now } = readRequest(budgeted, setup);
    const [pinned, index, warnings, stores] = await Promise.all([
      pinReference(reference, source, budgeted),
      pinIndex(reference, options, source, budgeted),
      tagWarnings(repositoryOf(reference, registry), reference, budgeted),
      fingerprintsOf(setup.trustStore, statement),
    ]);
    return { now, pinned, index, warnings, stores };
  });
  const { now, pinned, index, warnings, stores } = resolved;
  const time = Math.max(1, limits.time - (performance.now() - begun));
  const pinnedOptions = { ...options, ...(index && { index }), limits: { ...limits, time } };
  const fingerprint = JSON.stringify([
    VERSION,
    pinned,
    { ...statement, stores },
    verdictOptions(pinnedOptions),
    abilitiesOf(setup),
  ]);
  const question = { fingerprint, digest: pinned.digest, now, limits: JSON.stringify(limits), signal };
  const report = await cache.report(question, () => source.evaluate(pinned, pinnedOptions));
  const facts = { ...report, reference: referenceText(given) };
  return facts.outcome === 'verified' ? { ...facts, warnings: [...facts.warnings, ...warnings] } : facts;
}

type Operation = Parameters<typeof findArtifact>[2];

/** Returns a reference with the digest that it names, and without its tag. */
async function pinReference(
  reference: Reference,
  { registry }: EvaluationSource,
  { signal, budget }: Operation,
): Promise<Reference & { digest: string }> {
  const { registry: host, repository, digest } = reference;
  if (digest !== undefined) return { registry: host, repository, digest };
  const { artifact } = await findArtifact(reference, registry, { signal, budget });
  return { registry: host, repository, digest: artifact.digest };
}

/** Returns the digest of the index that the options name, if they do. */
async function pinIndex(
  { registry: host, repository }: Reference,
  { index, platforms }: VerifyOptions,
  { registry }: EvaluationSource,
  { signal, budget }: Operation,
): Promise<string | undefined> {
  if (index === undefined) return undefined;
  const target = readIndexTarget(index, platforms);
  if (isDigest(target)) return target;
  const named = { registry: host, repository, tag: target };
  return (await findArtifact(named, registry, { signal, budget })).artifact.digest;
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

const fingerprints = new WeakMap<Certificate, Promise<string>>();

function fingerprintOf(certificate: Certificate): Promise<string> {
  const known = fingerprints.get(certificate);
  if (known) return known;
  const made = hash('SHA-256', certificate.der).then(encodeHex);
  fingerprints.set(certificate, made);
  return made;
}
