/**
 * Sign OCI artifacts, and decide whether their Notary Project signatures can be trusted.
 *
 * Everything is wired here, with the registry that a reference names as the default; the other entry points hold the
 * parts, for a bundle that carries only what it uses.
 *
 * @packageDocumentation
 */
import type { Reference } from './oci/reference.ts';
import { createRegistry } from './oci/registry/registry.ts';
import type { Registry } from './oci/repository.ts';
import { type SignOptions, type SignResult, sign as signArtifact } from './signer/sign.ts';
import {
  type InspectOptions,
  inspect as inspectArtifact,
  type SignatureInspection,
} from './storage/inspect.ts';
import { type ListOptions, listSignatures as listArtifactSignatures } from './storage/list.ts';
import type { SignatureDescriptor } from './storage/signatures.ts';
import type { VerificationReport } from './verifier/report.ts';
import {
  createVerifier as composeVerifier,
  type Verifier,
  type VerifierOptions,
  type VerifyEnvelopeOptions,
  type VerifyOptions,
} from './verifier/verifier.ts';

export type { Descriptor } from './encoding/descriptor.ts';
export type { Signer } from './envelope/envelope.ts';
export { type ErrorCode, isNotationError, NotationError, type Reason } from './errors/index.ts';
export { createMemoryRegistry } from './oci/memory.ts';
export { parseReference, type Reference } from './oci/reference.ts';
export { createRegistry, type RegistryOptions } from './oci/registry/registry.ts';
export type { Registry, Repository } from './oci/repository.ts';
export { parseTrustPolicy, type TrustPolicyOptions } from './policy/parse.ts';
export type { TrustPolicy } from './policy/types.ts';
export { createSigner, type SignerOptions } from './signer/local-signer.ts';
export type { SignatureFormat, SignOptions, SignResult } from './signer/sign.ts';
export type { InspectedSignature, SignatureInspection, UnreadableSignature } from './storage/inspect.ts';
export type { SignatureDescriptor } from './storage/signatures.ts';
export { formatReport } from './verifier/format-report.ts';
export {
  type Check,
  type SignatureReport,
  VerificationError,
  type VerificationReport,
} from './verifier/report.ts';
export type { Verifier, VerifierOptions, VerifyEnvelopeOptions, VerifyOptions } from './verifier/verifier.ts';
export { createTrustStore, type TrustStore, type TrustStoreContent } from './x509/trust-store.ts';

/** Options in which the registry may be left out: it is then the one that the reference names. */
export type WithDefaultRegistry<T extends { registry?: Registry | undefined }> = Omit<T, 'registry'> & {
  /** Where artifacts and signatures are; the registry that the reference names by default, without credentials. */
  registry?: Registry | undefined;
};

/** What {@link verify} and {@link evaluate} take beside the reference. */
export type VerifyArtifactOptions = VerifierOptions & VerifyOptions;

/** What {@link verifyEnvelope} and {@link evaluateEnvelope} take beside the envelope. */
export type VerifyEnvelopeAtHandOptions = Omit<VerifierOptions, 'registry'> & VerifyEnvelopeOptions;

/**
 * Signs an artifact and stores the signature beside it. A tag is resolved once; what is signed is the digest.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - See `SignOptions`; the registry is the one that the reference names by default.
 * @returns What was signed, and the descriptor of the signature.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_ALGORITHM_UNSUPPORTED`, `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, and the codes of the registry: `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Specification "Signing and verification workflow", "OCI artifact signing"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createSigner, parseReference, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }));
 * const result = await sign(`registry.example.com/app@${digest}`, {
 *   signer,
 *   registry,
 *   format: 'cose',
 *   userMetadata: { buildId: '101' },
 *   expiresIn: 90 * 24 * 60 * 60,
 * });
 * console.log(result.signature.digest);
 * ```
 */
export async function sign(
  reference: string | Reference,
  options: WithDefaultRegistry<SignOptions>,
): Promise<SignResult> {
  return signArtifact(reference, wired(options));
}

/**
 * Decides whether an artifact can be trusted: resolves when one of its signatures satisfies the trust policy, or the
 * policy says to skip.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag, which is resolved once.
 * @param options - Trust policy and trust store; the registry is the one that the reference names by default.
 * @returns The report. Pull `artifact.digest` of it, not the tag.
 * @throws VerificationError `ERR_VERIFICATION_FAILED`, with the report, when it cannot be trusted.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND` and the codes of the registry where no verdict could be reached.
 * @see Trust store and trust policy specification, "Signature Verification"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createSigner, createTrustStore, parseReference, parseTrustPolicy, sign, verify } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const certificate = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const reference = `registry.example.com/app@${digest}`;
 * await sign(reference, { signer: await createSigner(certificate), registry });
 *
 * const report = await verify(reference, {
 *   registry,
 *   trustStore: createTrustStore({ 'ca:acme': certificate.root }),
 *   trustPolicy: parseTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['registry.example.com/app'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(report.outcome, report.artifact.digest === digest); // verified true
 * ```
 */
export async function verify(
  reference: string | Reference,
  options: VerifyArtifactOptions,
): Promise<VerificationReport> {
  return createVerifier(options).verify(reference, options);
}

/**
 * The same work as {@link verify}; distrust is an outcome of the report instead of an error.
 *
 * @param reference - As for {@link verify}.
 * @param options - As for {@link verify}.
 * @returns The report, with the outcome `verified`, `rejected` or `skipped`.
 * @throws NotationError where no verdict could be reached: `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`,
 * `ERR_USER_METADATA_INVALID`, `ERR_NOT_FOUND` and the codes of the registry.
 * @see Trust store and trust policy specification, "Signature Verification"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createTrustStore, evaluate, formatReport, parseReference, parseTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const { root } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const report = await evaluate(`registry.example.com/app@${digest}`, {
 *   registry,
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
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
 *   }),
 * });
 * console.log(formatReport(report)); // … is NOT trusted: it holds no signature
 * ```
 */
