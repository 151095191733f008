import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { KnownChains } from '../envelope/known-chains.ts';
import { readUserMetadata, type TargetArtifact } from '../envelope/payload.ts';
import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import { formatReference, type Reference, repositoryName } from '../oci/reference.ts';
import type { OperationOptions, Registry } from '../oci/repository.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import type { TrustPolicy, TrustPolicyStatement } from '../policy/types.ts';
import { findSigned, readReference } from '../storage/artifact.ts';
import { readAhead } from '../storage/read-ahead.ts';
import {
  FETCHED_AT_ONCE,
  failureOf,
  fetchSignature,
  readMaxSignatures,
  type SignatureDescriptor,
  type StoredSignature,
} from '../storage/signatures.ts';
import type { RevocationChecker } from '../x509/revocation-status.ts';
import type { TimestampVerifier } from '../x509/timestamp-verifier.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { applicableStatement } from './applicable-statement.ts';
import { checkVerifierOptions, readEnvelopeArguments } from './arguments.ts';
import { checkArtifact } from './checks.ts';
import { evaluateSignature, type SignatureContext } from './evaluate-signature.ts';
import { type SignatureReport, VerificationError, type VerificationReport } from './report.ts';

/** What a {@link Verifier} is made of. */
export interface VerifierOptions {
  /** From `parseTrustPolicy`. */
  trustPolicy: TrustPolicy;
  trustStore: TrustStore;
  /** Where references are looked up. Without one, only envelopes at hand can be verified. */
  registry?: Registry | undefined;
  /**
   * Tells whether certificates are revoked: `createRevocationChecker` or `fromResponses` of
   * `notarykit/x509/revocation`. Without one, a certificate that names an address to ask is never trusted where the
   * policy enforces revocation.
   */
  revocation?: RevocationChecker | undefined;
  /**
   * Verifies time-stamps: `verifyTimestamp` of `notarykit/x509/timestamp`. Without it, a signature whose time-stamp
   * the policy demands is never trusted.
   */
  timestamp?: TimestampVerifier | undefined;
  /**
   * Where the verification plugins are that signatures name: `createPluginManager` of `notarykit/node`, or a `Map` of
   * what `createVerificationPlugin` of `notarykit/plugin` makes. Without it, such a signature is never trusted.
   */
  plugins?: PluginSource | undefined;
  /** Gives the time of verification; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

/** What one verification may differ in. */
export interface VerifyOptions {
  /** Key and value pairs that must be signed with the artifact. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /** How many signatures are tried at most; 100 by default. */
  maxSignatures?: number | undefined;
  /**
   * `'all'`, for an image index (OCI or Docker): each manifest that it lists must have a trusted signature of its own
   * beside the index, those of nested indexes included (3 deep and 100 manifests at most; attestations, of the platform
   * `unknown/unknown`, as well). They are looked at only if the index itself is trusted, four at a time. By default
   * only what the reference names is verified.
   */
  platforms?: 'all' | undefined;
  /** Handed to a verification plugin that a signature names; what may be in it, the plugin says. */
  pluginConfig?: Readonly<Record<string, string>> | undefined;
  /** Stops the verification with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** What is verified where there is no registry. */
export interface VerifyEnvelopeOptions
  extends Pick<VerifyOptions, 'userMetadata' | 'pluginConfig' | 'signal'> {
  /** `application/jose+json` or `application/cose`. */
  mediaType: string;
  /** The descriptor of the artifact that the signature must be about. */
  artifact: Descriptor;
  /** The reference of the artifact: its repository selects the statement of the trust policy. */
  reference: string | Reference;
}

/** Decides whether artifacts can be trusted. Reusable: policy, store and connections are set up once. */
export interface Verifier {
  /**
   * Resolves when one signature of the artifact satisfies the trust policy, or the policy says to skip.
   * @throws VerificationError `ERR_VERIFICATION_FAILED` with the report; other NotationErrors where no verdict
   * could be reached.
   */
  verify(reference: string | Reference, options?: VerifyOptions): Promise<VerificationReport>;
  /** The same work; distrust is an outcome of the report instead of an error. */
  evaluate(reference: string | Reference, options?: VerifyOptions): Promise<VerificationReport>;
  /** Like `verify`, for one envelope that is at hand; no registry is asked. */
  verifyEnvelope(bytes: Uint8Array, options: VerifyEnvelopeOptions): Promise<VerificationReport>;
  /** Like `evaluate`, for one envelope that is at hand; no registry is asked. */
  evaluateEnvelope(bytes: Uint8Array, options: VerifyEnvelopeOptions): Promise<VerificationReport>;
}

/**
 * Makes a verifier.
 *
 * @param options - Policy, trust store and registry.
 * @returns The verifier, which can be used any number of times and concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a trust policy or trust store that is none
 * @see Specification "Signing and verification workflow", "OCI artifact verification"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry } from 'notarykit/oci';
 * import { parseTrustPolicy } from 'notarykit/policy';
 * import { generateTestCertificate } from 'notarykit/testing';
 * import { createVerifier } from 'notarykit/verifier';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const verifier = createVerifier({
 *   registry: createMemoryRegistry(),
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'everything',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(typeof verifier.verify);
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  checkVerifierOptions(options);
  const { trustPolicy, trustStore, registry, revocation, timestamp, plugins, clock } = options;
  const knownChains = new KnownChains();

  async function evaluate(
    given: string | Reference,
    options: VerifyOptions = {},
  ): Promise<VerificationReport> {
    if (options.platforms === undefined) return evaluateOne(given, options);
    // Loaded on need: who verifies what is at hand does not carry it.
    const { evaluatePlatforms } = await import('./evaluate-platforms.ts');
    return evaluatePlatforms(given, options, { registry, evaluateOne });
  }

  async function evaluateOne(given: string | Reference, options: VerifyOptions): Promise<VerificationReport> {
    const maxSignatures = readMaxSignatures(options.maxSignatures);
    const judgeBy = readDemands(options);
    const reference = readReference(given);
    const early = wantsSignatures(given, repositoryName(reference));
    const { signal } = options;
    const { repository, artifact, ...found } = await findSigned(reference, registry, { signal, early });
    const begun = begin(given, artifact, repository.name);
    if ('outcome' in begun) return begun;
    const { statement, report } = begun;
    const context = { ...judgeBy, checkArtifact: isAbout(artifact), statement };
    const signatures: SignatureReport[] = [];
    const fetched = readAhead(
      found.signatures,
      (descriptor) => fetchSignature(repository, descriptor, artifact, options),
      { atOnce: FETCHED_AT_ONCE, most: maxSignatures },
    );
    for await (const { item, done } of fetched) {
      if (!done) return reject(report, signatures, tooMany(maxSignatures));
      const signature = await evaluateStored(item, done, context, options);
      signatures.push(signature);
      if (signature.outcome === 'verified') return { ...report, outcome: 'verified', signatures };
    }
    return reject(report, signatures, noneGood(signatures, repository.name, artifact));
  }

  async function evaluateEnvelope(
    bytes: Uint8Array,
    options: VerifyEnvelopeOptions,
  ): Promise<VerificationReport> {
    const artifact = readEnvelopeArguments(bytes, options);
    throwIfAborted(options.signal);
    const judgeBy = readDemands(options);
    const begun = begin(options.reference, artifact, repositoryName(readReference(options.reference)));
    if ('outcome' in begun) return begun;
    const { statement, report } = begun;
    const context = { ...judgeBy, checkArtifact: isAbout(artifact), statement };
    const signature = await evaluateSignature(bytes, options.mediaType, context);
    if (signature.outcome === 'verified') return { ...report, outcome: 'verified', signatures: [signature] };
    return reject(report, [signature], signature.reason);
  }

  function wantsSignatures(given: string | Reference, repository: string): boolean {
    const statement = applicableStatement(trustPolicy, repository, textOf(given));
    return !(statement instanceof NotationError) && statement.level !== 'skip';
  }

  /** Either the verdict already, or what the verdict is going to be built on. */
  function begin(
    given: string | Reference,
    artifact: Descriptor,
    repository: string,
  ): VerificationReport | { statement: TrustPolicyStatement; report: ReportHead } {
    const reference = textOf(given);
    const statement = applicableStatement(trustPolicy, repository, reference);
    if (statement instanceof NotationError) {
      return { reference, artifact, outcome: 'rejected', reason: reasonOf(statement), signatures: [] };
    }
    const { name, level, actions } = statement;
    const report = { reference, artifact, policy: { statement: name, level, actions: { ...actions } } };
    if (level === 'skip') return { ...report, outcome: 'skipped', signatures: [] };
    return { statement, report };
  }

