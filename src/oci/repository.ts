import type { IncrementalHash } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { Budget } from '../net/budget.ts';
import type { OpenBlob } from './blob-source.ts';
import type { Reference } from './reference.ts';

/** Options of every operation on a repository. */
export interface OperationOptions {
  /** Stops the operation, which then rejects with `ERR_ABORTED`; none by default. */
  signal?: AbortSignal | undefined;
  /**
   * Charged for requests, for bytes from the network, and for bytes that are read from elsewhere. `signal` is aborted when
   * it is exhausted; a repository of your own may ignore it.
   */
  budget?: Budget | undefined;
}

/** Options of reading a blob. */
export interface FetchBlobOptions extends OperationOptions {
  /** The most bytes that the blob may have, checked against the descriptor before anything is read. */
  maxBytes: number;
  /**
   * Called by repositories on the network with the number of bytes that have arrived; from the start again after a
   * connection was lost. Exceptions that it throws are ignored.
   */
  onProgress?: ((progress: { received: number; total: number }) => void) | undefined;
}

export type { IncrementalHash };

/** Options of reading a blob as a stream. */
export interface StreamBlobOptions extends FetchBlobOptions {
  /** Makes an incremental hash, which WebCrypto does not have. */
  createHash: (algorithm: DigestAlgorithm) => IncrementalHash;
}

/** Options of storing a blob. */
export interface PushBlobOptions extends OperationOptions {
  /**
   * Another repository of the same registry that has the blob, such as `team/base`: the registry copies it from there if
   * it can and allows it; otherwise the blob is sent. Repositories that are not on the network ignore it.
   */
  mountFrom?: string | undefined;
  /** Called by repositories on the network with the number of bytes that are stored. Exceptions are ignored. */
  onProgress?: ((progress: { sent: number; total: number }) => void) | undefined;
}

/** Options of deleting a manifest. */
export interface DeleteManifestOptions extends OperationOptions {
  /**
   * The manifest that it refers to, if known: its entry in the index of referrers is then also removed if the manifest
   * itself is gone, such as after an interrupted deletion.
   */
  subject?: Descriptor | undefined;
}

/** Limits on what is read, in bytes. */
export const limits = {
  /** A manifest, an index, a page of referrers, a response of a token server. */
  manifest: 4 * 1024 * 1024,
  /** A signature envelope. */
  envelope: 32 * 1024 * 1024,
} as const;

/**
 * The repository that a reference names, wherever it is stored. Everything that is read is checked against its digest
 * and size. Operations may also reject with the codes that are listed where the {@link Registry} is made.
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference, type Repository } from 'notarykit/oci';
 *
 * async function sizeOf(repository: Repository, target: string): Promise<number> {
 *   const descriptor = await repository.resolve(target, { signal: AbortSignal.timeout(5000) });
 *   return (await repository.fetchManifest(descriptor)).length;
 * }
 *
 * const repository = createMemoryRegistry().repository(parseReference('registry.example.com/team/app:v1'));
 * const manifest = new TextEncoder().encode('{"schemaVersion":2,"config":{"mediaType":"text/plain"},"layers":[]}');
 * await repository.pushManifest('application/vnd.oci.image.manifest.v1+json', manifest, { tag: 'v1' });
 * console.log(await sizeOf(repository, 'v1')); // 67
 * ```
 *
 * @see OCI distribution specification 1.1
 */
export interface Repository {
  /** The fully qualified name, such as `registry.example.com/team/app`, which registry scopes are compared with. */
  readonly name: string;

  /**
   * Whether {@link Repository.referrers} needs only the digest of the subject: they can then be listed before the subject
   * is resolved. `false` by default.
   */
  readonly referrersByDigest?: boolean;

  /**
   * Finds a manifest.
   *
   * @param target - A tag, or a digest such as `sha256:9f86…`.
   * @returns The media type, digest and size of the manifest. If `target` is a digest, the descriptor has it.
   * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`
   */
  resolve(target: string, options?: OperationOptions): Promise<Descriptor>;

  /**
   * Reads a manifest, of at most 4 MiB.
   *
   * @returns The bytes, of exactly the size and digest of the descriptor.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`,
   * `ERR_DESCRIPTOR_INVALID`
   */
  fetchManifest(descriptor: Descriptor, options?: OperationOptions): Promise<Uint8Array>;

  /**
   * Reads a blob.
   *
   * @param options - `maxBytes`: the most bytes that the blob may have, checked against the descriptor before anything is
   * read; `onProgress`: called as bytes arrive.
   * @returns The bytes, of exactly the size and digest of the descriptor.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`,
   * `ERR_DESCRIPTOR_INVALID`, `ERR_ARGUMENT_INVALID` without `maxBytes`
   */
  fetchBlob(descriptor: Descriptor, options: FetchBlobOptions): Promise<Uint8Array>;

  /**
   * Reads a blob of any size as a stream and buffers a part of it only. Optional: not every repository streams blobs.
   *
   * @param options - As for {@link Repository.fetchBlob}, and `createHash`.
   * @returns A stream that fails before its last bytes unless size and digest match the descriptor: do not trust its
   * bytes before it has ended without an error. Cancel it to stop reading.
   * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_DESCRIPTOR_INVALID`, `ERR_ARGUMENT_INVALID`; the stream fails
   * with `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`
   */
  fetchBlobStream?(descriptor: Descriptor, options: StreamBlobOptions): ReadableStream<Uint8Array>;

