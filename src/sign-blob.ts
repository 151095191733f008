import { askedTimestamper, type WithTimestamperOptions } from './default-abilities.ts';
import { type BlobSignature, type SignBlobOptions, signBlob as signData } from './signer/sign-blob.ts';
import type { BlobData } from './storage/blob.ts';

/** What {@link signBlob} takes beside the data. */
export type SignBlobDataOptions = WithTimestamperOptions<SignBlobOptions>;

/**
 * Signs a blob: a file, a download, anything that is no OCI artifact. The signature is detached; keep it as a file named
 * after the blob.
 *
 * @param data - The content. A stream may be of any length: it is read once, and hashed as it comes.
 * @param options - The signer and what goes into the signature.
 * @returns The signature envelope, with the descriptor that was signed.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_ALGORITHM_UNSUPPORTED`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, `ERR_ABORTED`, and those of the time-stamping authority; what a stream fails
 * with is passed on
 * @see Specification "Signing and verification workflow", "Arbitrary blob signing"
 *
 * @example
 * ```ts
 * import { createSigner, signBlob } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-384' }));
 * const { artifact, fileExtension } = await signBlob(new Blob(['a release']), { signer, format: 'cose' });
 * console.log(artifact.digest, `release.tar${fileExtension}`); // sha384:… release.tar.cose.sig
 * ```
 */
export async function signBlob(data: BlobData, options: SignBlobDataOptions): Promise<BlobSignature> {
  return signData(data, { ...options, timestamp: askedTimestamper(options) });
}