export async function evaluate(
  reference: string | Reference,
  options: VerifyArtifactOptions,
): Promise<VerificationReport> {
  return createVerifier(options).evaluate(reference, options);
}

/**
 * Like {@link verify}, for one signature envelope that is at hand; no registry is asked.
 *
 * @param bytes - The envelope, at most 32 MiB.
 * @param options - Trust policy and trust store; the media type of the envelope, the descriptor of the artifact it must
 * be about, and the reference whose repository selects the policy statement.
 * @returns The report, with this one signature.
 * @throws VerificationError `ERR_VERIFICATION_FAILED`, with the report, when it cannot be trusted.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_USER_METADATA_INVALID`
 * @see Trust store and trust policy specification, "Signature Verification"
 *
 * @example
 * ```ts
 * import { createTrustStore, parseTrustPolicy, VerificationError, verifyEnvelope } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * try {
 *   await verifyEnvelope(new TextEncoder().encode('{}'), {
 *     mediaType: 'application/jose+json',
 *     artifact: {
 *       mediaType: 'application/vnd.oci.image.manifest.v1+json',
 *       digest: `sha256:${'0'.repeat(64)}`,
 *       size: 2,
 *     },
 *     reference: 'registry.example.com/app',
 *     trustStore: createTrustStore({ 'ca:acme': root }),
 *     trustPolicy: parseTrustPolicy({
 *       version: '1.0',
 *       trustPolicies: [
 *         {
 *           name: 'production',
 *           registryScopes: ['*'],
 *           signatureVerification: { level: 'strict' },
 *           trustStores: ['ca:acme'],
 *           trustedIdentities: ['*'],
 *         },
 *       ],
 *     }),
 *   });
 * } catch (error) {
 *   if (!(error instanceof VerificationError)) throw error;
 *   console.log(error.report.reason?.code); // ERR_ENVELOPE_INVALID
 * }
 * ```
 */
export async function verifyEnvelope(
  bytes: Uint8Array,
  options: VerifyEnvelopeAtHandOptions,
): Promise<VerificationReport> {
  return composeVerifier(options).verifyEnvelope(bytes, options);
}

/**
 * The same work as {@link verifyEnvelope}; distrust is an outcome of the report instead of an error.
 *
 * @param bytes - As for {@link verifyEnvelope}.
 * @param options - As for {@link verifyEnvelope}.
 * @returns The report, with this one signature.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_USER_METADATA_INVALID`
 * @see Trust store and trust policy specification, "Signature Verification"
 *
 * @example
 * ```ts
 * import { createTrustStore, evaluateEnvelope, parseTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const report = await evaluateEnvelope(new Uint8Array([0xd2, 0x84]), {
 *   mediaType: 'application/cose',
 *   artifact: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 2 },
 *   reference: 'registry.example.com/app',
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
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
 *   }),
 * });
 * console.log(report.outcome); // rejected
 * ```
 */
export async function evaluateEnvelope(
  bytes: Uint8Array,
  options: VerifyEnvelopeAtHandOptions,
): Promise<VerificationReport> {
  return composeVerifier(options).evaluateEnvelope(bytes, options);
}

/**
 * Makes a verifier that is used again and again: policy, store and connections are set up once.
 *
 * @param options - Trust policy and trust store; the registry is the one that a reference names by default.
 * @returns The verifier, which can be used concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a trust policy or trust store that is none
 * @see Specification "Signing and verification workflow", "OCI artifact verification"
 *
 * @example
 * ```ts
 * import { createTrustStore, createVerifier, parseTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const verifier = createVerifier({
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
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
 *   }),
 * });
 * console.log(typeof verifier.verify); // function
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return composeVerifier(wired(options));
}

/**
 * Lists the signatures of an artifact, without fetching or judging them.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The registry; the one that the reference names by default.
 * @returns The descriptors of the signature manifests, in the order of the registry; pages are fetched as they are
 * needed.
 * @throws NotationError while iterating: `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND` and the codes of the registry
 * @see Signature specification, "OCI Signature Discovery"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, listSignatures, parseReference } from 'notarykit';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * for await (const signature of listSignatures(`registry.example.com/app@${digest}`, { registry })) {
 *   console.log(signature.digest);
 * }
 * ```
 */
export function listSignatures(
  reference: string | Reference,
  options: WithDefaultRegistry<ListOptions> = {},
): AsyncIterable<SignatureDescriptor> {
  return listArtifactSignatures(reference, wired(options));
}

/**
 * Shows what the signatures of an artifact say, without verifying anything: only for people to look at.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The registry; the one that the reference names by default.
 * @returns One entry a signature, in the order of the registry; a signature that cannot be read has an `error`.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_NOT_FOUND` and the codes of the
 * registry
 * @see The specification of `notation inspect`
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, inspect, parseReference } from 'notarykit';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * console.log(await inspect(`registry.example.com/app@${digest}`, { registry })); // []
 * ```
 */
export async function inspect(
  reference: string | Reference,
  options: WithDefaultRegistry<InspectOptions> = {},
): Promise<SignatureInspection[]> {
  return inspectArtifact(reference, wired(options));
}

function wired<T extends { registry?: Registry | undefined }>(
  options: T,
): Omit<T, 'registry'> & { registry: Registry } {
  return { ...options, registry: options?.registry ?? createRegistry() };
}
