import { matchesDigest } from '../crypto/digest.ts';
import { readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { NotationError } from '../errors/index.ts';

/**
 * Checks the size in a descriptor against a limit, before anything is read.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`
 */
export function checkSize({ digest, size }: Descriptor, maxBytes: number): void {
  if (size > maxBytes) {
    throw new NotationError(
      'ERR_LIMIT_EXCEEDED',
      `${digest} has ${size} bytes, more than the ${maxBytes} allowed`,
    );
  }
}

/**
 * Checks the number of bytes.
 * @returns The bytes.
 * @throws NotationError `ERR_CONTENT_MISMATCH`
 */
export function checkLength(
  bytes: Uint8Array,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): Uint8Array {
  if (bytes.length === size) return bytes;
  const found = bytes.length > size ? 'more' : `only ${bytes.length}`;
  throw new NotationError('ERR_CONTENT_MISMATCH', `${digest} should have ${size} bytes and has ${found}`);
}

/**
 * Checks that bytes match a descriptor.
 * @returns The bytes.
 * @throws NotationError `ERR_CONTENT_MISMATCH`
 * @see docs/specification.md, rule OCI-13
 */
export async function checkContent(
  given: Uint8Array,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Uint8Array> {
  const bytes = readBytes(given, `the content of ${digest}`);
  checkLength(bytes, { digest, size });
  if (!(await matchesDigest(bytes, digest))) {
    throw new NotationError('ERR_CONTENT_MISMATCH', `the bytes under ${digest} have another digest`);
  }
  return bytes;
}

/**
 * Checks the size of a document from outside against a limit.
 * @returns The bytes.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`
 */
export function checkLimit(bytes: Uint8Array, maxBytes: number, what: string): Uint8Array {
  if (bytes.length > maxBytes) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${what} is larger than ${maxBytes} bytes`);
  }
  return bytes;
}

/**
 * Reports whether two descriptors describe the same content: by media type, digest and size, as notation compares them.
 */
export function sameContent(a: Descriptor, b: Descriptor): boolean {
  return a.digest === b.digest && a.size === b.size && a.mediaType === b.mediaType;
}
