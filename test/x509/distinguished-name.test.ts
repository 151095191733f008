import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import {
  type Dialect,
  formatDistinguishedName,
  isSubset,
  missingMandatoryAttributes,
  parseDistinguishedName,
  subjectIdentity,
} from '../../src/x509/distinguished-name.ts';

const organizationOf = (text: string) => parseDistinguishedName(`O=${text}`).get('O');
const attributes = (...pairs: [type: string, value: string][]) =>
  pairs.map(([type, value]) => ({ type, value }));

function failure(action: () => unknown, code = 'ERR_ENCODING_INVALID'): string {
  try {
    action();
  } catch (error) {
    if (!isNotationError(error, code as 'ERR_ENCODING_INVALID')) throw error;
    return error.message;
  }
  throw new Error('it did not fail');
}

describe('the text of a distinguished name', () => {
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
    ['', 'where type=value belongs'],
    ['C', 'has "C" where type=value belongs'],
    ['C=US,', 'has "" where type=value belongs'],
    ['C=US,,O=a', 'has "" where type=value belongs'],
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
    expect(failure(() => parseDistinguishedName(text))).toContain(reason);
  });

  it('is bounded', () => {
    expect(failure(() => parseDistinguishedName(`O=${'a'.repeat(8192)}`), 'ERR_LIMIT_EXCEEDED')).toContain(
      '8192',
    );
  });

  it('is a name or fails with a NotationError, whatever it is', () => {
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
});

describe('a name as people read it', () => {
  it('has the last attribute first', () => {
    expect(formatDistinguishedName(attributes(['C', 'US'], ['O', 'Acme'], ['CN', 'x']))).toBe(
      'CN=x,O=Acme,C=US',
    );
  });

  it('escapes what has a meaning', () => {
    expect(formatDistinguishedName(attributes(['O', ' a,b+c"d\\e<f>g;h ']))).toBe(
      'O=\\ a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ',
    );
  });

  it('escapes what cannot be seen', () => {
    expect(formatDistinguishedName(attributes(['O', 'a\n\u202eb\0']))).toBe('O=a\\0a\\e2\\80\\aeb\\00');
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

  it('are no subsets when a value differs', () => {
    expect(isSubset(parseDistinguishedName('O=acme'), whole)).toBe(false);
  });

  it('are no subsets when an attribute is missing', () => {
    expect(isSubset(parseDistinguishedName('O=Acme, CN=a'), whole)).toBe(false);
  });

  it('lack C, ST or O', () => {
    expect(missingMandatoryAttributes(whole)).toEqual([]);
    expect(missingMandatoryAttributes(parseDistinguishedName('CN=a'))).toEqual(['C', 'ST', 'O']);
  });
});

describe('the subject of a certificate as an identity', () => {
  const acme = attributes(['C', 'US'], ['ST', 'WA'], ['O', 'Acme']);
  const refusal = (extra: [string, string][], dialect: Dialect = 'spec') =>
    failure(() => subjectIdentity([...acme, ...attributes(...extra)], dialect), 'ERR_IDENTITY_UNTRUSTED');

  it('has every attribute', () => {
    expect([...subjectIdentity(acme, 'spec').keys()]).toEqual(['C', 'ST', 'O']);
  });

  it('may have an empty attribute, which is as good as none', () => {
    expect(subjectIdentity([...acme, { type: 'OU', value: '' }], 'spec').has('OU')).toBe(false);
  });

  it.each([
    ['a type without a name in the reference', [['UID', '1']], 'has the attribute "UID"'],
    ['a repeated type', [['O', 'Other']], 'has more than one "O"'],
    ['a type repeated empty', [['O', '']], 'has more than one "O"'],
    ['a value that reads as an encoding', [['CN', 'a=#b']], 'has "=#" in "CN"'],
  ] as [string, [string, string][], string][])(
    'with %s is untrusted by the specification',
    (_, extra, reason) => {
      expect(refusal(extra)).toContain(reason);
    },
  );

  it.each(['C', 'ST', 'O'])('with an empty %s is untrusted by the specification', (type) => {
    const subject = acme.map((pair) => (pair.type === type ? { type, value: '' } : pair));
    const message = failure(() => subjectIdentity(subject, 'spec'), 'ERR_IDENTITY_UNTRUSTED');
    expect(message).toContain(`has no ${type}`);
    expect(message).toContain('"extended"');
  });

  it('keeps what is not ambiguous in the dialect extended', () => {
    const subject = attributes(
      ['UID', '1'],
      ['DC', 'example'],
      ['DC', 'com'],
      ['CN', 'a=#b'],
      ['OU', ''],
      ['OU', 'x'],
    );
    expect([...subjectIdentity(subject, 'extended')]).toEqual([
      ['UID', '1'],
      ['CN', 'a=#b'],
    ]);
  });

  it('shows a long subject shortened', () => {
    expect(refusal([['UID', 'x'.repeat(10_000)]]).length).toBeLessThan(700);
  });
});
