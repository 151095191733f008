import { isDigest, parseDigest } from '../encoding/digest.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { formatReference, type Reference, referenceInvalid, TAG } from './reference.ts';

/**
 * Returns what a reference points at: its digest, else its tag.
 * @throws NotationError `ERR_REFERENCE_INVALID` when it has neither; no tag is assumed.
 */
export function referenceTarget(reference: Reference): string {
  const target = reference.digest ?? reference.tag;
  if (target === undefined) {
    throw referenceInvalid(
      formatReference(reference),
      'it has neither a tag nor a digest, and there is no defaultTag',
      'Add a tag or a digest to the reference, or pass `defaultTag`, such as "latest".',
    );
  }
  return target;
}

/** Hexadecimal digits of a digest that a fallback tag keeps (OCI distribution specification 1.1, "Referrers Tag Schema"). */
const MAX_TAG_HEX = 64;

/** Returns the tag under which the referrers of a manifest are listed if the API is missing (rule OCI-11). */
export function referrersTag(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `${algorithm}-${hex.slice(0, MAX_TAG_HEX)}`;
}

/**
 * Checks that a string is a tag or a digest.
 * @throws NotationError `ERR_REFERENCE_INVALID`
 */
export function checkTarget(target: string): void {
  if (!isDigest(target) && !TAG.test(target)) {
    throw new NotationError('ERR_REFERENCE_INVALID', `${quote(target)} is neither a tag nor a digest`);
  }
}

/**
 * Checks that a string is a tag.
 * @throws NotationError `ERR_REFERENCE_INVALID`
 */
export function checkTag(tag: string): void {
  if (!TAG.test(tag)) throw new NotationError('ERR_REFERENCE_INVALID', `${quote(tag)} is not a tag`);
}
