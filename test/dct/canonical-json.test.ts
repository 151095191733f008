import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCanonicalJson } from '../../src/dct/canonical-json.ts';
import { decodeUtf8 } from '../../src/encoding/bytes.ts';
import { canonicalText } from '../support/forge-trust.ts';

const textOf = (value: unknown) => decodeUtf8(encodeCanonicalJson(value));

describe('canonical JSON', () => {
  it.each([
    [{ b: [1, true, null], a: { y: '', x: false } }, '{"a":{"x":false,"y":""},"b":[1,true,null]}'],
    ['quote " and backslash \\', '"quote \\" and backslash \\\\"'],
    ['line\nbreak, tab\tand <&>', '"line\nbreak, tab\tand <&>"'],
    ['é and \u2028', '"é and \u2028"'],
    [-0, '0'],
    [1e3, '1000'],
    [2 ** 53, '9007199254740992'],
    [-(2 ** 63), '-9223372036854775808'],
    [{}, '{}'],
    [[], '[]'],
  ])('of %j is as the programs of notary write it', (value, text) => {
    expect(textOf(value)).toBe(text);
  });

  it('sorts names by their bytes in UTF-8', () => {
    expect(textOf({ '\u{1f600}': 1, '\uff01': 2 })).toBe('{"\uff01":2,"\u{1f600}":1}');
  });

  it.each([0.5, 2 ** 63, -(2 ** 64), 1e300])('has no number like %d', (value) => {
    expect(() => encodeCanonicalJson([value])).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_INVALID' }),
    );
  });

  it('of ASCII without control characters is JSON with sorted names', () => {
    const leaf = fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(leaf, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
    }));
    fc.assert(fc.property(tree, (value) => textOf(value) === canonicalText(value)));
  });
});
