import type { Descriptor } from '../encoding/descriptor.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkReference, parseReference, type Reference, referenceTarget } from '../oci/reference.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';
import { begin } from './read-ahead.ts';
import { findSignatures, type SignatureDescriptor } from './signatures.ts';

/** An artifact and its repository. */
export interface FoundArtifact {
  repository: Repository;
  /** Media type, digest and size. */
  artifact: Descriptor;
}

/**
 * Finds the artifact that a reference names. A tag is resolved only here: all that follows uses the digest.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`,
 * `ERR_CONTENT_MISMATCH` and those of the connection
 * @see docs/specification.md, rule SIGN-7
 */
export async function findArtifact(
  given: string | Reference,
  registry: Registry | undefined,
  options: OperationOptions,
): Promise<FoundArtifact> {
  const reference = readReference(given);
  const repository = repositoryOf(reference, registry);
  return { repository, artifact: await resolve(repository, reference, options) };
}

/**
 * Finds the artifact that a reference names, and its signatures. For a digest reference, resolves the manifest and lists
 * signatures in parallel if the repository allows it, which saves a round trip.
 * @param options - `early`: whether signatures are needed in any case; otherwise they are listed when they are read.
 * @throws NotationError As {@link findArtifact} does; an error while listing signatures is thrown when they are read.
 * @see docs/specification.md, rule VER-1
 */
export async function findSigned(
  reference: Reference,
  registry: Registry | undefined,
  { signal, early = true }: OperationOptions & { early?: boolean },
): Promise<FoundArtifact & { signatures: AsyncIterable<SignatureDescriptor> }> {
  const repository = repositoryOf(reference, registry);
  const { digest } = reference;
  if (digest === undefined || !repository.referrersByDigest || !early) {
    const artifact = await resolve(repository, reference, { signal });
    return { repository, artifact, signatures: findSignatures(repository, artifact, { signal }) };
  }
  // Repositories with `referrersByDigest` need only the digest.
  const signatures = begin(findSignatures(repository, { mediaType: '', digest, size: 0 }, { signal }));
  return { repository, artifact: await resolve(repository, reference, { signal }), signatures };
}

/**
 * Returns the repository of a reference.
 * @throws NotationError `ERR_ARGUMENT_INVALID` without a registry
 */
export function repositoryOf(reference: Reference, registry: Registry | undefined): Repository {
  if (typeof registry?.repository !== 'function') {
    throw argumentInvalid(
      'a registry is needed to find the artifact: pass createRegistry() of notarykit/oci, or another Registry',
    );
  }
  return registry.repository(reference);
}

async function resolve(
  repository: Repository,
  reference: Reference,
  { signal }: OperationOptions,
): Promise<Descriptor> {
  const artifact = identityOf(await repository.resolve(referenceTarget(reference), { signal }));
  if (reference.digest !== undefined && artifact.digest !== reference.digest) {
    const message = `the registry returned ${quote(artifact.digest)} for ${reference.digest}`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  }
  return artifact;
}

/**
 * Returns the parts of a reference that is given as a string or in parts.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID` for a value of another type
 */
export function readReference(given: string | Reference): Reference {
  if (typeof given === 'string') return parseReference(given);
  if (typeof given?.registry !== 'string' || typeof given.repository !== 'string') {
    throw argumentInvalid(
      'the reference must be a string such as "registry.example.com/team/app:v1", or what parseReference returns',
    );
  }
  checkReference(given);
  return { ...given };
}

/** Returns the members of a descriptor that identify the artifact: annotations are for user metadata. */
export function identityOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
