import type { Descriptor } from '../encoding/descriptor.ts';
import { parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { checkContent } from '../oci/content.ts';
import { contentSchema } from '../oci/documents.ts';
import type { Platform } from '../oci/platform.ts';
import { limits, type OperationOptions, type Repository } from '../oci/repository.ts';
import { readPlatform } from './platforms.ts';

/** The media types of configurations that state a platform. */
export const IMAGE_CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

const manifestSchema = /* @__PURE__ */ lazy(() => s.object({ config: s.nullish(contentSchema()) }));
const configSchema = /* @__PURE__ */ lazy(() => s.looseObject({}));

/**
 * Reads the platform of an image from its configuration. Both documents are checked against their digests.
 * @param manifest - Not that of an index.
 * @returns The platform; `undefined` for an artifact that is not an image, or an image that states none.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND` and those of
 * the connection
 */
export async function fetchImagePlatform(
  repository: Repository,
  manifest: Descriptor,
  options: OperationOptions,
): Promise<Platform | undefined> {
  const bytes = await checkContent(await repository.fetchManifest(manifest, options), manifest);
  const { config } = parseDocument(manifestSchema(), bytes, 'manifest', 'ERR_MANIFEST_INVALID');
  if (!config || !IMAGE_CONFIG_TYPES.includes(config.mediaType)) return undefined;
  const blob = await repository.fetchBlob(config, { ...options, maxBytes: limits.manifest });
  const content = await checkContent(blob, config);
  return readPlatform(parseDocument(configSchema(), content, 'image configuration', 'ERR_MANIFEST_INVALID'));
}
