import { algorithmForKey } from '../crypto/algorithms.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import type { EnvelopeMediaType } from '../envelope/model.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { type BlobData, checkMediaType, DEFAULT_BLOB_TYPE, describeBlob, openBlob } from '../storage/blob.ts';
import { signWithinLimits } from './limits.ts';
import {
  keySpecOf,
  readSigning,
  type Signing,
  type SigningOptions,
  signDescriptor,
  timesOf,
} from './signing.ts';

/** The options of {@link signBlob}. */
export interface SignBlobOptions extends SigningOptions {
  /** The media type that the blob is signed as; `application/octet-stream` by default. */
  mediaType?: string | undefined;
}

/** A detached signature of a blob. */
export interface BlobSignature {
  /** The signature envelope: the content of the signature file. */
  signature: Uint8Array;
  /** The format of the envelope. */
  mediaType: EnvelopeMediaType;
  /** The extension of the signature file, after the name of the blob. */
  fileExtension: '.jws.sig' | '.cose.sig';
  /** The descriptor that was signed. Its digest is by the hash that belongs to the key. */
  artifact: Descriptor;
  /** RFC 3339, UTC. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
  /** The time of the timestamp, if `timestamp` was given: RFC 3339, UTC. */
  timestamp?: string;
}

const FILE_EXTENSIONS = {
  'application/jose+json': '.jws.sig',
  'application/cose': '.cose.sig',
} as const;

/**
 * Signs a blob: a file, a download, anything that is not an OCI artifact. The signature is detached; keep it as a file
 * named after the blob.
 *
 * @param data - The content. A stream may be of any length: it is read once, and hashed as it comes.
 * @param options - The signer and what goes into the signature.
 * @returns The signature envelope, with the descriptor that was signed.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_ALGORITHM_UNSUPPORTED`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, `ERR_ABORTED`, and those of the timestamper; the error of a stream is passed
 * on
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 *
 * @example
 * ```ts
 * import { createSigner, signBlob } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-384' }));
 * const { artifact, fileExtension } = await signBlob(new Blob(['a release']), { signer, format: 'cose' });
 * console.log(artifact.digest, `release.tar${fileExtension}`); // sha384:… release.tar.cose.sig
 * ```
 */
export async function signBlob(data: BlobData, options: SignBlobOptions): Promise<BlobSignature> {
  const signing = readSigning(options);
  const mediaType = checkMediaType(options.mediaType ?? DEFAULT_BLOB_TYPE);
  const algorithm = digestAlgorithm(signing);
  // Before anything is awaited: nobody else can read a stream from here on.
  const blob = openBlob(data);
  const { artifact, bytes, timestamp } = await signWithinLimits('a blob', options, async (budget) => {
    const { signal } = budget;
    const artifact = await budget.untimed(() => describeBlob(blob, algorithm, mediaType, signal));
    return { artifact, ...(await signDescriptor(artifact, signing, { signal, budget })) };
  });
  return {
    signature: bytes,
    mediaType: signing.mediaType,
    fileExtension: FILE_EXTENSIONS[signing.mediaType],
    artifact,
    ...timesOf(signing),
    ...(timestamp && { timestamp }),
  };
}

/** Returns the digest algorithm of a blob: the hash of the key (signature specification, "Payload"; rule BLOB-1). */
function digestAlgorithm({ signer }: Signing): DigestAlgorithm {
  const keySpec = keySpecOf(signer);
  if (keySpec) return algorithmForKey(keySpec).digest;
  throw argumentInvalid(
    'the signer does not say what kind of key it has, which decides the digest of a blob: it can sign OCI artifacts only',
  );
}
