import fc from 'fast-check';
import * as der from '../support/der.ts';

/** Changes to DER: to elements, after which the lengths around them are right again, and then to single bytes. */
export interface DerChanges {
  elements: readonly Change<ElementChange>[];
  bytes: readonly Change<ByteChange>[];
}

interface Change<Kind> {
  kind: Kind;
  /** Which element, or which byte; taken modulo their number. */
  at: number;
  by: number;
}

export const ELEMENT_CHANGES = [
  'remove',
  'repeat',
  'swap',
  'move',
  'retag',
  'flip',
  'empty',
  'prepend',
  'append',
  'cut',
  'long length',
  'indefinite length',
] as const;
export const BYTE_CHANGES = ['flip', 'add', 'truncate', 'append'] as const;
type ElementChange = (typeof ELEMENT_CHANGES)[number];
type ByteChange = (typeof BYTE_CHANGES)[number];

const OCTET_STRING = 0x04;
/** Tags, and bytes with a meaning of their own at the start of a content. */
const BYTES = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x17, 0x18, 0x30, 0x31, 0x7f, 0x80, 0x81, 0xa0, 0xa1,
  0xff,
];

const changes = <Kind>(kinds: readonly Kind[], maxLength: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      at: fc.nat(9999),
      by: fc.oneof(fc.constantFrom(...BYTES), fc.nat(255)),
    }),
    { maxLength },
  );

/** Up to two changes to elements, and up to one to bytes. */
export const derChanges: fc.Arbitrary<DerChanges> = fc.record({
  elements: changes(ELEMENT_CHANGES, 2),
  bytes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, changes(BYTE_CHANGES, 1)),
});

/** Makes the changes one after another. */
export function mutateDer(bytes: Uint8Array, { elements, bytes: raw }: DerChanges): Uint8Array {
  const roots = parse(bytes) ?? [];
  for (const change of elements) changeElement(roots, change);
  return raw.reduce(changeByte, der.concat(roots.map(encode)));
}

/** Reports whether bytes are elements, one after another, of definite lengths, none of which reaches beyond the one around it. */
export function isFramed(bytes: Uint8Array): boolean {
  return parse(bytes) !== undefined;
}

/** The same elements with lengths in the fewest bytes, also inside OCTET STRINGs that hold DER. */
export function withMinimalLengths(bytes: Uint8Array): Uint8Array {
  return der.concat((parse(bytes) ?? []).map(encode));
}

/** An element with the elements inside; also with those inside an OCTET STRING that holds DER. */
export interface Element {
  tag: number;
  content: Uint8Array | Element[];
  form?: 'long' | 'indefinite';
}

export function parse(bytes: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(offset);
    const size = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + size;
    const length =
      size === 0 ? first : bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    offset = start + length;
    if (offset > bytes.length || first === 0x80) return undefined;
    const content = bytes.subarray(start, offset);
    const constructed = (tag & 0x20) !== 0;
    const nested = constructed || tag === OCTET_STRING ? parse(content) : undefined;
    if (constructed && !nested) return undefined;
    elements.push({ tag, content: nested ?? content });
  }
  return elements;
}

export function encode({ tag, content, form }: Element): Uint8Array {
  const bytes = content instanceof Uint8Array ? content : der.concat(content.map(encode));
  if (form === 'indefinite') return der.concat([Uint8Array.of(tag, 0x80), bytes, Uint8Array.of(0, 0)]);
  const { length } = bytes;
  if (form === 'long')
    return der.concat([Uint8Array.of(tag, 0x83, length >> 16, length >> 8, length), bytes]);
  return der.element(tag, bytes);
}

function changeElement(roots: Element[], { kind, at, by }: Change<ElementChange>): void {
  const all = [...each(roots)];
  const found = all[at % (all.length || 1)];
  if (!found) return;
  const { siblings, index, element } = found;
  const bytes = () =>
    element.content instanceof Uint8Array ? element.content : der.concat(element.content.map(encode));
  switch (kind) {
    case 'remove':
      siblings.splice(index, 1);
      return;
    case 'repeat':
      siblings.splice(index, 0, structuredClone(element));
      return;
    case 'swap':
      siblings.splice(index, 2, ...siblings.slice(index, index + 2).reverse());
      return;
    case 'move':
      siblings.splice(index, 1, structuredClone(all[(at + by) % all.length]?.element ?? element));
      return;
    case 'retag':
      element.tag = by;
      return;
    case 'flip': {
      const content = bytes();
      const bit = (at * 7 + by) % (8 * content.length || 1);
      element.content = content.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      return;
    }
    case 'empty':
      element.content = new Uint8Array();
      return;
    case 'prepend':
      element.content = Uint8Array.of(by, ...bytes());
      return;
    case 'append':
      element.content = Uint8Array.of(...bytes(), by);
      return;
    case 'cut':
      element.content = bytes().slice(0, -1);
      return;
    case 'long length':
      element.form = 'long';
      return;
    case 'indefinite length':
      element.form = 'indefinite';
      return;
  }
}

export function* each(
  siblings: Element[],
): Generator<{ siblings: Element[]; index: number; element: Element }> {
  for (const [index, element] of siblings.entries()) {
    yield { siblings, index, element };
    if (Array.isArray(element.content)) yield* each(element.content);
  }
}

function changeByte(bytes: Uint8Array, { kind, at, by }: Change<ByteChange>): Uint8Array {
  const i = at % (bytes.length || 1);
  switch (kind) {
    case 'flip':
      return bytes.map((byte, index) => (index === i ? byte ^ (1 << (by & 7)) : byte));
    case 'add':
      return bytes.map((byte, index) => (index === i ? byte + (by % 2 === 0 ? 1 : -1) : byte));
    case 'truncate':
      return bytes.slice(0, i);
    case 'append':
      return der.concat([bytes, Uint8Array.of(by)]);
  }
}
