import type { Descriptor } from '../encoding/descriptor.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import type { ManifestForm } from '../storage/signature-manifest.ts';
import { type SignatureDescriptor, storeSignature } from '../storage/signatures.ts';
import { type Signing, signDescriptor } from './signing.ts';

/** A signed manifest. */
export interface SignedManifest {
  /** The descriptor that was signed; in the result of `sign` the one that the reference resolved to. */
  artifact: Descriptor;
  /** The signature manifest, a referrer of the artifact. */
  signature: SignatureDescriptor;
  /** The signature envelope, a blob of the same repository. */
  envelope: Descriptor;
  /** The time of the timestamp, if `timestamp` was given: RFC 3339, UTC. */
  timestamp?: string;
}

/** Signs one manifest and stores the signature in its repository. */
export async function signManifest(
  repository: Repository,
  artifact: Descriptor,
  signing: Signing,
  form: ManifestForm,
  options: OperationOptions,
): Promise<SignedManifest> {
  const { mediaType, signingTime } = signing;
  const { timestamp, ...made } = await signDescriptor(artifact, signing, options);
  const stored = await storeSignature(
    repository,
    { mediaType, ...made, subject: artifact, signingTime, form },
    options,
  );
  return { artifact, ...stored, ...(timestamp && { timestamp }) };
}
