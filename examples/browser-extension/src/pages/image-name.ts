import { isNotationError } from 'notarykit/errors';
import { formatReference, parseReference } from 'notarykit/oci';

/** Longer names are nothing that a page shows to people. */
const MAX_NAME = 500;

/**
 * Returns the one spelling of an image's name, as a reference with a registry and a tag or a digest; `undefined` for anything
 * else. Names consist of ASCII alone, so that no character of another script can pass for a letter of one.
 */
export function imageName(text: string): string | undefined {
  if (text.length > MAX_NAME) return undefined;
  try {
    const reference = parseReference(text);
    const { registry, tag, digest } = reference;
    if (digest !== undefined)
      return formatReference({ ...reference, registry: registry.toLowerCase(), tag: undefined });
    return tag === undefined
      ? undefined
      : formatReference({ ...reference, registry: registry.toLowerCase() });
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

/** Returns the name of an image by its parts, as the address of a page has them. */
export function imageOf(
  registry: string,
  repository: string,
  { tag, digest }: { tag?: string | undefined; digest?: string | undefined },
): string | undefined {
  // The parts must not spill into one another: a tag `v1@sha256:…` would name something else.
  if (/[@:]/.test(repository) || /[@:/]/.test(tag ?? '') || (tag ?? digest) === undefined) return undefined;
  return imageName(`${registry}/${repository}${digest === undefined ? `:${tag}` : `@${digest}`}`);
}

/** Returns the segments of a path, decoded; `undefined` if one is not encoded as URLs are. */
export function segmentsOf({ pathname }: URL): string[] | undefined {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
