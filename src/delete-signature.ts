import { type WithDefaultRegistry, withDefaultRegistry } from './default-registry.ts';
import type { Reference } from './oci/reference.ts';
import { type DeleteOptions, deleteSignature as deleteArtifactSignature } from './storage/delete.ts';

/**
 * Deletes one signature of an artifact: its manifest, and its entry in the index of referrers where the registry has no
 * referrers API. Only a signature of this very artifact is deleted.
 *
 * @param reference - The artifact, such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - Which signature, and the registry; the one that the reference names by default, without credentials.
 * @throws NotationError `ERR_NOT_FOUND` when the artifact or the signature is not there, `ERR_DELETION_UNSUPPORTED` where
 * the registry does not let manifests be deleted, `ERR_MANIFEST_INVALID` for a manifest that is no signature,
 * `ERR_ARTIFACT_MISMATCH` for the signature of something else, `ERR_REFERENCE_INVALID`, `ERR_DESCRIPTOR_INVALID` for a
 * malformed digest, `ERR_ARGUMENT_INVALID` and the codes of the registry
 * @see OCI distribution specification 1.1, "Deleting Manifests"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createSigner, deleteSignature, parseReference, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const artifact = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const reference = `registry.example.com/app@${artifact.digest}`;
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }));
 * const { signature } = await sign(reference, { signer, registry });
 *
 * await deleteSignature(reference, { registry, digest: signature.digest });
 * ```
 */
export async function deleteSignature(
  reference: string | Reference,
  options: WithDefaultRegistry<DeleteOptions>,
): Promise<void> {
  return deleteArtifactSignature(reference, withDefaultRegistry(options));
}