  /**
   * Stores a blob unless it is there already.
   *
   * @param mediaType - The media type of the returned descriptor; repositories do not store it.
   * @param options - `mountFrom`: another repository that has it; `onProgress`: called as bytes are stored.
   * @returns The descriptor of the blob, with its SHA-256 digest.
   */
  pushBlob(mediaType: string, bytes: Uint8Array, options?: PushBlobOptions): Promise<Descriptor>;

  /**
   * Stores a blob of any size unless it is there already, and buffers a part of it only. Optional: not every repository
   * streams blobs.
   *
   * @param descriptor - The descriptor that the bytes must match.
   * @param open - Opens a stream of the blob from its start. It is called when bytes are needed, and again if a registry
   * has lost what it was sent.
   * @param options - As for {@link Repository.pushBlob}.
   * @returns The descriptor of the blob.
   * @throws NotationError `ERR_CONTENT_MISMATCH` for other bytes, none of which are then stored,
   * `ERR_DESCRIPTOR_INVALID`, and whatever the stream fails with
   */
  pushBlobStream?(descriptor: Descriptor, open: OpenBlob, options?: PushBlobOptions): Promise<Descriptor>;

  /**
   * Stores a manifest. A manifest with a `subject` becomes a referrer of the subject.
   *
   * @param mediaType - The media type of an OCI image manifest or index, of a Docker manifest or list, or of the retired OCI
   * artifact manifest.
   * @param bytes - JSON, at most 4 MiB.
   * @param options - `tag`: the tag to store it under; by default its digest only.
   * @returns The descriptor of the manifest, with its SHA-256 digest.
   * @throws NotationError `ERR_ARGUMENT_INVALID` for another media type, `ERR_REFERENCE_INVALID` for a
   * malformed tag, `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
   */
  pushManifest(
    mediaType: string,
    bytes: Uint8Array,
    options?: OperationOptions & { tag?: string | undefined },
  ): Promise<Descriptor>;

  /**
   * Deletes a manifest by its digest; what it refers to stays. If referrers are listed in an index (fallback tag, image
   * layout), its entry is removed too. Optional: not every repository can delete.
   *
   * @param options - `subject`: the manifest that it refers to, so that an interrupted deletion can be completed.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_DELETION_UNSUPPORTED` if the repository does not allow manifests to be
   * deleted, `ERR_CONTENT_MISMATCH`, `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_DESCRIPTOR_INVALID`
   */
  deleteManifest?(descriptor: Descriptor, options?: DeleteManifestOptions): Promise<void>;

  /**
   * Lists the manifests that refer to a subject, in the order of the repository. Pages are fetched as the list is read:
   * stop reading to fetch no more.
   *
   * @param options - `artifactType`: only those of this type. For a manifest without an `artifactType` of its own, it is
   * the media type of its config.
   * @returns Descriptors with artifact type and annotations, as the repository lists them: fetch a manifest to be sure.
   * @throws NotationError `ERR_DESCRIPTOR_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID` without a type
   */
  referrers(
    subject: Descriptor,
    options: OperationOptions & { artifactType: string },
  ): AsyncIterable<Descriptor>;

  /**
   * Lists the tags, as the repository lists them; those of fallback indexes, such as `sha256-9f86…`, too. Pages are fetched as
   * the list is read. Optional: not every repository lists its tags.
   *
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`
   */
  tags?(options?: OperationOptions): AsyncIterable<string>;
}

/**
 * A collection of repositories: a remote registry, an image layout on disk, memory. Write your own to store artifacts
 * elsewhere.
 */
export interface Registry {
  /**
   * Returns the repository that a reference names; nothing is read yet.
   *
   * @param reference - See `parseReference`; its tag and digest do not matter.
   * @throws NotationError `ERR_REFERENCE_INVALID`
   */
  repository(reference: Reference): Repository;

  /**
   * Lists the repositories, as the registry lists them: names such as `team/app`. Pages are fetched as the list is read.
   * Optional: not every registry lists its repositories.
   *
   * @param registry - The host as references name it, such as `registry.example.com:5000`.
   * @throws NotationError `ERR_LISTING_UNSUPPORTED` for a registry without a catalog, `ERR_REGISTRY_UNAUTHORIZED` for one that
   * does not show it, `ERR_LIMIT_EXCEEDED`, `ERR_REFERENCE_INVALID` for a malformed host
   */
  repositories?(registry: string, options?: OperationOptions): AsyncIterable<string>;
}

/** A registry that lists its repositories and their tags. */
export interface ListableRegistry extends Registry {
  repository(reference: Reference): Repository & Required<Pick<Repository, 'tags'>>;
  repositories(registry: string, options?: OperationOptions): AsyncIterable<string>;
}

/**
 * Checks the options of reading a blob: plain JavaScript may leave them out, and nothing is read without a limit.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readBlobOptions<T extends FetchBlobOptions>(options: T): T {
  const maxBytes: unknown = options?.maxBytes;
  if (typeof maxBytes === 'number' && maxBytes >= 0) return options;
  throw argumentInvalid('maxBytes must be the largest number of bytes that the blob may have');
}

/**
 * Checks the options of listing referrers.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readReferrersOptions(
  options: OperationOptions & { artifactType: string },
): OperationOptions & { artifactType: string } {
  const artifactType: unknown = options?.artifactType;
  if (typeof artifactType === 'string') return options;
  throw argumentInvalid('artifactType must be the artifact type of the referrers to list');
}
