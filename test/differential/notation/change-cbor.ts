import { cbor, float32, float64, head, join, Tagged } from '../../envelope/cbor.ts';
import type { Random } from './random.ts';

/** One CBOR item. */
interface Node {
  major: number;
  /** The argument: a value, a length, a tag, or the bits of a float. */
  argument: bigint;
  /** Bytes of the argument. */
  size: 0 | 1 | 2 | 4 | 8;
  indefinite?: boolean;
  content: Uint8Array;
  /** The items inside; keys and values of a map in turn. */
  items: Node[];
}

const NAMES = [
  ...['io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime', 'io.cncf.notary.authenticSigningTime'],
  ...['io.cncf.notary.expiry', 'io.cncf.notary.signingAgent', 'io.cncf.notary.timestampSignature', 'a', ''],
  ...['io.cncf.notary.verificationPlugin', 'io.cncf.notary.unknown'],
];
const SCHEME = 'io.cncf.notary.signingScheme';

/** Items for any place. */
const VALUES: readonly Uint8Array[] = [
  ...[
    0, 1, 2, 3, 4, 5, 8, 9, 16, 23, 24, 33, 34, 258, -1, -7, -8, -35, -36, -37, -38, -39, -257, 1714979289,
  ].map((n) => cbor(n)),
  ...['', 'x', 'notary.x509', 'notary.x509.signingAuthority', 'notary.X509', ...NAMES].map((text) =>
    cbor(text),
  ),
  ...['application/vnd.cncf.notary.payload.v1+json', '2024-05-06T07:08:09Z'].map((text) => cbor(text)),
  ...[
    null,
    true,
    false,
    [],
    [SCHEME],
    [SCHEME, SCHEME],
    [SCHEME, 'a'],
    [SCHEME, 1],
    [SCHEME, 'io.cncf.notary.expiry'],
  ].map((v) => cbor(v)),
  ...[new Uint8Array(), Uint8Array.of(1), [new Uint8Array()], 1.5].map((v) => cbor(v)),
  ...[0, 1, -1, 1714979289, 1714979289.5, 4e9, 253402300799, 253402300800, 2 ** 53].map((time) =>
    cbor(new Tagged(1, time)),
  ),
  ...['2024-05-06T07:08:09Z', '2024-05-06'].map((time) => cbor(new Tagged(0, time))),
  cbor(new Tagged(1, '1714979289')),
  cbor(new Tagged(2, Uint8Array.of(1))),
  cbor(new Tagged(100, 1)),
  cbor(new Tagged(55799, 1)),
  join(head(6, 1), float32(1714979289)),
  join(head(6, 1), float64(Number.NaN)),
  float64(1714979289),
  float32(Number.POSITIVE_INFINITY),
  Uint8Array.of(0xf7),
  Uint8Array.of(0xe0),
  Uint8Array.of(0xf8, 0x20),
  Uint8Array.of(0xf8, 0x10),
  Uint8Array.of(0xff),
  Uint8Array.of(0x1c),
  Uint8Array.of(0x62, 0xff, 0xfe),
  Uint8Array.of(0xa0),
];

/** Changes an item of CBOR: one or two changes of pairs, values and encodings. */
export function changeCbor(bytes: Uint8Array, random: Random): Uint8Array {
  const root = parseCbor(bytes);
  for (let left = random.pick([1, 1, 1, 2]); left > 0; left--) change(root, random);
  return write(root);
}

/** Gives a map another value under a label that it has. */
export function withLabel(bytes: Uint8Array, label: number, value: number): Uint8Array {
  const root = parseCbor(bytes);
  const key = write(parseCbor(cbor(label)));
  const at = root.items.findIndex((item, i) => i % 2 === 0 && Buffer.from(write(item)).equals(key));
  if (at >= 0) root.items.splice(at + 1, 1, parseCbor(cbor(value)));
  return write(root);
}

