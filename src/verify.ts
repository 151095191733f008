import { type DefaultAbilityOptions, withDefaultAbilities } from './default-abilities.ts';
import { withDefaultRegistry } from './default-registry.ts';
import type { Reference } from './oci/reference.ts';
import type { EvaluationResults, ReferenceList } from './verifier/evaluate-all.ts';
import type { EvaluateAllOptions } from './verifier/evaluate-all-options.ts';
import type { VerifierOptions, VerifyOptions } from './verifier/options.ts';
import type { VerificationReport } from './verifier/report.ts';
import { composeVerifier, type Verifier } from './verifier/verifier.ts';

/**
 * Verifies an artifact: resolves if one of its signatures satisfies the trust policy, or the policy says to skip. The
 * signature of an image index covers the manifests that it lists: `platforms` names the platform of one, `index` the index
 * of a manifest. With `platforms: 'all'` each manifest must be trusted as well.
 *
 * A gate must also require `classify(report).class === 'verified'`: this does not throw if the policy skips the verification,
 * or only logs failures (level `audit`).
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag, which is resolved once. With both
 * the digest decides, and the report has the warning `ERR_TAG_MISMATCH` if the tag names something else.
 * @param options - Trust policy and trust store; the registry is the one that the reference names by default.
 * @returns The report. Pull `report.artifact.digest`, not the tag; with a platform, pull `report.platforms[0].digest`.
 * @throws VerificationError `ERR_VERIFICATION_FAILED`, with the report, when it cannot be trusted.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND` and the codes of the registry if no verdict could be reached.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { classify, createMemoryRegistry, createSigner, createTrustStore, parseReference, parseTrustPolicy, sign, verify } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
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
 * console.log(classify(report).class, report.artifact.digest === digest); // verified true
 * ```
 *
 * @example
 * The manifest of one platform, by the signature of the index:
 * ```ts
 * import { createMemoryRegistry, createSigner, createTrustStore, createVerifier, parseReference, parseTrustPolicy, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const repository = registry.repository(parseReference('registry.example.com/app'));
 * const push = (kind: string, content: object) =>
 *   repository.pushManifest(
 *     `application/vnd.oci.image.${kind}.v1+json`,
 *     new TextEncoder().encode(JSON.stringify(content)),
 *     { tag: kind },
 *   );
 * const manifest = await push('manifest', { schemaVersion: 2, layers: [] });
 * await push('index', { manifests: [{ ...manifest, platform: { os: 'linux', architecture: 'arm64' } }] });
 * const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * await sign('registry.example.com/app:index', { signer: await createSigner(certificate), registry });
 *
 * const verifier = createVerifier({
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
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   }),
 * });
 * const { platforms } = await verifier.verify('registry.example.com/app:index', { platforms: 'linux/arm64' });
 * console.log(platforms?.[0]?.digest === manifest.digest); // true
 *
 * const { coveredBy } = await verifier.verify(`registry.example.com/app@${manifest.digest}`, { index: 'index' });
 * console.log(coveredBy?.mediaType); // application/vnd.oci.image.index.v1+json
 * ```
 */
export async function verify(
  reference: string | Reference,
  options: VerifierOptions & VerifyOptions & DefaultAbilityOptions,
): Promise<VerificationReport> {
  return createVerifier(options).verify(reference, options);
}

/**
 * Evaluates an artifact like {@link verify}, but returns the outcome `rejected` instead of throwing.
 *
 * @param reference - As for {@link verify}.
 * @param options - As for {@link verify}.
 * @returns The report, with the outcome `verified`, `rejected` or `skipped`; `classify` tells warnings apart. Only its class
 * `verified` should pass a gate.
 * @throws NotationError if no verdict could be reached: `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`,
 * `ERR_USER_METADATA_INVALID`, `ERR_NOT_FOUND` and the codes of the registry.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
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
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
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
 * console.log(formatReport(report)); // … is NOT trusted: it has no signature
 * ```
 */
export async function evaluate(
  reference: string | Reference,
  options: VerifierOptions & VerifyOptions & DefaultAbilityOptions,
): Promise<VerificationReport> {
  return createVerifier(options).evaluate(reference, options);
}

/**
 * Evaluates many artifacts, a few at a time: with one pool of connections, one token for each scope and one set of
 * revocation responses.
 *
 * What goes wrong with one image is its result, an `error` in place of a `report`; the others go on. A reference that an array
 * repeats is evaluated once.
 *
 * @param references - An array of references as for {@link verify}, or of `{ reference, location }`, such as those that
 * `notarykit/manifests` finds in files; or another iterable of them, which is read as it is needed.
 * @param options - As for {@link verify}, and: `concurrency`, 8 by default; `onResult`, called with each result; `deadline`,
 * the time by which all must end. `limits` are those of each reference.
 * @returns Iterate over it to get each result as soon as there is one, with the `index` of its reference; or call `all()` for
 * all of them in the order of the references. Nothing is fetched before.
 * @throws NotationError When it is called as `createVerifier` does. From the iteration or `all()`, before any request:
 * `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, and `ERR_TRUST_STORE_NOT_FOUND` or `ERR_TRUST_STORE_INVALID` for a store
 * of a statement that applies to one of an array of references. Later `ERR_ABORTED`, and whatever `onResult` throws.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { classify, createMemoryRegistry, createTrustStore, evaluateAll } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const results = evaluateAll(['registry.example.com/app:v1', 'registry.example.com/web:v1'], {
 *   registry: createMemoryRegistry(),
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   },
 * });
 * for await (const { index, reference, report, error } of results) {
 *   console.log(index, reference, classify(report ?? error).class); // 0 registry.example.com/app:v1 undecided
 * }
 * ```
 */
export function evaluateAll(
  references: ReferenceList,
  options: VerifierOptions & EvaluateAllOptions & DefaultAbilityOptions,
): EvaluationResults {
  return createVerifier(options).evaluateAll(references, options);
}

/**
 * Creates a verifier for repeated use: policy, store and connections are set up once.
 *
 * @param options - Trust policy and trust store; the registry is by default the one that a reference names. Revocation
 * responses are kept in memory for as long as they are current.
 * @returns The verifier, which can be used concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type; for a trust policy document those of
 * `parseTrustPolicy`, such as `ERR_POLICY_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 *
 * @example
 * ```ts
 * import { createTrustStore, createVerifier } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const verifier = createVerifier({
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   dialect: 'extended', // for the prefix scope; the default is the specification
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['registry.example.com/production/*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: CN=acme.example'],
 *       },
 *     ],
 *   },
 * });
 * console.log(typeof verifier.verify); // function
 * ```
 */
export function createVerifier(options: VerifierOptions & DefaultAbilityOptions): Verifier {
  return composeVerifier(withDefaultRegistry(withDefaultAbilities(options)));
}
