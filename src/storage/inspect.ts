import { hash } from '../crypto/digest.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { encodeHex } from '../encoding/hex.ts';
import { claimedSigningTime, type SignedAttributes } from '../envelope/attributes.ts';
import { parseEnvelope } from '../envelope/envelope.ts';
import type { EnvelopeMediaType, SignatureEnvelope, SignatureFormat } from '../envelope/model.ts';
import { parsePayload } from '../envelope/payload.ts';
import { toPlain } from '../envelope/plain-value.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { isNotationError, type Reason, reasonOf } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { readLimits, withBudget } from '../net/budget.ts';
import { type Reference, referenceText } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';
import type { Certificate } from '../x509/certificate.ts';
import { nameText } from '../x509/name.ts';
import { findSigned } from './artifact.ts';
import { envelopeTypeOf } from './blob.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from './limits.ts';
import { readAhead } from './read-ahead.ts';
import { readReference } from './read-reference.ts';
import { FETCHED_AT_ONCE, failureOf, fetchSignature, type SignatureDescriptor } from './signatures.ts';
import { truncate } from './truncate.ts';

/** Options of {@link inspect}. */
export interface InspectOptions {
  /** The registry of the artifact; by default the one that the reference names, without credentials. */
  registry?: Registry | undefined;
  /** The limits of the inspection; `signatures` is how many are returned at most. */
  limits?: VerificationLimits | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
}

/** A certificate as `notation inspect` shows it; very long names are truncated. */
export interface InspectedCertificate {
  /** Lower-case hexadecimal. */
  SHA256Fingerprint: string;
  issuedTo: string;
  issuedBy: string;
  /** RFC 3339, UTC. */
  expiry: string;
}

/** The content of a timestamp. */
export interface InspectedTimestamp {
  /** The earliest and the latest time at which it can have been made: `[2026-01-02T03:04:05Z, 2026-01-02T03:04:06Z]`. */
  timestamp: string;
  /** The certificates in the token, in its order. */
  certificates: InspectedCertificate[];
}

/** A timestamp that cannot be read, or that is not for the signature. */
export interface UnreadableTimestamp {
  error: Reason;
}

/** The content of a signature, as `notation inspect --output json` shows it. None of it is verified. */
export interface InspectedSignature {
  /** The format of the envelope. */
  mediaType: EnvelopeMediaType;
  /** The digest of the signature manifest. */
  digest: string;
  /** Such as `RSASSA-PSS-SHA-256`. */
  signatureAlgorithm: string;
  /** `signingScheme`, `signingTime`, `expiry` if there is one, and every extended attribute; times in RFC 3339, UTC. */
  signedAttributes: Record<string, string>;
  userDefinedAttributes: Record<string, string>;
  unsignedAttributes: {
    signingAgent?: string;
    /** The RFC 3161 timestamp. */
    timestampSignature?: InspectedTimestamp | UnreadableTimestamp;
  };
  /** Leaf first. */
  certificates: InspectedCertificate[];
  signedArtifact: Descriptor;
}

/** A signature that cannot be fetched or read. */
export interface UnreadableSignature {
  /** The digest of the signature manifest. */
  digest: string;
  error: Reason;
}

/** One signature of an artifact: its content, or why it cannot be read. */
export type SignatureInspection = InspectedSignature | UnreadableSignature;

/**
 * Returns the content of the signatures of an artifact, without verifying anything: for display only.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The registry; the one that the reference names by default.
 * @returns One entry for each signature, in the order of the registry; a signature that cannot be read has an `error`.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_NOT_FOUND` and the codes of the
 * registry
 * @see https://github.com/notaryproject/notation/blob/main/specs/commandline/inspect.md
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { inspect } from 'notarykit';
 *
 * const registry = createMemoryRegistry();
 * const artifact = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * for (const signature of await inspect(`registry.example.com/app@${artifact.digest}`, { registry })) {
 *   console.log('error' in signature ? signature.error.message : signature.signedAttributes.signingTime);
 * }
 * ```
 */
export async function inspect(
  reference: string | Reference,
  { registry = createRegistry(), limits, signal }: InspectOptions = {},
): Promise<SignatureInspection[]> {
  const complete = readLimits<VerificationLimits>(VERIFICATION_LIMITS, limits);
  const found = readReference(reference);
  return withBudget(complete, signal, `the inspection of ${quote(referenceText(reference))}`, (budget) =>
    inspectFound(found, registry, complete.signatures, { signal: budget.signal, budget }),
  );
}

