/** Writes CBOR for envelopes that tests forge. Nothing here is checked: malformed is allowed. */

/** Bytes that stand where an item does. */
export class Raw {
  readonly bytes: Uint8Array;
  constructor(...octets: number[]) {
    this.bytes = Uint8Array.from(octets);
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

/** Pairs instead of a Map, so that keys can stand twice. */
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

/** The head of an item, with the argument in so many octets if a number of them is given. */
export function head(major: number, argument: number, size?: 0 | 1 | 2 | 4 | 8): Uint8Array {
  const octets =
    size ?? (argument < 24 ? 0 : argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8);
  if (octets === 0) return Uint8Array.of((major << 5) | argument);
  const bytes = new Uint8Array(1 + octets);
  bytes[0] = (major << 5) | (24 + Math.log2(octets));
  for (let i = octets, left = argument; i > 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256;
  return bytes;
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function integer(value: number): Uint8Array {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function prefixed(major: number, content: Uint8Array): Uint8Array {
  return join(head(major, content.length), content);
}
