import type { OperationOptions } from '../oci/repository.ts';

/** The file of metadata that is wanted. */
export interface MetadataRequest {
  /** Such as `root` or `targets/releases`. */
  role: string;
  /** The version of a root before the newest one. */
  version?: number | undefined;
  /** The SHA-256 of the file, as lower-case hexadecimal. A source that has one file of each role may ignore it. */
  sha256?: string | undefined;
  /** The most bytes that the file may have. */
  maxBytes: number;
}

/** Where the metadata of one GUN is read from: a server, a directory, or a source of your own. It need not be trusted. */
export interface MetadataSource {
  /** The name of the repository, such as `docker.io/library/alpine`. */
  readonly gun: string;
  /**
   * Reads a file.
   * @returns Its bytes, of a file that is longer than `maxBytes` one byte more than that; `undefined` if there is no such
   * file.
   */
  read(request: MetadataRequest, options?: OperationOptions): Promise<Uint8Array | undefined>;
}
