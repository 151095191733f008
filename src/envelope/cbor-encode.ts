import { compareBytes, concatBytes, encodeUtf8, isBytes } from '../encoding/bytes.ts';

/** A time in seconds since 1970, encoded under tag 1 (rule COSE-6). */
export class EpochTime {
  readonly seconds: number;
  constructor(time: Date) {
    this.seconds = Math.floor(time.getTime() / 1000);
  }
}

/** The values that can be encoded. Numbers are integers. */
export type CborValue =
  | number
  | string
  | Uint8Array
  | EpochTime
  | readonly CborValue[]
  | ReadonlyMap<string | number, CborValue>;

/** Encodes deterministic CBOR (RFC 8949, section 4.2.1): shortest forms, map keys in the order of their encoding. */
export function encodeCbor(value: CborValue): Uint8Array {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const text = encodeUtf8(value);
    return concatBytes(head(3, text.length), text);
  }
  if (isBytes(value)) return concatBytes(byteStringHead(value), value);
  if (value instanceof EpochTime) return concatBytes(head(6, 1), encodeCbor(value.seconds));
  if (value instanceof Map) {
    const entries = [...value].map(([key, entry]) => [encodeCbor(key), encodeCbor(entry)] as const);
    entries.sort(([a], [b]) => compareBytes(a, b));
    return concatBytes(head(5, entries.length), ...entries.flat());
  }
  const items = value as readonly CborValue[];
  return concatBytes(head(4, items.length), ...items.map(encodeCbor));
}

/** Returns what comes before the bytes of a byte string. */
export function byteStringHead({ length }: Uint8Array): Uint8Array {
  return head(2, length);
}

function head(major: number, argument: number): Uint8Array {
  const initial = major << 5;
  if (argument < 24) return Uint8Array.of(initial | argument);
  const [size, info] =
    argument < 2 ** 8 ? [1, 24] : argument < 2 ** 16 ? [2, 25] : argument < 2 ** 32 ? [4, 26] : [8, 27];
  const bytes = new Uint8Array(1 + size);
  bytes[0] = initial | info;
  for (let i = size, rest = argument; i > 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}
