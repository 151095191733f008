import * as der from '../../support/der.ts';
import {
  BYTE_CHANGES,
  ELEMENT_CHANGES,
  type Element,
  each,
  encode,
  mutateDer,
  parse,
} from '../mutate-der.ts';
import type { Random } from './random.ts';

/** Changes DER: one to three changes of fields that keep it well formed, of elements, or rarely of bytes. */
export function changeDer(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = bytes;
  for (let left = random.pick([1, 1, 1, 1, 2, 3]); left > 0; left--) {
    if (random.percent(70)) changed = changeField(changed, random);
    else {
      const raw = random.percent(15);
      const change = { at: random.below(9999), by: random.below(256) };
      changed = mutateDer(changed, {
        elements: raw ? [] : [{ kind: random.pick(ELEMENT_CHANGES), ...change }],
        bytes: raw ? [{ kind: random.pick(BYTE_CHANGES), ...change }] : [],
      });
    }
  }
  return changed;
}

/** Changes one field to another value that is valid for its type, or nearly so. */
function changeField(bytes: Uint8Array, random: Random): Uint8Array {
  const roots = parse(bytes);
  if (!roots) return bytes;
  const all = [...each(roots)].filter(({ element }) => element.tag in FIELDS || isExtension(element));
  // By type first: a document has far more strings in names than anything else.
  const tag = random.pick([...new Set(all.map(({ element }) => element.tag))]);
  const found = random.pick(all.filter(({ element }) => element.tag === tag));
  if (!found) return bytes;
  const { element, siblings, index } = found;
  if (isExtension(element)) changeExtension(element, siblings, index, random);
  else FIELDS[element.tag]?.(element, random);
  return der.concat(roots.map(encode));
}

