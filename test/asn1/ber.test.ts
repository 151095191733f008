import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDer as toDerBy } from '../../src/asn1/ber.ts';
import { tokenRules } from '../../src/x509/timestamp/token-rules.ts';
import { failure, outcome } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import { forgeTimestampAuthority, forgeToken } from '../support/forge-timestamp.ts';

const toDer = (ber: Uint8Array) => toDerBy(ber, tokenRules);
const bytes = (...bytes: number[]) => Uint8Array.from(bytes);

/** A tree of elements: content, or elements inside. */
type Tree = Uint8Array | Tree[];
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('tree'), { maxLength: 4 }),
  ),
}));
const bytesOfLength = fc.integer({ min: 0, max: 8 });

/** Encodes a tree; `pad` says how many bytes a length has at least, so that it is BER. */
function encode(node: Tree, pad: () => number): Uint8Array {
  const constructed = Array.isArray(node);
  const content = constructed ? der.concat(node.map((child) => encode(child, pad))) : node;
  const size = pad();
  const tag = constructed ? 0x30 : 0x04;
  if (size === 0) return der.element(tag, content);
  const length = [...der.integer(content.length).subarray(2)];
  while (length.length < size) length.unshift(0);
  return der.concat([bytes(tag, 0x80 | length.length, ...length), content]);
}

describe('BER', () => {
  it('that is DER comes out byte for byte', () => {
    const same = (node: Tree) => {
      expect(toDer(encode(node, () => 0))).toEqual(encode(node, () => 0));
    };
    fc.assert(fc.property(tree, same));
  });

  it('with lengths that are not minimal becomes DER', () => {
    const become = (node: Tree, sizes: number[]) => {
      let i = 0;
      const ber = encode(node, () => sizes[i++ % sizes.length] ?? 0);
      expect(toDer(ber)).toEqual(encode(node, () => 0));
    };
    fc.assert(fc.property(tree, fc.array(bytesOfLength, { minLength: 1 }), become));
  });

  it('that is a token comes out byte for byte', () => {
    const { leaf } = forgeTimestampAuthority();
    const token = forgeToken({ info: { signature: bytes(1) }, signers: { signer: leaf } });
    expect(toDer(token)).toEqual(token);
  });

  it('keeps the order of a SET', () => {
    const set = der.set(der.integer(2), der.integer(1));
    expect(toDer(set)).toEqual(set);
  });

  it('does not look into OCTET STRINGs', () => {
    const string = der.octetString(bytes(0x30, 0x81, 0x00));
    expect(toDer(string)).toEqual(string);
  });

  it('is not changed in place', () => {
    const ber = bytes(0x30, 0x81, 0x02, 0x05, 0x00);
    expect(toDer(ber)).toEqual(bytes(0x30, 0x02, 0x05, 0x00));
    expect(ber).toEqual(bytes(0x30, 0x81, 0x02, 0x05, 0x00));
  });

  it.each([
    ['nothing', bytes()],
    ['a tag alone', bytes(0x30)],
    ['a length that is cut off', bytes(0x30, 0x82, 0x01)],
    ['content that is cut off', bytes(0x30, 0x02, 0x05)],
    ['an element that is longer than what holds it', bytes(0x30, 0x02, 0x04, 0x01, 0x00)],
    ['trailing bytes', bytes(0x05, 0x00, 0x00)],
    ['an indefinite length', bytes(0x30, 0x80, 0x05, 0x00, 0x00, 0x00)],
    ['a length of nine bytes', bytes(0x04, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['the reserved length', bytes(0x04, 0xff, 0)],
    ['a length beyond what numbers hold', bytes(0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['a length of 2^53', bytes(0x04, 0x88, 0, 0x20, 0, 0, 0, 0, 0, 0)],
    ['a tag number of 31', bytes(0x1f, 0x1f, 0x00)],
  ])('of %s is rejected', (_, ber) => {
    failure(() => toDer(ber), 'ERR_TIMESTAMP_INVALID');
  });

  it('of more than 1 MiB is rejected', () => {
    failure(() => toDer(new Uint8Array(1024 * 1024 + 1)), 'ERR_LIMIT_EXCEEDED');
    const largest = der.octetString(new Uint8Array(1024 * 1024 - 5));
    expect(largest).toHaveLength(1024 * 1024);
    expect(Buffer.compare(toDer(largest), largest)).toBe(0);
  });

  it('that is nested too deeply is rejected', () => {
    const nested = (depth: number) => {
      let inner = der.nullValue();
      for (let i = 0; i < depth; i++) inner = der.sequence(inner);
      return inner;
    };
    expect(toDer(nested(24))).toEqual(nested(24));
    failure(() => toDer(nested(40)), 'ERR_TIMESTAMP_INVALID');
    failure(() => toDer(nested(5000)), 'ERR_TIMESTAMP_INVALID');
  });

  it('of too many elements is rejected', () => {
    const nulls = (count: number) => der.sequence(new Uint8Array(2 * count).map((_, i) => (i % 2 ? 0 : 5)));
    expect(toDer(nulls(19_000))).toEqual(nulls(19_000));
    failure(() => toDer(nulls(500_000)), 'ERR_TIMESTAMP_INVALID');
  });

  it('of any bytes is read or rejected with an error of notarykit', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (random) => void outcome(() => toDer(random))));
  });
});

describe('toDer of a streamed element', () => {
  const rules = { what: 'file', code: 'ERR_KEY_INVALID', maxBytes: 1000, streamed: true } as const;
  const streamed = (ber: Uint8Array) => toDerBy(ber, rules);

  it('replaces indefinite lengths by definite ones', () => {
    const inner = bytes(0x30, 0x80, 0x02, 0x01, 7, 0, 0);
    expect(streamed(bytes(0x30, 0x80, ...inner, 0x05, 0x00, 0, 0))).toEqual(
      bytes(0x30, 0x07, 0x30, 0x03, 0x02, 0x01, 7, 0x05, 0x00),
    );
  });

  it('joins an octet string that comes in pieces', () => {
    const pieces = bytes(0x24, 0x80, 0x04, 0x02, 1, 2, 0x04, 0x01, 3, 0, 0);
    expect(streamed(pieces)).toEqual(bytes(0x04, 0x03, 1, 2, 3));
    expect(streamed(bytes(0x24, 0x04, 0x04, 0x02, 1, 2))).toEqual(bytes(0x04, 0x02, 1, 2));
  });

  it.each([
    ['an indefinite length that nothing ends', [0x30, 0x80, 0x02, 0x01, 7]],
    ['a primitive of indefinite length', [0x04, 0x80, 1, 0, 0]],
    ['an end that is beyond what is around', [0x30, 0x04, 0x30, 0x80, 0x05, 0x00, 0, 0]],
    ['pieces that are not octet strings', [0x24, 0x80, 0x02, 0x01, 7, 0, 0]],
    ['something after the end', [0x30, 0x80, 0, 0, 0x05, 0x00]],
    ['elements nested too deeply', Array(200).fill([0x30, 0x80]).flat()],
  ])('rejects %s', (_, bytes) => {
    expect(() => streamed(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_INVALID' }),
    );
  });

  it('fails with typed errors only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const made = outcome(() => streamed(bytes));
        if (made) expect(streamed(made)).toEqual(made);
      }),
    );
  });
});
