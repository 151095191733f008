import type { Descriptor } from '../encoding/descriptor.ts';
import { KnownChains } from '../envelope/known-chains.ts';
import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { parseReference, type Reference, referenceTarget, repositoryName } from '../oci/reference.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';
import { selectStatement } from '../policy/select.ts';
import type { TrustPolicy, TrustPolicyStatement } from '../policy/types.ts';
import { fetchSignature, findSignatures, type SignatureDescriptor } from '../storage/signatures.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { evaluateSignature, type SignatureContext } from './evaluate-signature.ts';
import { type SignatureReport, VerificationError, type VerificationReport } from './report.ts';

/** What a {@link Verifier} is made of. */
export interface VerifierOptions {
  /** From `parseTrustPolicy`. */
  trustPolicy: TrustPolicy;
  trustStore: TrustStore;
  /** Where references are looked up. Without one, only envelopes at hand can be verified. */
  registry?: Registry | undefined;
  /** Gives the time of verification; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

/** What one verification may differ in. */
export interface VerifyOptions {
  /** Key and value pairs that must be signed with the artifact. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /** How many signatures are tried at most; 100 by default. */
  maxSignatures?: number | undefined;
  /** Stops the verification with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** What is verified where there is no registry. */
export interface VerifyEnvelopeOptions extends Pick<VerifyOptions, 'userMetadata'> {
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

const MAX_SIGNATURES = 100;

/**
 * Makes a verifier.
 *
 * @param options - Policy, trust store and registry.
 * @returns The verifier, which can be used any number of times and concurrently.
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
export function createVerifier({ trustPolicy, trustStore, registry, clock }: VerifierOptions): Verifier {
  const now = clock ?? (() => new Date());
  const knownChains = new KnownChains();

  async function evaluate(
    given: string | Reference,
    options: VerifyOptions = {},
  ): Promise<VerificationReport> {
    const reference = typeof given === 'string' ? parseReference(given) : given;
    const maxSignatures = checkMaxSignatures(options.maxSignatures ?? MAX_SIGNATURES);
    const repository = demandRegistry(registry).repository(reference);
    const artifact = await repository.resolve(referenceTarget(reference), options);
    const begun = begin(given, artifact, repository.name);
    if ('outcome' in begun) return begun;
    const { statement, report } = begun;
    const context = createContext(artifact, statement, options);
    const signatures: SignatureReport[] = [];
    const descriptors = findSignatures(repository, artifact, options);
    let left = maxSignatures;
    for await (const descriptor of descriptors) {
      if (left-- === 0) return reject(report, signatures, tooMany(maxSignatures));
      const signature = await evaluateStored(repository, descriptor, context, options);
      signatures.push(signature);
      if (signature.outcome === 'verified') return { ...report, outcome: 'verified', signatures };
    }
    return reject(report, signatures, noneGood(signatures, repository.name, artifact));
  }

  async function evaluateEnvelope(
    bytes: Uint8Array,
    options: VerifyEnvelopeOptions,
  ): Promise<VerificationReport> {
    const { artifact, mediaType } = options;
    const reference =
      typeof options.reference === 'string' ? parseReference(options.reference) : options.reference;
    const begun = begin(options.reference, artifact, repositoryName(reference));
    if ('outcome' in begun) return begun;
    const { statement, report } = begun;
    const signature = await evaluateSignature(bytes, mediaType, createContext(artifact, statement, options));
    if (signature.outcome === 'verified') return { ...report, outcome: 'verified', signatures: [signature] };
    return reject(report, [signature], signature.reason);
  }

  /** Either the verdict already, or what the verdict is going to be built on. */
  function begin(
    given: string | Reference,
    artifact: Descriptor,
    repository: string,
  ): VerificationReport | { statement: TrustPolicyStatement; report: ReportHead } {
    const subject = {
      reference: typeof given === 'string' ? given : repository,
      artifact: identity(artifact),
    };
    const statement = applicable(trustPolicy, repository);
    if (statement instanceof NotationError) {
      return { ...subject, outcome: 'rejected', reason: reasonOf(statement), signatures: [] };
    }
    const { name, level, actions } = statement;
    const report = { ...subject, policy: { statement: name, level, actions: { ...actions } } };
    if (level === 'skip') return { ...report, outcome: 'skipped', signatures: [] };
    return { statement, report };
  }

  function createContext(
    artifact: Descriptor,
    statement: TrustPolicyStatement,
    { userMetadata = {} }: Pick<VerifyOptions, 'userMetadata'>,
  ): SignatureContext {
    return { artifact, statement, trustStore, userMetadata, now: now(), knownChains };
  }

  return {
    evaluate,
    evaluateEnvelope,
    verify: async (reference, options) => demandTrust(await evaluate(reference, options)),
    verifyEnvelope: async (bytes, options) => demandTrust(await evaluateEnvelope(bytes, options)),
  };
}

type ReportHead = Pick<VerificationReport, 'reference' | 'artifact' | 'policy'>;

/** One bad referrer never decides for the others: whatever is wrong with it is its own verdict. */
async function evaluateStored(
  repository: Repository,
  descriptor: SignatureDescriptor,
  context: SignatureContext,
  options: OperationOptions,
): Promise<SignatureReport> {
  const { digest } = descriptor;
  try {
    const { bytes, mediaType } = await fetchSignature(repository, descriptor, context.artifact, options);
    return { digest, ...(await evaluateSignature(bytes, mediaType, context)) };
  } catch (error) {
    if (!(error instanceof NotationError) || error.code === 'ERR_ABORTED') throw error;
    return { digest, outcome: 'rejected', reason: reasonOf(error), checks: [] };
  }
}

function applicable(policy: TrustPolicy, repository: string): TrustPolicyStatement | NotationError {
  try {
    return selectStatement(policy, repository);
  } catch (error) {
    if (error instanceof NotationError) return error;
    throw error;
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
  const message = `none of the first ${maxSignatures} signatures satisfies the trust policy, and no more are tried`;
  return reasonOf(new NotationError('ERR_LIMIT_EXCEEDED', message));
}

function demandRegistry(registry: Registry | undefined): Registry {
  if (registry) return registry;
  throw new NotationError(
    'ERR_ARGUMENT_INVALID',
    'the verifier was made without a registry: give it createRegistry() of notarykit/oci, or verify an envelope at hand',
  );
}

function checkMaxSignatures(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new NotationError(
    'ERR_ARGUMENT_INVALID',
    `maxSignatures must be a positive integer, but is ${count}`,
  );
}

function identity({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function demandTrust(report: VerificationReport): VerificationReport {
  if (report.outcome === 'rejected') throw new VerificationError(report);
  return report;
}
