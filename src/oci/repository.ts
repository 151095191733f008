import type { IncrementalHash } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { OpenBlob } from './blob-source.ts';
import type { Reference } from './reference.ts';

/** What every operation on a repository takes. */
export interface OperationOptions {
  /** Stops the operation, which then rejects with `ERR_ABORTED`; none by default. */
  signal?: AbortSignal | undefined;
}

/** What reading a blob takes. */
export interface FetchBlobOptions extends OperationOptions {
  /** The ceiling in bytes, checked against the descriptor before anything is read. */
  maxBytes: number;
  /**
   * Told how many bytes are there, by repositories on the network; from the start again where a connection was lost.
   * What it throws is ignored.
   */
  onProgress?: ((progress: { received: number; total: number }) => void) | undefined;
}

export type { IncrementalHash };

/** What reading a blob as a stream takes. */
export interface StreamBlobOptions extends FetchBlobOptions {
  /** Makes a hash: WebCrypto has none that takes bytes as they come. */
  createHash: (algorithm: DigestAlgorithm) => IncrementalHash;
}

/** What storing a blob takes. */
export interface PushBlobOptions extends OperationOptions {
  /**
   * Another repository of the same registry that has the blob, such as `team/base`: the registry takes it from there
   * if it can and lets us, and else it is sent. Repositories that are not on the network take no notice.
   */
  mountFrom?: string | undefined;
  /** Told how many bytes the registry has, by repositories on the network. What it throws is ignored. */
  onProgress?: ((progress: { sent: number; total: number }) => void) | undefined;
}

/** What deleting a manifest takes. */
export interface DeleteManifestOptions extends OperationOptions {
  /**
   * The manifest that it refers to, where that is known: its entry in the index of referrers is then taken out also
   * when the manifest itself is gone, as after a deletion that was cut short.
   */
  subject?: Descriptor | undefined;
}

/** Ceilings on what is read, in bytes (DESIGN "Safety rules"). */
export const limits = {
  /** A manifest, an index, a page of referrers, a reply of a token server. */
  manifest: 4 * 1024 * 1024,
  /** A signature envelope. */
  envelope: 32 * 1024 * 1024,
} as const;

/**
 * The one repository that a reference names, wherever it is kept. All that is read is checked against its digest and
 * its size. What each operation rejects with beside the codes named here is said where the {@link Registry} is made.
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
  /** The fully qualified name, such as `registry.example.com/team/app`: what registry scopes are compared with. */
  readonly name: string;

  /**
   * Whether {@link Repository.referrers} looks at nothing of the subject but its digest: they can then be asked for
   * before the subject is resolved. Not so when left out.
   */
  readonly referrersByDigest?: boolean;

  /**
   * Finds a manifest.
   *
   * @param target - A tag, or a digest such as `sha256:9f86…`.
   * @returns The media type, digest and size of the manifest. Where a digest is given the descriptor has it.
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
   * @param options - `maxBytes`: the ceiling in bytes, checked against the descriptor before anything is read;
   * `onProgress`: told how far it is.
   * @returns The bytes, of exactly the size and digest of the descriptor.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`,
   * `ERR_DESCRIPTOR_INVALID`, `ERR_ARGUMENT_INVALID` without a ceiling
   */
  fetchBlob(descriptor: Descriptor, options: FetchBlobOptions): Promise<Uint8Array>;

  /**
   * Reads a blob of any size as a stream, of which no more than a part is held. Left out where blobs are not streamed.
   *
   * @param options - As for {@link Repository.fetchBlob}, and `createHash`.
   * @returns A stream that fails, before its last bytes, unless size and digest are those of the descriptor: what came
   * of it is to be trusted when it has ended well. Cancel it to read no more.
   * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_DESCRIPTOR_INVALID`, `ERR_ARGUMENT_INVALID`; the stream fails
   * with `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`
   */
  fetchBlobStream?(descriptor: Descriptor, options: StreamBlobOptions): ReadableStream<Uint8Array>;

  /**
   * Stores a blob unless it is there already.
   *
   * @param mediaType - Of the descriptor that is returned; repositories do not keep it.
   * @param options - `mountFrom`: another repository that has it; `onProgress`: told how far it is.
   * @returns The descriptor of the blob, with its SHA-256 digest.
   */
  pushBlob(mediaType: string, bytes: Uint8Array, options?: PushBlobOptions): Promise<Descriptor>;

  /**
   * Stores a blob of any size, of which no more than a part is held, unless it is there already. Left out where blobs
   * are not stored as streams.
   *
   * @param descriptor - What the bytes must be.
   * @param open - Gives the bytes from the start. It is called when they are needed, and again where a registry has
   * lost what it was sent.
   * @param options - As for {@link Repository.pushBlob}.
   * @returns The descriptor of the blob.
   * @throws NotationError `ERR_CONTENT_MISMATCH` for other bytes, of which nothing is then stored, `ERR_DESCRIPTOR_INVALID`;
   * what the stream fails with passes
   */
  pushBlobStream?(descriptor: Descriptor, open: OpenBlob, options?: PushBlobOptions): Promise<Descriptor>;

  /**
   * Stores a manifest. One with a `subject` becomes a referrer of it.
   *
   * @param mediaType - That of an OCI image manifest or index, of a Docker manifest or list, or of the retired OCI
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
   * Deletes a manifest, by its digest; what it leads to stays. Where referrers are listed in an index (fallback tag,
   * image layout) it is taken out of that too. Left out where nothing can be deleted.
   *
   * @param options - `subject`: what it refers to, so that a deletion that was cut short can be finished.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_DELETION_UNSUPPORTED` where the repository does not let manifests be
   * deleted, `ERR_CONTENT_MISMATCH`, `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_DESCRIPTOR_INVALID`
   */
  deleteManifest?(descriptor: Descriptor, options?: DeleteManifestOptions): Promise<void>;

  /**
   * Lists the manifests whose subject is a given one, in the order the repository gives them. They are asked for as
   * they are read, page after page: stop reading to ask for no more.
   *
   * @param options - `artifactType`: only those of this type. Where a manifest has no `artifactType` of its own it is
   * the media type of its config.
   * @returns Descriptors with artifact type and annotations. They are what the repository says: read a manifest to be
   * sure.
   * @throws NotationError `ERR_DESCRIPTOR_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID` without a type
   */
  referrers(
    subject: Descriptor,
    options: OperationOptions & { artifactType: string },
  ): AsyncIterable<Descriptor>;
}

/**
 * Where repositories are found: a remote registry, an image layout on disk, memory. Write your own to keep artifacts
 * elsewhere.
 */
export interface Registry {
  /**
   * The repository that a reference names; nothing is read yet.
   *
   * @param reference - See `parseReference`; its tag and digest do not matter.
   * @throws NotationError `ERR_REFERENCE_INVALID`
   */
  repository(reference: Reference): Repository;
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
