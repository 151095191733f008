import { hash } from '../crypto/digest.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { encodeHex } from '../encoding/hex.ts';
import { claimedSigningTime, type SignedAttributes, toPlain } from '../envelope/attributes.ts';
import { parseEnvelope } from '../envelope/envelope.ts';
import type { EnvelopeMediaType, SignatureEnvelope, SignatureFormat } from '../envelope/model.ts';
import { parsePayload } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { isNotationError, type Reason, reasonOf } from '../errors/index.ts';
import type { Reference } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { Registry, Repository } from '../oci/repository.ts';
import type { Certificate } from '../x509/certificate.ts';
import { nameText } from '../x509/name.ts';
import { findSigned, readReference } from './artifact.ts';
import { envelopeTypeOf } from './blob.ts';
import { readAhead } from './read-ahead.ts';
import {
  FETCHED_AT_ONCE,
  failureOf,
  fetchSignature,
  readMaxSignatures,
  type SignatureDescriptor,
} from './signatures.ts';
import { truncate } from './truncate.ts';

/** What {@link inspect} takes beside the reference. */
export interface InspectOptions {
  /** Where the artifact and its signatures are; the registry that the reference names by default, without credentials. */
  registry?: Registry | undefined;
  /** How many signatures are shown at most; 100 by default. */
  maxSignatures?: number | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** A certificate as `notation inspect` shows it; names that are very long are cut. */
export interface InspectedCertificate {
  /** Lower-case hexadecimal. */
  SHA256Fingerprint: string;
  issuedTo: string;
  issuedBy: string;
  /** RFC 3339, UTC. */
  expiry: string;
}

/** What a time-stamp says. */
export interface InspectedTimestamp {
  /** The earliest and the latest time that it may have been made: `[2026-01-02T03:04:05Z, 2026-01-02T03:04:06Z]`. */
  timestamp: string;
  /** Those that came along, in the order of the token. */
  certificates: InspectedCertificate[];
}

/** A time-stamp that cannot be read, or is about something else than the signature. */
export interface UnreadableTimestamp {
  error: Reason;
}

/** What a signature says, as `notation inspect --output json` shows it. Nothing of it was verified. */
export interface InspectedSignature {
  /** The format of the envelope. */
  mediaType: EnvelopeMediaType;
  /** Of the signature manifest. */
  digest: string;
  /** Such as `RSASSA-PSS-SHA-256`. */
  signatureAlgorithm: string;
  /** `signingScheme`, `signingTime`, `expiry` if there is one, and every extended attribute; times in RFC 3339, UTC. */
  signedAttributes: Record<string, string>;
  userDefinedAttributes: Record<string, string>;
  unsignedAttributes: {
    signingAgent?: string;
    /** The RFC 3161 time-stamp. */
    timestampSignature?: InspectedTimestamp | UnreadableTimestamp;
  };
  /** Leaf first. */
  certificates: InspectedCertificate[];
  signedArtifact: Descriptor;
}

/** A signature that cannot be fetched or read. */
export interface UnreadableSignature {
  /** Of the signature manifest. */
  digest: string;
  error: Reason;
}

/** One signature of an artifact: what it says, or why that cannot be told. */
export type SignatureInspection = InspectedSignature | UnreadableSignature;

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
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { inspect } from 'notarykit/storage';
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
  { registry = createRegistry(), maxSignatures, signal }: InspectOptions = {},
): Promise<SignatureInspection[]> {
  const most = readMaxSignatures(maxSignatures);
  const { repository, artifact, signatures } = await findSigned(readReference(reference), registry, {
    signal,
  });
  const inspections: SignatureInspection[] = [];
  const inspecting = readAhead(signatures, (one) => inspectStored(repository, one, artifact, signal), {
    atOnce: FETCHED_AT_ONCE,
    most,
  });
  for await (const { done } of inspecting) {
    if (done) inspections.push(await done);
    if (inspections.length === most) break;
  }
  return inspections;
}

/** What {@link inspectBlob} takes beside the signature. */
export interface InspectBlobOptions {
  /**
   * The format that the signature must have, as the name of its file says; by default it is told from its first byte.
   */
  signatureFormat?: SignatureFormat | undefined;
}

/** What the signature of a blob says, in the form that {@link inspect} gives. Nothing of it was verified. */
export type BlobInspection = Omit<InspectedSignature, 'digest'>;

/**
 * Shows what the signature of a blob says, without verifying anything: only for people to look at.
 *
 * @param signature - The signature envelope: the content of a file such as `release.tar.jws.sig`.
 * @param options - The format, where its name says it.
 * @returns What the signature says.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_ENVELOPE_INVALID`, `ERR_PAYLOAD_INVALID`,
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see The specification of `notation blob inspect`
 *
 * @example
 * ```ts
 * import { createSigner, signBlob } from 'notarykit/signer';
 * import { inspectBlob } from 'notarykit/storage';
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
  signal: AbortSignal | undefined,
): Promise<SignatureInspection> {
  const { digest } = signature;
  try {
    const { bytes, mediaType } = await fetchSignature(repository, signature, artifact, { signal });
    return { digest, ...(await describe(parseEnvelope(bytes, mediaType))) };
  } catch (error) {
    return { digest, error: failureOf(error, { signal }) };
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

/** The value of an extended attribute as text, whatever JSON or CBOR made of it. */
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
