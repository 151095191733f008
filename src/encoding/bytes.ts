import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Arguments per `String.fromCharCode` call, below the limit of engines. */
const CHUNK = 8190;

/** Bytes up to which text is decoded here. */
const SHORT = 64;

/** Reports whether a value is a Uint8Array, of this realm or another one: `instanceof` knows only its own. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/**
 * Reads bytes that a caller gives.
 * @param name - Names the argument in the error.
 * @returns The bytes, as {@link ownBytes} returns them.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything but a Uint8Array
 */
export function readBytes(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  if (isBytes(value)) return ownBytes(value);
  throw argumentInvalid(`${name} must be a Uint8Array`);
}

/**
 * Returns bytes in a form that every API of the runtime takes: those of another realm, and views of memory that is shared
 * or resizable, are copied.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isPlain(bytes) ? bytes : new Uint8Array(bytes);
}

function isPlain(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  const buffer: ArrayBufferLike & { resizable?: boolean } = bytes.buffer;
  return bytes instanceof Uint8Array && buffer instanceof ArrayBuffer && buffer.resizable !== true;
}

/** Encodes a string as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Decodes UTF-8; malformed sequences are rejected instead of replaced.
 * @param what - The name of the value, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeUtf8(bytes: Uint8Array, what = 'text'): string {
  // The decoder of a runtime costs more than a short name in ASCII.
  if (bytes.length <= SHORT && bytes.every((byte) => byte < 0x80)) return decodeLatin1(bytes);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} is not UTF-8`, { cause });
  }
}

/** Decodes Latin-1, in which every byte is a character. */
export function decodeLatin1(bytes: Uint8Array): string {
  return fromCodeUnits(bytes);
}

/** Decodes UTF-16, big-endian, of an even number of bytes. Unpaired surrogates stay. */
export function decodeUtf16(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < units.length; i++) {
    units[i] = ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0);
  }
  return fromCodeUnits(units);
}

/** In chunks: a string that grows by single characters takes 32 bytes for each. */
function fromCodeUnits(units: Uint8Array | Uint16Array): string {
  let text = '';
  for (let i = 0; i < units.length; i += CHUNK) {
    // Not spread: engines copy typed arrays into the arguments of `apply` at once.
    text += String.fromCharCode.apply(undefined, units.subarray(i, i + CHUNK) as unknown as number[]);
  }
  return text;
}

/**
 * Requires that a text does not begin with a byte order mark, which PowerShell and some editors write, and most readers of
 * PEM and JSON take for content.
 * @param what - The name of the text, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function rejectByteOrderMark(text: Uint8Array | string, what: string): void {
  const problem = byteOrderMark(text);
  if (problem !== undefined) throw new NotationError('ERR_ENCODING_INVALID', `the ${what} ${problem}`);
}

/** Returns what is wrong with a text that begins with a byte order mark. */
export function byteOrderMark(text: Uint8Array | string): string | undefined {
  const encoding = typeof text === 'string' ? (text[0] === '\ufeff' ? 'UTF-8' : undefined) : markOf(text);
  if (encoding === undefined) return undefined;
  return `begins with a byte order mark of ${encoding}: save it as UTF-8 without one`;
}

function markOf([first, second, third]: Uint8Array): 'UTF-8' | 'UTF-16' | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'UTF-8';
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isUtf16 ? 'UTF-16' : undefined;
}

/** Reports whether two byte strings are equal. Not for secrets: the time it takes depends on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Compares byte strings for sorting: byte by byte, a prefix before the longer string. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const i = a.findIndex((byte, at) => byte !== b[at]);
  return i < 0 ? a.length - b.length : (a[i] ?? 0) - (b[i] ?? -1);
}

/** Joins byte strings. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
