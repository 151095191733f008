import type { Descriptor } from '../encoding/descriptor.ts';
import { NotationError } from '../errors/index.ts';
import { checkReference, parseReference, type Reference, referenceTarget } from '../oci/reference.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';

/** An artifact, and the repository that it is in. */
export interface FoundArtifact {
  repository: Repository;
  /** Media type, digest and size. */
  artifact: Descriptor;
}

/**
 * Finds the artifact that a reference names. A tag is resolved here, once: whatever follows goes by the digest.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`,
 * `ERR_CONTENT_MISMATCH` and those of the connection
 */
export async function findArtifact(
  given: string | Reference,
  registry: Registry | undefined,
  { signal }: OperationOptions,
): Promise<FoundArtifact> {
  const reference = readReference(given);
  if (typeof registry?.repository !== 'function') {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      'a registry is needed to find the artifact: give createRegistry() of notarykit/oci, or another Registry',
    );
  }
  const repository = registry.repository(reference);
  const artifact = identityOf(await repository.resolve(referenceTarget(reference), { signal }));
  if (reference.digest !== undefined && artifact.digest !== reference.digest) {
    const message = `the registry answers with ${artifact.digest} for ${reference.digest}`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  }
  return { repository, artifact };
}

/**
 * The parts of a reference, however it is given.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID` for what is no reference at all
 */
export function readReference(given: string | Reference): Reference {
  if (typeof given === 'string') return parseReference(given);
  if (typeof given?.registry !== 'string' || typeof given.repository !== 'string') {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      'the reference must be a text such as "registry.example.com/team/app:v1", or what parseReference returns',
    );
  }
  checkReference(given);
  return { ...given };
}

/** Of a descriptor what identifies the artifact: annotations are for user metadata. */
export function identityOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
