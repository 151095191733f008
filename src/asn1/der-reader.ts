import { type ErrorCode, NotationError } from '../errors/index.ts';

/** Identifier octets of the ASN.1 types that certificates use (ITU-T X.690). */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A context-specific identifier octet: `[number]`, constructed unless it is primitive. */
export function contextTag(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/** One element: where it and its content lie in the bytes that were read. */
export interface DerElement {
  tag: number;
  /** Identifier, length and content. */
  bytes: Uint8Array;
  content: Uint8Array;
}

/**
 * Reads the elements of DER bytes one after another. Strict: lengths are definite, minimal and within what
 * holds them; tag numbers are below 31. It never recurses, so nesting costs the hostile sender only.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #code: ErrorCode;
  #offset = 0;

  /**
   * @param what - The name of the thing that is read, for errors.
   * @param code - The code of those errors.
   */
  constructor(bytes: Uint8Array, what: string, code: ErrorCode) {
    this.#bytes = bytes;
    this.#what = what;
    this.#code = code;
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The identifier octet that comes next, if any is left. */
  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** The next element, which must have the tag if one is given. */
  read(tag?: number): DerElement {
    const start = this.#offset;
    const found = this.#octet();
    if ((found & 0x1f) === 0x1f) throw this.error('has a tag number of 31 or more');
    if (tag !== undefined && found !== tag) {
      throw this.error(`has the tag 0x${found.toString(16)} where 0x${tag.toString(16)} belongs`);
    }
    const length = this.#length();
    const contentStart = this.#offset;
    if (length > this.#bytes.length - contentStart) throw this.error('is cut off');
    this.#offset = contentStart + length;
    return {
      tag: found,
      bytes: this.#bytes.subarray(start, this.#offset),
      content: this.#bytes.subarray(contentStart, this.#offset),
    };
  }

  /** The next element if it has the tag; otherwise nothing is read. */
  readOptional(tag: number): DerElement | undefined {
    return this.peek() === tag ? this.read(tag) : undefined;
  }

  /** What has not been read yet. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset);
  }

  /** A reader of the content of the next element. */
  enter(tag: number): DerReader {
    return this.inside(this.read(tag).content);
  }

  /** A reader of the content of the one element that stands inside an explicit tag. */
  enterExplicit(explicitTag: number, tag: number): DerReader {
    const outer = this.enter(explicitTag);
    const inner = outer.enter(tag);
    outer.end();
    return inner;
  }

  /** A reader of the next element as if it had the tag that an implicit one stands in for. */
  enterImplicit(implicitTag: number, tag: number): DerReader {
    return this.inside(retagged(this.read(implicitTag).bytes, tag));
  }

  /** A reader of bytes that are part of the same thing, such as what an OCTET STRING holds. */
  inside(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, this.#what, this.#code);
  }

  /** Refuses anything that is left. */
  end(): void {
    if (!this.done) throw this.error('has trailing bytes');
  }

  error(reason: string): NotationError {
    return new NotationError(this.#code, `the ${this.#what} is malformed: it ${reason}`);
  }

  #octet(): number {
    const octet = this.#bytes[this.#offset++];
    if (octet === undefined) throw this.error('is cut off');
    return octet;
  }

  #length(): number {
    const first = this.#octet();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw this.error('has an indefinite or oversized length');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#octet();
    const minimal = length >= 0x80 && length >= 256 ** (count - 1);
    if (!minimal) throw this.error('has a length that is not minimal');
    return length;
  }
}

/** An element under another tag. */
export function retagged(element: Uint8Array, tag: number): Uint8Array {
  const copy = new Uint8Array(element);
  copy[0] = tag;
  return copy;
}
