import type { Descriptor } from '../encoding/descriptor.ts';
import type { Reference } from './reference.ts';

/** What every operation on a repository takes. */
export interface OperationOptions {
  /** Stops the operation with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** Ceilings on what is read, in bytes (DESIGN "Safety rules"). */
export const limits = {
  /** A manifest, an index, a page of referrers, a reply of a token server. */
  manifest: 4 * 1024 * 1024,
  /** A signature envelope. */
  envelope: 32 * 1024 * 1024,
} as const;

/** The one repository that a reference names, wherever it is kept. */
export interface Repository {
  /** The fully qualified name, such as `registry.example.com/team/app`: what registry scopes are compared with. */
  readonly name: string;

  /**
   * The descriptor of the manifest under a tag or digest. Where a digest is given the descriptor has it.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`
   */
  resolve(target: string, options?: OperationOptions): Promise<Descriptor>;

  /**
   * The bytes of a manifest, at most 4 MiB, of exactly the size and digest of the descriptor.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`
   */
  fetchManifest(descriptor: Descriptor, options?: OperationOptions): Promise<Uint8Array>;

  /**
   * The bytes of a blob of exactly the size and digest of the descriptor.
   * @param options - `maxBytes`: the ceiling, checked against the descriptor before anything is read.
   * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`
   */
  fetchBlob(descriptor: Descriptor, options: OperationOptions & { maxBytes: number }): Promise<Uint8Array>;

  /** Stores a blob unless it is there already. */
  pushBlob(mediaType: string, bytes: Uint8Array, options?: OperationOptions): Promise<Descriptor>;

  /**
   * Stores a manifest, under a tag if one is given. A manifest with a `subject` becomes a referrer of it.
   */
  pushManifest(
    mediaType: string,
    bytes: Uint8Array,
    options?: OperationOptions & { tag?: string },
  ): Promise<Descriptor>;

  /**
   * The manifests whose subject is the given one, in the order the repository gives them.
   * @param options - `artifactType`: only those of this type.
   */
  referrers(
    subject: Descriptor,
    options: OperationOptions & { artifactType: string },
  ): AsyncIterable<Descriptor>;
}

/** Where repositories are found: a remote registry, an image layout on disk, memory. */
export interface Registry {
  repository(reference: Reference): Repository;
}
