import { decodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import { envelopeInvalid } from './attributes.ts';
import { MAX_VALUES } from './limits.ts';

const MAX_DEPTH = 8;
/** The limit of bytes in all strings together; a real envelope has a few hundred. */
const MAX_TEXT = 1024 * 1024;
/** The most seconds since 1970 that a Date can hold. */
const MAX_SECONDS = 8.64e12;
const EPOCH_TIME = 1;
/** The simple values 20 to 23. */
const LITERALS = [false, true, null, undefined] as const;

/**
 * Decodes untrusted CBOR strictly: exactly one data item, definite lengths, unique map keys that are integers or strings,
 * no tag but epoch time if it is allowed, strings in UTF-8, limited depth and number of items (RFC 8949, section 5.3).
 *
 * @param what - The name of the item, for the error.
 * @param allowTimes - Whether numbers may have the tag 1.
 * @returns Numbers, bigints for integers that numbers cannot hold, strings, booleans, `null`, `undefined`, views of the bytes, arrays, a Map for a map, and a Date for
 * an epoch time, to the millisecond.
 * @throws NotationError `ERR_ENVELOPE_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function readCbor(bytes: Uint8Array, what: string, allowTimes = false): unknown {
  return new CborReader(bytes, what, allowTimes).read();
}

interface Head {
  major: number;
  info: number;
  argument: number;
  /** The argument of an integer that a number cannot hold. */
  large?: bigint;
}

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #allowTimes: boolean;
  #offset = 0;
  #items = 0;
  #textLeft = MAX_TEXT;

  constructor(bytes: Uint8Array, what: string, allowTimes: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#allowTimes = allowTimes;
  }

  read(): unknown {
    const value = this.#item(1);
    if (this.#offset !== this.#bytes.length) throw this.#invalid('has trailing bytes');
    return value;
  }

  #item(depth: number): unknown {
    if (depth > MAX_DEPTH || ++this.#items > MAX_VALUES) {
      throw new NotationError(
        'ERR_LIMIT_EXCEEDED',
        `the ${this.#what} is nested too deep or has too many items`,
      );
    }
    const head = this.#head();
    switch (head.major) {
      case 0:
        return head.large ?? head.argument;
      case 1:
        return head.large === undefined ? -1 - head.argument : -1n - head.large;
      case 2:
        return this.#take(head.argument);
      case 3:
        return this.#text(head.argument);
      case 4:
        return this.#array(head.argument, depth);
      case 5:
        return this.#map(head.argument, depth);
      case 6:
        return this.#time(head.argument);
      default:
        return this.#simple(head);
    }
  }

  #text(length: number): string {
    const encoded = this.#take(length);
    this.#textLeft -= length;
    if (this.#textLeft < 0) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${this.#what} has too much text`);
    }
    // Some readers drop a byte order mark at the start of a string: two keys could become one.
    if (encoded[0] === 0xef && encoded[1] === 0xbb && encoded[2] === 0xbf) {
      throw this.#invalid('has a text string that begins with a byte order mark');
    }
    try {
      return decodeUtf8(encoded, this.#what);
    } catch (cause) {
      throw this.#invalid('has a text string that is not UTF-8', cause);
    }
  }

  /** Grows item by item: the length is only a claim, and may be of gigabytes. */
  #array(length: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(this.#item(depth + 1));
    return items;
  }

  #map(length: number, depth: number): Map<string | number, unknown> {
    const items = new Map<string | number, unknown>();
    for (let i = 0; i < length; i++) {
      const key = this.#key(depth + 1);
      if (items.has(key)) throw this.#invalid('has a map key twice');
      items.set(key, this.#item(depth + 1));
    }
    return items;
  }

  #key(depth: number): string | number {
    // Unsigned and negative integers, and strings: a float is a number, too.
    const major = (this.#bytes[this.#offset] ?? 0) >> 5;
    const key = this.#item(depth);
    if (major > 3 || (typeof key !== 'string' && typeof key !== 'number')) {
      throw this.#invalid('has a map key that is neither an integer nor a text string');
    }
    return key;
  }

  #time(tag: number): Date {
    if (!this.#allowTimes || tag !== EPOCH_TIME)
      throw this.#invalid(`has the tag ${tag}, but no tag is allowed`);
    const head = this.#head();
    const seconds =
      head.major === 0 ? head.argument : head.major === 1 ? -1 - head.argument : this.#float(head);
    if (!(Math.abs(seconds) <= MAX_SECONDS)) throw this.#invalid('has a time out of range');
    return new Date(Math.round(seconds * 1000));
  }

  #simple(head: Head): unknown {
    return head.info >= 20 && head.info <= 23 ? LITERALS[head.info - 20] : this.#float(head);
  }

  /** Returns the value of a float whose head was read. */
  #float({ major, info }: Head): number {
    if (major === 7 && info === 26) return this.#view.getFloat32(this.#offset - 4);
    if (major === 7 && info === 27) return this.#view.getFloat64(this.#offset - 8);
    if (major === 7 && info === 25) return halfFloat(this.#view.getUint16(this.#offset - 2));
    throw this.#invalid('has an item of an unexpected type');
  }

  #head(): Head {
    const initial = this.#take(1)[0] ?? 0;
    const major = initial >> 5;
    const info = initial & 31;
    if (info < 24) return { major, info, argument: info };
    if (info > 27) throw this.#invalid('has an indefinite length or a reserved item');
    const size = 2 ** (info - 24);
    const start = this.#offset;
    this.#take(size);
    if (size === 8) {
      const argument = this.#view.getUint32(start) * 2 ** 32 + this.#view.getUint32(start + 4);
      if (major === 7 || Number.isSafeInteger(argument)) return { major, info, argument };
      if (major > 1) throw this.#invalid('has an integer out of range');
      return { major, info, argument, large: this.#view.getBigUint64(start) };
    }
    const argument =
      size === 1
        ? this.#view.getUint8(start)
        : size === 2
          ? this.#view.getUint16(start)
          : this.#view.getUint32(start);
    return { major, info, argument };
  }

  #take(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw this.#invalid('is truncated or has a wrong length');
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  #invalid(reason: string, cause?: unknown): NotationError {
    return envelopeInvalid(`the ${this.#what} ${reason}`, cause);
  }
}

/** Decodes a float of half precision (IEEE 754 binary16). */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
