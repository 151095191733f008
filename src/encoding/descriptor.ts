/** A content descriptor (OCI image specification, "descriptor"). */
export interface Descriptor {
  /** The media type of the content. */
  mediaType: string;
  /** Such as `sha256:9f86…`. */
  digest: string;
  /** Bytes. */
  size: number;
  annotations?: Record<string, string>;
  artifactType?: string;
}

/** Returns the members of a descriptor that identify the artifact: annotations are for user metadata. */
export function identityOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