  function readDemands({ userMetadata, pluginConfig, signal }: VerifyOptions) {
    const abilities = { trustStore, revocation, timestamp, plugins, knownChains };
    const demands = { userMetadata: readUserMetadata(userMetadata), pluginConfig, signal };
    return { ...demands, now: readClock(clock), ...abilities };
  }

  return {
    evaluate,
    evaluateEnvelope,
    verify: async (reference, options) => demandTrust(await evaluate(reference, options)),
    verifyEnvelope: async (bytes, options) => demandTrust(await evaluateEnvelope(bytes, options)),
  };
}

function isAbout(artifact: Descriptor) {
  return (signed: TargetArtifact) => checkArtifact(signed, artifact);
}

function textOf(reference: string | Reference): string {
  return typeof reference === 'string' ? reference : formatReference(reference);
}

type ReportHead = Pick<VerificationReport, 'reference' | 'artifact' | 'policy'>;

/** One bad referrer never decides for the others: whatever is wrong with it is its own verdict. */
async function evaluateStored(
  { digest }: SignatureDescriptor,
  fetched: Promise<StoredSignature>,
  context: SignatureContext,
  options: OperationOptions,
): Promise<SignatureReport> {
  // Also where a repository of the caller's own takes no notice of the signal.
  throwIfAborted(options.signal);
  try {
    const { bytes, mediaType } = await fetched;
    return { digest, ...(await evaluateSignature(bytes, mediaType, context)) };
  } catch (error) {
    return { digest, outcome: 'rejected', reason: failureOf(error, options), checks: [] };
  }
}

function reject(
  report: ReportHead,
  signatures: SignatureReport[],
  reason: Reason | undefined,
): VerificationReport {
  return { ...report, outcome: 'rejected', ...(reason && { reason }), signatures };
}

function noneGood(
  signatures: SignatureReport[],
  repository: string,
  artifact: Descriptor,
): Reason | undefined {
  const [first, ...others] = signatures;
  if (!first) {
    return reasonOf(
      new NotationError('ERR_NO_SIGNATURE', `${repository} holds no signature of ${artifact.digest}`),
    );
  }
  if (others.length === 0) return first.reason;
  const message = `none of its ${signatures.length} signatures satisfies the trust policy`;
  return reasonOf(new NotationError('ERR_NO_TRUSTED_SIGNATURE', message));
}

function tooMany(maxSignatures: number): Reason {
  return {
    code: 'ERR_LIMIT_EXCEEDED',
    message: `none of the first ${maxSignatures} signatures satisfies the trust policy, and no more are tried`,
    nextStep: 'Remove signatures that are of no use from the repository, or raise maxSignatures.',
  };
}

function demandTrust(report: VerificationReport): VerificationReport {
  if (report.outcome === 'rejected') throw new VerificationError(report);
  return report;
}
