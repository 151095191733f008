import { quote } from '../errors/quote.ts';
import { OPERATION_LIMITS, type OperationLimits, readLimits, yieldWithBudget } from '../net/budget.ts';
import { type Reference, referenceText } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import { findSigned } from './artifact.ts';
import { readReference } from './read-reference.ts';
import type { SignatureDescriptor } from './signatures.ts';

/** Options of {@link listSignatures}. */
export interface ListOptions {
  /** The registry of the artifact; by default the one that the reference names, without credentials. */
  registry?: Registry | undefined;
  /** 60 seconds, 1,000 requests and 128 MiB by default. The time that you take for a signature does not count. */
  limits?: OperationLimits | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
}

/**
 * Lists the signatures of an artifact, without fetching or verifying them.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The registry; the one that the reference names by default.
 * @returns The descriptors of the signature manifests, in the order of the registry; pages are fetched as the list is
 * read.
 * @throws NotationError while iterating: `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_NOT_FOUND`,
 * `ERR_BUDGET_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED` and the other codes of the registry
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#oci-signature-discovery
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { listSignatures } from 'notarykit';
 *
 * const registry = createMemoryRegistry();
 * const artifact = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * for await (const signature of listSignatures(`registry.example.com/app@${artifact.digest}`, { registry })) {
 *   console.log(signature.digest);
 * }
 * ```
 */
export async function* listSignatures(
  reference: string | Reference,
  { registry = createRegistry(), limits, signal }: ListOptions = {},
): AsyncGenerator<SignatureDescriptor, void, undefined> {
  const complete = readLimits<OperationLimits>(OPERATION_LIMITS, limits);
  const found = readReference(reference);
  const what = `the list of signatures of ${quote(referenceText(reference))}`;
  yield* yieldWithBudget(complete, signal, what, async function* (budget) {
    const { signatures } = await findSigned(found, registry, { signal: budget.signal, budget });
    yield* signatures;
  });
}