const TIMES = [
  ...['2401010000Z', '240101000000Z', '240101000000+0000', '240101000060Z', '240230000000Z', '991231235959Z'],
  ...['491231235959Z', '500101000000Z', '20240101000000Z', '20240101000000.5Z', '20490101000000Z'],
  ...['20990101000000Z', '99991231235959Z', '00000101000000Z', '20240101000000', '20240101000000+0100'],
  ...[
    '',
    '24010100000aZ',
    '240101000000z',
    '20240101240000Z',
    '20231301000000Z',
    '202401010000Z',
    ' 40101000000Z',
  ],
];
const OIDS = [
  ...['2.5.29.14', '2.5.29.15', '2.5.29.16', '2.5.29.17', '2.5.29.18', '2.5.29.19', '2.5.29.20', '2.5.29.21'],
  ...['2.5.29.24', '2.5.29.27', '2.5.29.28', '2.5.29.29', '2.5.29.30', '2.5.29.31', '2.5.29.32', '2.5.29.35'],
  ...['2.5.29.36', '2.5.29.37', '2.5.29.37.0', '2.5.29.46', '2.5.29.54', '2.5.29.60', '1.3.6.1.5.5.7.1.1'],
  ...[
    '1.3.6.1.5.5.7.3.1',
    '1.3.6.1.5.5.7.3.2',
    '1.3.6.1.5.5.7.3.3',
    '1.3.6.1.5.5.7.3.4',
    '1.3.6.1.5.5.7.3.8',
  ],
  ...['1.3.6.1.5.5.7.3.9', '1.3.6.1.5.5.7.48.1', '1.3.6.1.5.5.7.48.1.5', '1.2.840.113549.1.1.1'],
  ...['1.2.840.113549.1.1.5', '1.2.840.113549.1.1.10', '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12'],
  ...['1.2.840.10045.2.1', '1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35', '1.2.840.10045.4.1'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.3.101.112', '2.5.4.3', '2.5.4.10', '1.2.3.4'],
  ...['1.3.14.3.2.26', '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '1.2.840.113549.1.9.16.1.4'],
];
const STRINGS = [
  'a',
  '',
  'a\u0000b',
  'a@b_c*d',
  'ä',
  '\xff\xfe',
  ' a ',
  'http://b.example/',
  'HTTP://a.example/',
  'ftp://a',
];
const STRING_TAGS = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e];
const INTEGERS = [
  [0],
  [1],
  [2],
  [3],
  [0x7f],
  [0x80],
  [0xff],
  [0, 1],
  [0, 0x80],
  [0xff, 0x7f],
  [0x7f, 0xff],
  [],
];
const EXTENSIONS = OIDS.filter(
  (oid) => oid.startsWith('2.5.29.') || oid.startsWith('1.3.6.1.5.5.7.') || oid === '1.2.3.4',
);
const VALUES = [
  der.nullValue(),
  der.sequence(),
  der.sequence(der.boolean(true)),
  der.sequence(der.boolean(false)),
  der.sequence(der.boolean(true), der.integer(0)),
  der.sequence(der.boolean(true), der.integer(1)),
  der.sequence(der.integer(0)),
  der.namedBits([0]),
  der.namedBits([0, 1]),
  der.namedBits([5, 6]),
  der.namedBits([0, 5, 6]),
  der.namedBits([0, 8]),
  der.namedBits([]),
  der.bitString(Uint8Array.of(0x80, 0)),
  der.bitString(Uint8Array.of(0xff), 3),
  der.sequence(der.oid('1.3.6.1.5.5.7.3.3')),
  der.sequence(der.oid('2.5.29.37.0')),
  der.integer(5),
  der.enumerated(1),
  der.enumerated(6),
  der.enumerated(8),
  der.generalizedTime(new Date('2024-01-01T00:00:00Z')),
  der.generalizedTime(new Date('2090-01-01T00:00:00Z')),
  der.octetString(Uint8Array.of(1, 2, 3)),
];

type ChangeField = (element: Element, random: Random) => void;

const changeTime: ChangeField = (element, random) => {
  if (random.percent(20)) element.tag = element.tag === 0x17 ? 0x18 : 0x17;
  else {
    const text = random.pick(TIMES);
    element.content = latin1(text);
    element.tag = text.length > 13 || random.percent(5) ? 0x18 : 0x17;
  }
};
const changeString: ChangeField = (element, random) => {
  if (random.percent(60)) element.tag = random.pick(STRING_TAGS);
  if (random.percent(50)) {
    const text = random.pick(STRINGS);
    element.content = element.tag === 0x1e ? latin1([...text].join('\0')) : latin1(text);
  }
};

/** By the tag of the field. */
const FIELDS: Readonly<Record<number, ChangeField>> = {
  1: (element, random) => {
    element.content = Uint8Array.from(random.pick([[0], [1], [0xff], [], [0xff, 0xff], [0x80]]));
  },
  2: (element, random) => {
    const content = element.content as Uint8Array;
    const choices = [
      () => Uint8Array.from(random.pick(INTEGERS)),
      () => random.bytes(random.pick([1, 2, 8, 9, 20, 21, 33])),
      () => Uint8Array.of(0, ...content),
      () => Uint8Array.of(0xff, ...content),
      () => content.map((byte, i) => (i === content.length - 1 ? byte + 1 : byte)),
    ];
    element.content = random.pick(choices)();
  },
  3: (element, random) => {
    const content = element.content as Uint8Array;
    const choices = [
      () => Uint8Array.of(random.below(9), ...content.subarray(1)),
      () => Uint8Array.of(...content, 0),
      () => content.slice(0, -1),
      () => Uint8Array.of(content[0] ?? 0, random.below(256), ...content.subarray(2)),
      () => new Uint8Array(random.below(2)),
    ];
    element.content = random.pick(choices)();
  },
  5: (element) => {
    element.content = Uint8Array.of(0);
  },
  6: (element, random) => {
    element.content = contentOf(der.oid(random.pick(OIDS)));
  },
  10: (element, random) => {
    element.content = Uint8Array.from(
      random.pick([[0], [1], [5], [6], [7], [8], [10], [11], [0xff], [0, 1], []]),
    );
  },
  12: changeString,
  19: changeString,
  22: changeString,
  23: changeTime,
  24: changeTime,
  134: (element, random) => {
    element.content = latin1(random.pick(STRINGS));
  },
};

function isExtension({ tag, content }: Element): boolean {
  if (tag !== 0x30 || !Array.isArray(content)) return false;
  return content[0]?.tag === 6 && content.at(-1)?.tag === 4;
}

/** Extensions are made critical or not, doubled, replaced and added. */
function changeExtension(extension: Element, siblings: Element[], index: number, random: Random): void {
  const fields = extension.content as Element[];
  switch (random.below(6)) {
    case 0:
      if (fields.length === 3) fields.splice(1, 1);
      else fields.splice(1, 0, { tag: 1, content: Uint8Array.of(0xff) });
      return;
    case 1:
      siblings.splice(index, 0, structuredClone(extension));
      return;
    case 2:
      siblings.splice(index, 1);
      return;
    case 3: {
      const last = fields.at(-1);
      if (last) last.content = random.pick(VALUES);
      return;
    }
    case 4:
      fields.splice(0, 1, ...(parse(der.oid(random.pick(EXTENSIONS))) ?? []));
      return;
    default:
      siblings.splice(index, 0, {
        tag: 0x30,
        content: [
          ...(parse(der.oid(random.pick(EXTENSIONS))) ?? []),
          ...(random.percent(50) ? [{ tag: 1, content: Uint8Array.of(0xff) }] : []),
          { tag: 4, content: random.pick(VALUES) },
        ],
      });
  }
}

const contentOf = (element: Uint8Array): Uint8Array => element.subarray(2);
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
