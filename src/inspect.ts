import { type WithDefaultRegistry, withDefaultRegistry } from './default-registry.ts';
import type { Reference } from './oci/reference.ts';
import {
  type InspectOptions,
  inspect as inspectArtifact,
  type SignatureInspection,
} from './storage/inspect.ts';

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
  return inspectArtifact(reference, withDefaultRegistry(options));
}