function change(root: Node, random: Random): void {
  const all = [...each(root)];
  const lists = all.filter(({ major }) => major === 4 || major === 5);
  const list = lists[random.below(lists.length || 1)];
  const step = list?.major === 5 ? 2 : 1;
  const at = list ? random.below(list.items.length / step || 1) * step : 0;
  switch (random.below(9)) {
    case 0:
      list?.items.splice(at, step);
      return;
    case 1:
      list?.items.splice(at, 0, ...structuredClone(list.items.slice(at, at + step)));
      return;
    case 2:
      if (list) list.items.push(...list.items.splice(at, step));
      return;
    case 3:
      if (list?.major !== 5) list?.items.splice(at, 0, anyItem(random));
      else
        list.items.splice(
          at,
          0,
          raw(random.percent(50) ? cbor(random.pick(NAMES)) : cbor(random.below(40))),
          anyItem(random),
        );
      return;
    case 4:
      list?.items.splice(at + step - 1, 1, anyItem(random));
      return;
    case 5:
      list?.items.splice(at, 1, anyItem(random));
      return;
    case 6: {
      const node = random.pick(all);
      if (random.percent(50)) node.size = random.pick([1, 2, 4, 8]);
      else node.indefinite = true;
      return;
    }
    case 7: {
      const node = random.pick(all);
      if (node.major === 2 || node.major === 3) node.major = 5 - node.major;
      else if (node.major < 2) node.argument += random.percent(50) ? 1n : 3n;
      else if (node.major === 6) node.argument = BigInt(random.pick([0, 1, 2, 18, 98, 100]));
      return;
    }
    default: {
      const node = random.pick(all);
      const inner = { ...node };
      Object.assign(node, {
        ...tagged(random.pick([0, 1, 2, 18, 24, 55799]), inner),
        content: new Uint8Array(),
      });
    }
  }
}

function tagged(tag: number, inner: Node): Node {
  return {
    major: 6,
    argument: BigInt(tag),
    size: 0,
    indefinite: false,
    content: new Uint8Array(),
    items: [inner],
  };
}

const RAW = 8;
function raw(content: Uint8Array): Node {
  return { major: RAW, argument: 0n, size: 0, content, items: [] };
}
const anyItem = (random: Random): Node => raw(random.pick(VALUES));

/** Reads one item; throws unless it is whole and of definite lengths. */
export function parseCbor(bytes: Uint8Array): Node {
  const view = Buffer.from(bytes);
  let offset = 0;
  const item = (): Node => {
    const initial = view.readUInt8(offset++);
    const [major, info] = [initial >> 5, initial & 31];
    if (info > 27) throw new Error('only definite lengths are read');
    const size = info < 24 ? 0 : ((2 ** (info - 24)) as 1 | 2 | 4 | 8);
    let argument = size === 0 ? BigInt(info) : 0n;
    for (let i = 0; i < size; i++) argument = argument * 256n + BigInt(view.readUInt8(offset++));
    const node: Node = { major, argument, size, content: new Uint8Array(), items: [] };
    if (major === 2 || major === 3) {
      node.content = Uint8Array.from(view.subarray(offset, offset + Number(argument)));
      offset += node.content.length;
    }
    const count = major === 4 ? Number(argument) : major === 5 ? 2 * Number(argument) : major === 6 ? 1 : 0;
    for (let i = 0; i < count; i++) node.items.push(item());
    return node;
  };
  return item();
}

function write(node: Node): Uint8Array {
  const { major, size, content, items, indefinite } = node;
  if (major === RAW) return content;
  const inside = join(...items.map(write));
  if (indefinite && major >= 2 && major <= 5) {
    const chunk = major <= 3 ? join(argumentOf(major, BigInt(content.length), 0), content) : inside;
    return join(Uint8Array.of((major << 5) | 31), chunk, Uint8Array.of(0xff));
  }
  const length =
    major === 2 || major === 3
      ? content.length
      : major === 4
        ? items.length
        : major === 5
          ? Math.ceil(items.length / 2)
          : undefined;
  const argument = length === undefined ? node.argument : BigInt(length);
  return join(argumentOf(major, argument, size), content, inside);
}

/** A head of at least so many bytes; floats and simple values keep their size. */
function argumentOf(major: number, argument: bigint, size: number): Uint8Array {
  const needed =
    argument < 24n ? 0 : argument < 256n ? 1 : argument < 65536n ? 2 : argument < 2n ** 32n ? 4 : 8;
  const bytes = Math.max(size, needed);
  if (bytes === 0) return Uint8Array.of((major << 5) | Number(argument));
  const result = Uint8Array.of((major << 5) | (24 + Math.log2(bytes)), ...new Uint8Array(bytes));
  for (let i = bytes, left = argument; i > 0; i--, left >>= 8n) result[i] = Number(left & 255n);
  return result;
}

function* each(node: Node): Generator<Node> {
  yield node;
  for (const item of node.items) yield* each(item);
}
