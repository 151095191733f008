import { NotationError } from '../errors/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of UTF-8 bytes; malformed sequences are refused instead of replaced.
 * @param what - The name of the thing that is decoded, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeUtf8(bytes: Uint8Array, what = 'text'): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} is not UTF-8`, { cause });
  }
}

/** Whether two byte strings are the same. Not for secrets: the time it takes depends on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The order of byte strings: by their bytes, and a shorter one before those that it begins. For sorting. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const i = a.findIndex((byte, at) => byte !== b[at]);
  return i < 0 ? a.length - b.length : (a[i] ?? 0) - (b[i] ?? -1);
}

/** The byte strings one after another. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
