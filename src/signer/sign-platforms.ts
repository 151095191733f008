import type { Descriptor } from '../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { sameContent } from '../oci/content.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { listPlatforms, type PlatformManifest, platformText } from '../storage/platforms.ts';
import type { SignedManifest } from './sign-manifest.ts';

/** A manifest of an image index that was signed. */
export interface SignedPlatform extends SignedManifest {
  /** Such as `linux/arm64/v8`; absent where the index does not say. */
  platform?: string;
}

/** An index that was signed, with all that it lists. */
export interface SignedIndex {
  index: SignedManifest;
  platforms: SignedPlatform[];
}

/**
 * Signs each manifest that an index leads to, and the index last. All of them are looked up before any is signed, and
 * then signed one after another: keys may be in a device that does one thing at a time.
 * @param sign - Signs one manifest.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything but an index, those of reading it, and those of signing, which
 * name the manifest
 */
export async function signPlatforms(
  repository: Repository,
  index: Descriptor,
  sign: (artifact: Descriptor) => Promise<SignedManifest>,
  options: OperationOptions,
): Promise<SignedIndex> {
  const manifests = await listPlatforms(repository, index, options);
  for (const manifest of manifests) {
    await naming(`${nameOf(manifest)} cannot be fetched`, () => requireSame(repository, manifest, options));
  }
  const platforms: SignedPlatform[] = [];
  const failed = () =>
    `could not be signed (${platforms.length} of ${manifests.length} manifests were before)`;
  for (const manifest of manifests) {
    const { descriptor, platform } = manifest;
    const one = await naming(`${nameOf(manifest)} ${failed()}`, () => sign(descriptor));
    platforms.push({ ...one, ...(platform !== undefined && { platform }) });
  }
  return { index: await naming(`the index ${index.digest} ${failed()}`, () => sign(index)), platforms };
}

function nameOf(manifest: PlatformManifest): string {
  return `the manifest ${platformText(manifest)} of the index`;
}

/** Requires that the manifest exists with the size and type that the index gives. */
async function requireSame(
  repository: Repository,
  { descriptor }: PlatformManifest,
  options: OperationOptions,
): Promise<void> {
  const found = await repository.resolve(descriptor.digest, options);
  if (sameContent(found, descriptor)) return;
  const message = `the index gives another size or type than the registry, ${found.size} bytes of ${quote(found.mediaType)}`;
  throw new NotationError('ERR_CONTENT_MISMATCH', message);
}

/** Has an error say what it is about. */
async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `${what}: ${cause.message}`, { cause });
  }
}
