/** The media types of manifests that can be a target artifact or a referrer. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** Retired before the OCI image specification 1.1 was final; registries still hold such referrers. */
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

/** The artifact type of signatures (signature specification, "OCI Signatures"). */
export const SIGNATURE_ARTIFACT_TYPE = 'application/vnd.cncf.notary.signature';
/** The media type of the config `{}` of a manifest that has its type in `artifactType`. */
export const EMPTY_CONFIG_TYPE = 'application/vnd.oci.empty.v1+json';

/** The media types of manifests that list other manifests. */
export const INDEX_TYPES: readonly string[] = [mediaTypes.index, mediaTypes.dockerList];
const MANIFEST_TYPES: readonly string[] = Object.values(mediaTypes);

/** Reports whether manifests of a media type list other manifests. */
export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

/** Reports whether a media type is that of a manifest, an index or a retired artifact manifest. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}