async function inspectFound(
  reference: Reference,
  registry: Registry,
  most: number,
  options: OperationOptions,
): Promise<SignatureInspection[]> {
  const { repository, artifact, signatures } = await findSigned(reference, registry, options);
  const inspections: SignatureInspection[] = [];
  const inspecting = readAhead(signatures, (one) => inspectStored(repository, one, artifact, options), {
    atOnce: FETCHED_AT_ONCE,
    most,
  });
  for await (const { done } of inspecting) {
    if (done) inspections.push(await done);
    if (inspections.length === most) break;
  }
  return inspections;
}

/** Options of {@link inspectBlob}. */
export interface InspectBlobOptions {
  /**
   * The format that the signature must have, such as that of its file name; by default its first byte decides.
   */
  signatureFormat?: SignatureFormat | undefined;
}

/** The content of the signature of a blob, in the form of {@link inspect}. None of it is verified. */
export type BlobInspection = Omit<InspectedSignature, 'digest'>;

/**
 * Returns the content of the signature of a blob, without verifying anything: for display only.
 *
 * @param signature - The signature envelope: the content of a file such as `release.tar.jws.sig`.
 * @param options - The format, if the file name states it.
 * @returns The content of the signature.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_ENVELOPE_INVALID`, `ERR_PAYLOAD_INVALID`,
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see https://github.com/notaryproject/notation/blob/main/specs/commandline/blob.md#notation-blob-inspect
 *
 * @example
 * ```ts
 * import { createSigner, inspectBlob, signBlob } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
 * const { signature } = await signBlob(new Blob(['1.0']), { signer, userMetadata: { build: '7' } });
 * console.log((await inspectBlob(signature)).userDefinedAttributes.build); // 7
 * ```
 */
export async function inspectBlob(
  signature: Uint8Array,
  { signatureFormat }: InspectBlobOptions = {},
): Promise<BlobInspection> {
  return describe(parseEnvelope(signature, envelopeTypeOf(signature, signatureFormat)));
}

async function inspectStored(
  repository: Repository,
  signature: SignatureDescriptor,
  artifact: Descriptor,
  options: OperationOptions,
): Promise<SignatureInspection> {
  const { digest } = signature;
  try {
    const { bytes, mediaType } = await fetchSignature(repository, signature, artifact, options);
    return { digest, ...(await describe(parseEnvelope(bytes, mediaType))) };
  } catch (error) {
    return { digest, error: failureOf(error, options) };
  }
}

async function describe(envelope: SignatureEnvelope): Promise<Omit<InspectedSignature, 'digest'>> {
  const { mediaType, algorithm, certificates, signedAttributes, unsignedAttributes, signature } = envelope;
  const { annotations, ...signedArtifact } = parsePayload(envelope.payload);
  const { signingAgent, timestampSignature } = unsignedAttributes;
  return {
    mediaType,
    signatureAlgorithm: algorithm.plugin,
    signedAttributes: describeAttributes(signedAttributes),
    userDefinedAttributes: annotations ?? {},
    unsignedAttributes: {
      ...(signingAgent !== undefined && { signingAgent: truncate(signingAgent) }),
      ...(timestampSignature && {
        timestampSignature: await describeTimestamp(timestampSignature, signature),
      }),
    },
    certificates: await Promise.all(certificates.map(describeCertificate)),
    signedArtifact,
  };
}

async function describeTimestamp(
  token: Uint8Array,
  signature: Uint8Array,
): Promise<InspectedTimestamp | UnreadableTimestamp> {
  const { readTimestamp } = await import('../x509/timestamp/read-timestamp.ts');
  try {
    const { info, certificates } = await readTimestamp(token, signature);
    return {
      timestamp: `[${formatRfc3339(info.earliest)}, ${formatRfc3339(info.latest)}]`,
      certificates: await Promise.all(certificates.map(describeCertificate)),
    };
  } catch (error) {
    if (isNotationError(error)) return { error: reasonOf(error) };
    throw error;
  }
}

function describeAttributes(attributes: SignedAttributes): Record<string, string> {
  const { signingScheme, expiry, extended } = attributes;
  return {
    ...Object.fromEntries(extended.map(({ key, value }) => [String(key), printed(value)])),
    signingScheme,
    signingTime: formatRfc3339(claimedSigningTime(attributes)),
    ...(expiry && { expiry: formatRfc3339(expiry) }),
  };
}

/** Returns the value of an extended attribute, of any type of JSON or CBOR, as a string. */
function printed(value: unknown): string {
  const plain = toPlain(value);
  return typeof plain === 'object' ? JSON.stringify(plain, (_, member) => toPlain(member)) : String(plain);
}

async function describeCertificate(certificate: Certificate): Promise<InspectedCertificate> {
  return {
    SHA256Fingerprint: encodeHex(await hash('SHA-256', certificate.der)),
    issuedTo: truncate(nameText(certificate.subject)),
    issuedBy: truncate(nameText(certificate.issuer)),
    expiry: formatRfc3339(certificate.notAfter),
  };
}
