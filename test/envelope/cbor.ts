/** Writes CBOR for envelopes that tests forge. Nothing here is checked: malformed is allowed. */

/** Bytes in place of an item. */
export class Raw {
  readonly bytes: Uint8Array;
  constructor(...bytes: number[]) {
    this.bytes = Uint8Array.from(bytes);
  }
}

/** An item under a tag. */
export class Tagged {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

/** Pairs instead of a Map, so that keys can occur twice. */
export class Pairs {
  readonly pairs: readonly (readonly [Cbor, Cbor])[];
  constructor(pairs: readonly (readonly [Cbor, Cbor])[]) {
    this.pairs = pairs;
  }
}

export type Cbor = number | string | boolean | null | Uint8Array | Raw | Tagged | Pairs | readonly Cbor[];

/** One item. Integers are written in the shortest form, other numbers as doubles. */
export function cbor(value: Cbor): Uint8Array {
  if (value instanceof Raw) return value.bytes;
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'number') return Number.isInteger(value) ? integer(value) : float64(value);
  if (typeof value === 'string') return prefixed(3, new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return prefixed(2, value);
  if (value instanceof Tagged) return join(head(6, value.tag), cbor(value.value));
  if (value instanceof Pairs) {
    return join(
      head(5, value.pairs.length),
      ...value.pairs.flatMap(([key, item]) => [cbor(key), cbor(item)]),
    );
  }
  return join(head(4, value.length), ...value.map(cbor));
}

export function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

export function float32(value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = 0xfa;
  new DataView(bytes.buffer).setFloat32(1, value);
  return bytes;
}

/** The head of an item, with the argument in so many bytes if a number of them is given. */
export function head(major: number, argument: number, size?: 0 | 1 | 2 | 4 | 8): Uint8Array {
  const length =
    size ?? (argument < 24 ? 0 : argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8);
  if (length === 0) return Uint8Array.of((major << 5) | argument);
  const bytes = new Uint8Array(1 + length);
  bytes[0] = (major << 5) | (24 + Math.log2(length));
  for (let i = length, left = argument; i > 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256;
  return bytes;
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Reads one accepted item independently of the decoder; times are numbers. */
export function readCbor(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const item = (): unknown => {
    const initial = bytes[offset++] ?? 0;
    const [major, info] = [initial >> 5, initial & 31];
    const size = info < 24 ? 0 : 2 ** (info - 24);
    const at = offset;
    offset += size;
    if (major === 7) {
      if (size === 8) return view.getFloat64(at);
      if (size === 4) return view.getFloat32(at);
      if (size === 2) return half(view.getUint16(at));
      return [false, true, null, undefined][info - 20];
    }
    let argument = size === 0 ? info : 0;
    for (let i = at; i < at + size; i++) argument = argument * 256 + (bytes[i] ?? 0);
    if (major === 0) return argument;
    if (major === 1) return -1 - argument;
    if (major === 2 || major === 3) {
      const content = bytes.slice(offset, offset + argument);
      offset += argument;
      return major === 2 ? content : Buffer.from(content).toString('utf8');
    }
    if (major === 4) return Array.from({ length: argument }, item);
    if (major === 5) return new Map(Array.from({ length: argument }, () => [item(), item()] as const));
    return item();
  };
  return item();
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  return exponent === 31
    ? fraction
      ? Number.NaN
      : sign * Number.POSITIVE_INFINITY
    : sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function integer(value: number): Uint8Array {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function prefixed(major: number, content: Uint8Array): Uint8Array {
  return join(head(major, content.length), content);
}
