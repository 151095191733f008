import { decodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import { MAX_VALUES } from './limits.ts';

const MAX_DEPTH = 8;
/** Octets of all texts together; real ones have a few hundred. */
const MAX_TEXT = 1024 * 1024;
/** Seconds since 1970 that a Date can hold. */
const MAX_SECONDS = 8.64e12;
const EPOCH_TIME = 1;

/**
 * How cbor-x is to read what passed. Integers of eight octets become numbers: times after 2106 are such ones, and none
 * passes that is too large.
 */
export const decoding = { mapsAsObjects: false, useRecords: false, int64AsNumber: true };

/**
 * The gate in front of cbor-x, which reads leniently: exactly one data item, definite lengths that fit, map keys
 * that are integers or texts and stand once, no tag but epoch time where it is allowed, texts in UTF-8, bounded
 * depth and number (RFC 8949, section 5.3).
 *
 * @param bytes - What is going to be decoded.
 * @param what - Its name, for the error.
 * @param allowTimes - Whether the tag 1 may stand in front of numbers.
 * @throws NotationError `ERR_ENVELOPE_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function checkCbor(bytes: Uint8Array, what: string, allowTimes = false): void {
  new Gate(bytes, what, allowTimes).check();
}

interface Head {
  major: number;
  info: number;
  argument: number;
}

class Gate {
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

  check(): void {
    this.#item(1);
    if (this.#offset !== this.#bytes.length) throw this.#invalid('has trailing bytes');
  }

  #item(depth: number): string | number | undefined {
    if (depth > MAX_DEPTH || ++this.#items > MAX_VALUES) {
      throw new NotationError(
        'ERR_LIMIT_EXCEEDED',
        `the ${this.#what} is nested too deep or holds too many items`,
      );
    }
    const head = this.#head();
    switch (head.major) {
      case 0:
        return head.argument;
      case 1:
        return -1 - head.argument;
      case 2:
        this.#take(head.argument);
        return undefined;
      case 3:
        return this.#text(head.argument);
      case 4:
        this.#array(head.argument, depth);
        return undefined;
      case 5:
        this.#map(head.argument, depth);
        return undefined;
      case 6:
        this.#time(head.argument);
        return undefined;
      default:
        this.#simple(head);
        return undefined;
    }
  }

  #text(length: number): string {
    const octets = this.#take(length);
    this.#textLeft -= length;
    if (this.#textLeft < 0) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${this.#what} holds too much text`);
    }
    // cbor-x drops a byte order mark at the start of long texts: two keys could become one.
    if (octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf) {
      throw this.#invalid('has a text that begins with a byte order mark');
    }
    try {
      return decodeUtf8(octets, this.#what);
    } catch (cause) {
      throw new NotationError('ERR_ENVELOPE_INVALID', `the ${this.#what} holds text that is not UTF-8`, {
        cause,
      });
    }
  }

  #array(length: number, depth: number): void {
    for (let i = 0; i < length; i++) this.#item(depth + 1);
  }

  #map(length: number, depth: number): void {
    const keys = new Set<string | number>();
    for (let i = 0; i < length; i++) {
      const key = this.#item(depth + 1);
      if (key === undefined) throw this.#invalid('has a map key that is neither integer nor text');
      if (keys.has(key)) throw this.#invalid('has a map key twice');
      keys.add(key);
      this.#item(depth + 1);
    }
  }

  #time(tag: number): void {
    if (!this.#allowTimes || tag !== EPOCH_TIME)
      throw this.#invalid(`has the tag ${tag} where none is allowed`);
    const head = this.#head();
    const seconds =
      head.major === 0 ? head.argument : head.major === 1 ? -1 - head.argument : this.#float(head);
    if (!(Math.abs(seconds) <= MAX_SECONDS)) throw this.#invalid('has a time out of range');
  }

  #simple(head: Head): void {
    const literal = head.info >= 20 && head.info <= 23;
    if (!literal) this.#float(head);
  }

  /** The value of a float whose head was read; half precision is only checked to be one. */
  #float({ major, info }: Head): number {
    if (major === 7 && info === 26) return this.#view.getFloat32(this.#offset - 4);
    if (major === 7 && info === 27) return this.#view.getFloat64(this.#offset - 8);
    if (major === 7 && info === 25)
      return (this.#view.getUint16(this.#offset - 2) & 0x7c00) === 0x7c00 ? NaN : 0;
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
      if (major !== 7 && !Number.isSafeInteger(argument)) throw this.#invalid('has an integer out of range');
      return { major, info, argument };
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
    if (end > this.#bytes.length) throw this.#invalid('is cut off or lies about a length');
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  #invalid(reason: string): NotationError {
    return new NotationError(
      'ERR_ENVELOPE_INVALID',
      `the ${this.#what} is not acceptable CBOR: it ${reason}`,
    );
  }
}
