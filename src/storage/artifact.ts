import { type Descriptor, identityOf } from '../encoding/descriptor.ts';
import {
  argumentInvalid,
  isNotationError,
  NotationError,
  type Reason,
  reasonOf,
} from '../errors/notation-error.ts';
import { oneLine, quote } from '../errors/quote.ts';
import type { Reference } from '../oci/reference.ts';
import type { OperationOptions, Registry, Repository } from '../oci/repository.ts';
import { referenceTarget } from '../oci/target.ts';
import { begin } from './read-ahead.ts';
import { readReference } from './read-reference.ts';
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
  { signal, budget, early = true }: OperationOptions & { early?: boolean },
): Promise<FoundArtifact & { signatures: AsyncIterable<SignatureDescriptor> }> {
  const repository = repositoryOf(reference, registry);
  const { digest } = reference;
  if (digest === undefined || !repository.referrersByDigest || !early) {
    const artifact = await resolve(repository, reference, { signal, budget });
    return { repository, artifact, signatures: findSignatures(repository, artifact, { signal, budget }) };
  }
  // Repositories with `referrersByDigest` need only the digest.
  const signatures = begin(
    findSignatures(repository, { mediaType: '', digest, size: 0 }, { signal, budget }),
  );
  return { repository, artifact: await resolve(repository, reference, { signal, budget }), signatures };
}

/**
 * Returns the repository of a reference.
 * @throws NotationError `ERR_ARGUMENT_INVALID` without a registry
 */
export function repositoryOf(reference: Reference, registry: Registry | undefined): Repository {
  return requireRegistry(registry).repository(reference);
}

/**
 * Returns the registry.
 * @throws NotationError `ERR_ARGUMENT_INVALID` without one
 */
export function requireRegistry(registry: Registry | undefined): Registry {
  if (typeof registry?.repository === 'function') return registry;
  throw argumentInvalid(
    'a registry is needed to find the artifact: pass createRegistry() of notarykit/oci, or another Registry',
  );
}

async function resolve(
  repository: Repository,
  reference: Reference,
  { signal, budget }: OperationOptions,
): Promise<Descriptor> {
  const artifact = identityOf(await repository.resolve(referenceTarget(reference), { signal, budget }));
  if (reference.digest !== undefined && artifact.digest !== reference.digest) {
    const message = `the registry returned ${quote(artifact.digest)} for ${reference.digest}`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  }
  return artifact;
}

/**
 * Compares the tag of a reference with its digest, if it has both. The digest decides; what is wrong with the tag is a
 * warning, whatever it is.
 * @returns A warning if the tag names something else or cannot be resolved. Never rejects.
 */
export async function tagWarnings(
  repository: Repository,
  { tag, digest }: Reference,
  { signal, budget }: OperationOptions,
): Promise<Reason[]> {
  if (tag === undefined || digest === undefined) return [];
  try {
    const named = await repository.resolve(tag, { signal, budget });
    if (named.digest === digest) return [];
    const message = `the tag ${quote(tag)} names ${quote(named.digest)}, but the digest ${digest} of the reference decides`;
    return [reasonOf(new NotationError('ERR_TAG_MISMATCH', message))];
  } catch (error) {
    const code = isNotationError(error) ? error.code : 'ERR_REGISTRY_RESPONSE';
    const why = error instanceof Error ? `: ${oneLine(error.message)}` : '';
    const message = `the tag ${quote(tag)} could not be compared with the digest of the reference, which decides${why}`;
    return [reasonOf(new NotationError(code, message))];
  }
}
