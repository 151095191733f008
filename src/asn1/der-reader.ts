import { decodeLatin1 } from '../encoding/bytes.ts';
import { type ErrorCode, NotationError } from '../errors/index.ts';

const PEM_START = '-----BEGIN ';

/** The identifier bytes of ASN.1 types (ITU-T X.690). */
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

/** Returns the identifier byte of a context-specific tag: `[number]`, constructed unless it is primitive. */
export function contextTag(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/** One element. Its parts are views of the bytes that were read, which are made lazily: most elements are only entered. */
export class DerElement {
  readonly tag: number;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #contentStart: number;
  readonly #end: number;

  constructor(tag: number, source: Uint8Array, start: number, contentStart: number, end: number) {
    this.tag = tag;
    this.#source = source;
    this.#start = start;
    this.#contentStart = contentStart;
    this.#end = end;
  }

  /** Identifier, length and content. */
  get bytes(): Uint8Array {
    return this.#source.subarray(this.#start, this.#end);
  }

  get content(): Uint8Array {
    return this.#source.subarray(this.#contentStart, this.#end);
  }
}

/**
 * Reads the elements of DER one after another. It is strict: lengths must be definite, minimal and within the element
 * around them, and tag numbers below 31. It never recurses, so that deep nesting is harmless.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #code: ErrorCode;
  readonly #start: number;
  readonly #end: number;
  #offset: number;

  /**
   * @param what - The name of what is read, for errors.
   * @param code - The code of those errors.
   * @param start - Where to begin in the bytes.
   * @param end - Where to end.
   */
  constructor(bytes: Uint8Array, what: string, code: ErrorCode, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#what = what;
    this.#code = code;
    this.#start = start;
    this.#end = end;
    this.#offset = start;
  }

  get done(): boolean {
    return this.#offset === this.#end;
  }

  /** Returns the next identifier byte, or undefined at the end. */
  peek(): number | undefined {
    return this.done ? undefined : this.#bytes[this.#offset];
  }

  /** Reads the next element, which must have the tag if one is given. */
  read(tag?: number): DerElement {
    const start = this.#offset;
    const contentStart = this.#pass(tag);
    return new DerElement(this.#bytes[start] ?? 0, this.#bytes, start, contentStart, this.#offset);
  }

  /** Passes over the next element; returns where its content starts. */
  #pass(tag: number | undefined): number {
    const start = this.#offset;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw this.error('has a tag number of 31 or more');
    if (tag !== undefined && found !== tag) {
      if (start === this.#start && isPem(this.#bytes.subarray(start, this.#end))) {
        throw this.error('is PEM, but must be DER');
      }
      throw this.error(`has the tag 0x${found.toString(16)} instead of 0x${tag.toString(16)}`);
    }
    const length = this.#length();
    const contentStart = this.#offset;
    if (length > this.#end - contentStart) throw this.error('is cut off');
    this.#offset = contentStart + length;
    return contentStart;
  }

  /** Reads the next element if it has the tag. */
  readOptional(tag: number): DerElement | undefined {
    return this.peek() === tag ? this.read(tag) : undefined;
  }

  /** Returns the bytes that have not been read yet. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset, this.#end);
  }

  /** Reads the next element; returns a reader of its content. */
  enter(tag: number): DerReader {
    const start = this.#pass(tag);
    return new DerReader(this.#bytes, this.#what, this.#code, start, this.#offset);
  }

  /** Reads an explicit tag; returns a reader of the content of the one element inside. */
  enterExplicit(explicitTag: number, tag: number): DerReader {
    const outer = this.enter(explicitTag);
    const inner = outer.enter(tag);
    outer.end();
    return inner;
  }

  /** Reads an element with an implicit tag; returns a reader of it under its own tag. */
  enterImplicit(implicitTag: number, tag: number): DerReader {
    return this.inside(retagged(this.read(implicitTag).bytes, tag));
  }

  /** Returns a reader of bytes inside the same structure, such as the content of an OCTET STRING. */
  inside(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, this.#what, this.#code);
  }

  /** Requires that everything has been read. */
  end(): void {
    if (!this.done) throw this.error('has trailing bytes');
  }

  /** Makes the error of a structure with a defect. */
  error(reason: string): NotationError {
    return new NotationError(this.#code, `the ${this.#what} is malformed: it ${reason}`);
  }

  #byte(): number {
    const byte = this.done ? undefined : this.#bytes[this.#offset++];
    if (byte === undefined) throw this.error('is cut off');
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw this.error('has an indefinite or oversized length');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    const minimal = length >= 0x80 && length >= 256 ** (count - 1);
    if (!minimal) throw this.error('has a length that is not minimal');
    return length;
  }
}

/** Reports whether bytes are PEM, so that an error can say so. */
export function isPem(bytes: Uint8Array): boolean {
  return decodeLatin1(bytes.subarray(0, PEM_START.length)) === PEM_START;
}

/** Copies an element under another tag. */
export function retagged(element: Uint8Array, tag: number): Uint8Array {
  const copy = new Uint8Array(element);
  copy[0] = tag;
  return copy;
}
