import type { Descriptor } from '../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { sameContent } from '../oci/content.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { listPlatforms, type PlatformManifest, platformName, platformText } from '../storage/platforms.ts';
import type { SignedManifest } from './sign-manifest.ts';

/** A signed manifest of an image index. */
export interface SignedPlatform extends SignedManifest {
  /** The platform, such as `linux/arm64/v8`; absent if the index does not name it. */
  platform?: string;
}

/** A signed index with the manifests that it lists. */
export interface SignedIndex {
  index: SignedManifest;
  platforms: SignedPlatform[];
}

/**
 * Finds each manifest that an index lists, and requires that the registry has it.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the artifact is not an index, and the errors of reading it
 */
export async function findPlatforms(
  repository: Repository,
  index: Descriptor,
  options: OperationOptions,
): Promise<PlatformManifest[]> {
  const manifests = await listPlatforms(repository, index, options);
  for (const manifest of manifests) {
    await naming(`${nameOf(manifest)} cannot be fetched`, () =>
      requireManifest(repository, manifest, options),
    );
  }
  return manifests;
}

/**
 * Signs the manifests of an index, and the index last. They are signed one after another: keys may be in a device that
 * handles one request at a time.
 * @param sign - Signs one manifest.
 * @throws NotationError The errors of signing, which name the manifest
 */
export async function signPlatforms(
  index: Descriptor,
  manifests: readonly PlatformManifest[],
  sign: (artifact: Descriptor) => Promise<SignedManifest>,
): Promise<SignedIndex> {
  const platforms: SignedPlatform[] = [];
  const failed = () =>
    `could not be signed (${platforms.length} of ${manifests.length} manifests were signed before)`;
  for (const manifest of manifests) {
    const { descriptor, platform } = manifest;
    const one = await naming(`${nameOf(manifest)} ${failed()}`, () => sign(descriptor));
    platforms.push({ ...one, ...(platform && { platform: platformName(platform) }) });
  }
  return { index: await naming(`the index ${index.digest} ${failed()}`, () => sign(index)), platforms };
}

function nameOf(manifest: PlatformManifest): string {
  return `the manifest ${platformText(manifest)} of the index`;
}

/** Requires that the registry has the manifest with the size and media type that the index names. */
async function requireManifest(
  repository: Repository,
  { descriptor }: PlatformManifest,
  options: OperationOptions,
): Promise<void> {
  const found = await repository.resolve(descriptor.digest, options);
  if (sameContent(found, descriptor)) return;
  const message = `the size or media type in the index differs from that in the registry, ${found.size} bytes of ${quote(found.mediaType)}`;
  throw new NotationError('ERR_CONTENT_MISMATCH', message);
}

/** Prefixes the message of an error with what it is about. */
async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `${what}: ${cause.message}`, { cause });
  }
}
