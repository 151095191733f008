import { type WithDefaultRegistry, withDefaultRegistry } from './default-registry.ts';
import type { Reference } from './oci/reference.ts';
import { type ListOptions, listSignatures as listArtifactSignatures } from './storage/list.ts';
import type { SignatureDescriptor } from './storage/signatures.ts';

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
  return listArtifactSignatures(reference, withDefaultRegistry(options));
}
