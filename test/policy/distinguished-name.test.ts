import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDistinguishedName } from '../../src/encoding/distinguished-name.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { isSubset, parseDistinguishedName } from '../../src/policy/distinguished-name.ts';
import { failure } from './documents.ts';

const organizationOf = (text: string) => parseDistinguishedName(`O=${text}`).get('O');

const refusalOf = (text: string, code = 'ERR_ENCODING_INVALID') =>
  failure(() => parseDistinguishedName(text), code);

describe('the string of a distinguished name', () => {
  it('separates attributes by commas and semicolons', () => {
    expect([...parseDistinguishedName('C=US,ST=WA;O=Acme')]).toEqual([
      ['C', 'US'],
      ['ST', 'WA'],
      ['O', 'Acme'],
    ]);
  });

  it('may say S for ST', () => {
    expect(parseDistinguishedName('S=WA').get('ST')).toBe('WA');
  });

  it('keeps the case of types', () => {
    expect(parseDistinguishedName('cn=a').has('CN')).toBe(false);
  });

  it('may name types by object identifier', () => {
    expect(parseDistinguishedName('2.5.4.97=a').get('2.5.4.97')).toBe('a');
  });

  it('ignores spaces around types and values', () => {
    expect([...parseDistinguishedName('  C =  US , O = a  b ')]).toEqual([
      ['C', 'US'],
      ['O', 'a  b'],
    ]);
  });

  it.each([
    ['\\ a\\ ', ' a '],
    ['\\ ', ' '],
    ['a\\,b\\;c\\+d', 'a,b;c+d'],
    ['\\"\\#\\<\\=\\>\\\\', '"#<=>\\'],
    ['a=b#c', 'a=b#c'],
    ['"quoted"', '"quoted"'],
    ['\\41\\c3\\A9', 'Aé'],
    ['\\\\41', '\\41'],
    ['é€😀', 'é€😀'],
    ['a\\\\ ', 'a\\ '],
    [' #a', '#a'],
  ])('reads the value %s as %s', (text, value) => {
    expect(organizationOf(text)).toBe(value);
  });

  it.each([
    ['', 'in place of type=value'],
    ['C', 'has "C" in place of type=value'],
    ['C=US,', 'has "" in place of type=value'],
    ['C=US,,O=a', 'has "" in place of type=value'],
    ['C=US, O="Acme, Inc."', 'write a comma in a value as "\\,"'],
    ['O = "Acme, Inc., Ltd", C = US', 'write a comma in a value as "\\,"'],
    ['=a', 'malformed attribute type ""'],
    ['C\\,=a', 'malformed attribute type'],
    ['a b=c', 'malformed attribute type "a b"'],
    ['C=', 'has no value for "C"'],
    ['C=  ,O=a', 'has no value for "C"'],
    ['C=US,C=DE', 'more than one "C"'],
    ['S=WA,ST=WA', 'more than one "ST"'],
    ['C=US+O=a', 'joins attributes with "+"'],
    ['O=#0401', 'contains "=#"'],
    ['O=a=#b', 'contains "=#"'],
    ['O=a\\', 'unknown escape in "O"'],
    ['O=a\\x', 'unknown escape in "O"'],
    ['O=\\4', 'unknown escape in "O"'],
    ['O=\\ff', 'not UTF-8'],
    ['O=\ud800', 'not well-formed Unicode'],
  ])('cannot be %j', (text, reason) => {
    expect(refusalOf(text)).toContain(reason);
  });

  it('is bounded', () => {
    expect(refusalOf(`O=${'a'.repeat(8192)}`, 'ERR_LIMIT_EXCEEDED')).toContain('8192');
  });

  it('is a name or fails with a NotationError, for any string', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'C=,;+\\ #a4') }),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          expect(parseDistinguishedName(value).size).toBeGreaterThan(0);
        } catch (error) {
          if (!isNotationError(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back as it was', () => {
    const type = fc.constantFrom('C', 'ST', 'O', 'OU', 'CN', 'UID', '1.2.3');
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...' #=\\,+;a\u200b'), minLength: 1 }),
    );
    const pairs = fc.uniqueArray(fc.record({ type, value }), { minLength: 1, selector: (pair) => pair.type });
    fc.assert(
      fc.property(pairs, (name) => {
        const expected = new Map(name.map((pair) => [pair.type, pair.value]));
        expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('names compared', () => {
  const whole = parseDistinguishedName('C=US, ST=WA, O=Acme');

  it('are subsets when every attribute has the same value', () => {
    expect(isSubset(parseDistinguishedName('O=Acme, C=US'), whole)).toBe(true);
  });

  it('are not subsets when a value differs', () => {
    expect(isSubset(parseDistinguishedName('O=acme'), whole)).toBe(false);
  });

  it('are not subsets when an attribute is missing', () => {
    expect(isSubset(parseDistinguishedName('O=Acme, CN=a'), whole)).toBe(false);
  });
});

describe('isSubset of untyped callers', () => {
  const name = parseDistinguishedName('C=US, O=Acme');

  it.each<[string, unknown, unknown]>([
    ['a text to look for', 'xyz', name],
    ['pairs to look for', [], name],
    ['an object to look for', {}, name],
    ['a text to look in', name, 'C=US, O=Acme'],
    ['nothing to look in', name, undefined],
  ])('rejects %s', (_, part, whole) => {
    const check = () => isSubset(part as typeof name, whole as typeof name);
    expect(failure(check, 'ERR_ARGUMENT_INVALID')).toContain('parseDistinguishedName');
  });
});
