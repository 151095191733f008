import type { Descriptor } from '../encoding/descriptor.ts';
import { parseDigest } from '../encoding/digest.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { OPERATION_LIMITS, type OperationLimits, readLimits, withBudget } from '../net/budget.ts';
import type { Reference } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';
import { findArtifact } from './artifact.ts';
import { readManifest } from './contents.ts';
import { readReference } from './read-reference.ts';
import { parseSignatureManifest } from './signature-manifest.ts';
import { findSignatures } from './signatures.ts';

/** The most signatures that are searched for one that is listed but gone. */
const MAX_LISTED = 1000;

/** Options of {@link deleteSignature}. */
export interface DeleteOptions {
  /** The registry of the artifact; by default the one that the reference names, without credentials. */
  registry?: Registry | undefined;
  /** 60 seconds, 1,000 requests and 128 MiB by default. */
  limits?: OperationLimits | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
  /** The digest of the signature manifest, as `listSignatures` and reports give it. */
  digest: string;
}

/**
 * Deletes one signature of an artifact: its manifest, and its entry in the index of referrers if the registry has no
 * referrers API. Blobs stay until the registry collects them. Only a signature of this artifact is deleted. Call it again
 * to complete an interrupted deletion: a signature whose manifest is gone but that is still listed is removed from the
 * list.
 *
 * @param reference - The artifact, such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The digest of the signature, and the registry.
 * @throws NotationError `ERR_NOT_FOUND` if there is no such artifact or signature, `ERR_DELETION_UNSUPPORTED` if the
 * registry does not allow manifests to be deleted, `ERR_MANIFEST_INVALID` if the manifest is not a signature manifest,
 * `ERR_ARTIFACT_MISMATCH` for the signature of another artifact, `ERR_REFERENCE_INVALID`, `ERR_DESCRIPTOR_INVALID` for a
 * malformed digest, `ERR_ARGUMENT_INVALID`, `ERR_BUDGET_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED` and the other codes of the
 * registry
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { createSigner, deleteSignature, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const artifact = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const reference = `registry.example.com/app@${artifact.digest}`;
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
 * const { signature } = await sign(reference, { signer, registry });
 *
 * await deleteSignature(reference, { registry, digest: signature.digest });
 * ```
 */
export async function deleteSignature(reference: string | Reference, options: DeleteOptions): Promise<void> {
  if (typeof options?.digest !== 'string')
    throw argumentInvalid('digest must be that of the signature manifest');
  const { registry = createRegistry(), digest, limits, signal } = options;
  parseDigest(digest);
  const complete = readLimits<OperationLimits>(OPERATION_LIMITS, limits);
  const found = readReference(reference);
  await withBudget(complete, signal, `the deletion of ${quote(digest)}`, (budget) =>
    deleteFound(found, registry, digest, { signal: budget.signal, budget }),
  );
}

async function deleteFound(
  reference: Reference,
  registry: Registry,
  digest: string,
  options: OperationOptions,
): Promise<void> {
  const { repository, artifact } = await findArtifact(reference, registry, options);
  if (!repository.deleteManifest) {
    throw new NotationError('ERR_DELETION_UNSUPPORTED', `${repository.name} does not support deletion`);
  }
  const signature = await resolveUnlessGone(repository, digest, artifact, options);
  if ('gone' in signature) {
    return repository.deleteManifest(signature.gone, { subject: artifact, ...options });
  }
  const bytes = await readManifest(repository, signature, options);
  const { subject } = parseSignatureManifest(bytes, signature.mediaType);
  if (subject.digest !== artifact.digest) {
    const message = `${digest} is a signature of ${subject.digest}, not of ${artifact.digest}`;
    throw new NotationError('ERR_ARTIFACT_MISMATCH', message);
  }
  await repository.deleteManifest(signature, options);
}

/** Returns the descriptor of the signature manifest, or its entry in the list if it is gone. */
async function resolveUnlessGone(
  repository: Repository,
  digest: string,
  artifact: Descriptor,
  options: OperationOptions,
): Promise<Descriptor | { gone: Descriptor }> {
  try {
    return await repository.resolve(digest, options);
  } catch (error) {
    if (!isNotationError(error, 'ERR_NOT_FOUND')) throw error;
    let count = 0;
    for await (const listed of findSignatures(repository, artifact, options)) {
      if (listed.digest === digest) return { gone: listed };
      if (++count === MAX_LISTED) break;
    }
    throw error;
  }
}
