import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/encoding/json.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { failure, outcome } from './failure.ts';

const invalid = (input: string | Uint8Array) =>
  failure(() => parseJson(input, 'document'), 'ERR_ENCODING_INVALID');

describe('JSON from outside', () => {
  it('is what JSON.parse returns', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        if (!text.includes('"__proto__":')) expect(parseJson(text, 'document')).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it('may be given as bytes', () => {
    expect(parseJson(new TextEncoder().encode('{"ä":[1,"\\u00e4"]}'), 'document')).toEqual({ ä: [1, 'ä'] });
  });

  it.each([
    ['{"a":1,"a":2}', 'one after the other'],
    ['{"a":1,"b":{"a":1},"a":{}}', 'with others between'],
    ['{"a":1,"\\u0061":2}', 'one of them escaped'],
    ['{"\\ud83d\\ude00":1,"😀":2}', 'one of them escaped as surrogates'],
    ['{"a" \n :1,"a"\t:2}', 'with white space before the colon'],
    ['[{"x":[{"a":1,"a":1}]}]', 'deep inside'],
  ])('is rejected with a member twice: %s, %s', (text) => {
    expect(invalid(text)).toContain('twice');
  });

  it.each(['1e400', '[-1e309]', `{"a":${'9'.repeat(400)}}`])(
    'is rejected with a number that JSON.parse would make infinite: %.20s',
    (text) => {
      expect(invalid(text)).toBe('the document has a number that is out of range');
    },
  );

  it.each(['1e308', '-1.7976931348623157e308', '["1e400"]', '{"1e400":0}'])(
    'may have a number that is large, and any string: %s',
    (text) => {
      expect(parseJson(text, 'document')).toEqual(JSON.parse(text));
    },
  );

  it('quotes the name of a duplicate member', () => {
    expect(invalid('{"a\\n\\u202e":1,"a\\n\\u202e":2}')).toBe(
      'the document has the member "a\\n\\u{202e}" twice',
    );
  });

  it.each(['hvs.secret', '{"token":hvs.secret}', '{"\\x-secret":1}'])(
    'is not shown by the error when it is malformed, since it may be a secret: %j',
    (text) => {
      try {
        parseJson(text, 'document');
        expect.unreachable();
      } catch (error) {
        if (!isNotationError(error, 'ERR_ENCODING_INVALID')) throw error;
        expect(error.message).not.toContain('secret');
        expect(error.cause).toBeUndefined();
      }
    },
  );

  it('may have the same member name in different objects', () => {
    expect(parseJson('{"a":{"a":1},"b":[{"a":1},{"a":2}]}', 'document')).toBeTruthy();
  });

  it('may have a string value like a member name', () => {
    expect(parseJson('{"a":"a","b":["a","a"]}', 'document')).toBeTruthy();
  });

  it.each(['{"__proto__":1}', '{"a":[{"\\u005f_proto__":{}}]}'])(
    'is rejected with a prototype: %s',
    (text) => {
      expect(invalid(text)).toContain('__proto__');
    },
  );

  it.each([
    ['', 'nothing'],
    ['{', 'cut off'],
    ['{}}', 'trailing bytes'],
    ['{} {}', 'two values'],
    ['\ufeff{}', 'a byte order mark'],
    ["{'a':1}", 'other quotes'],
    ['{"a":1,}', 'a trailing comma'],
    ['NaN', 'no number'],
    ['"\t"', 'a raw control character'],
    ['{"a', 'an open string'],
    ['{"\\', 'an open escape'],
    ['{"\\x":1}', 'an unknown escape in a name'],
    ['// a\n{}', 'a comment'],
  ])('is rejected when malformed: %j, %s', (text) => {
    expect(invalid(text)).toContain('document');
  });

  it('is rejected when it is not UTF-8', () => {
    expect(invalid(Uint8Array.of(0x22, 0xff, 0x22))).toContain('UTF-8');
  });

  it('is rejected when nested deeper than 32', () => {
    expect(parseJson('['.repeat(32) + ']'.repeat(32), 'document')).toBeTruthy();
    expect(
      failure(() => parseJson('['.repeat(33) + ']'.repeat(33), 'document'), 'ERR_LIMIT_EXCEEDED'),
    ).toContain('the document is nested too deep or has too many values');
  });

  it('is rejected before the stack overflows when nested without end', () => {
    expect(failure(() => parseJson('[{"a":'.repeat(1_000_000), 'document'), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the document is nested too deep or has too many values',
    );
  });

  it('is rejected with more values than any honest document has', () => {
    expect(
      failure(() => parseJson(`[${'0,'.repeat(500_000)}0]`, 'document'), 'ERR_LIMIT_EXCEEDED'),
    ).toContain('the document is nested too deep or has too many values');
  });

  it('does not take brackets inside strings for structure', () => {
    expect(parseJson(JSON.stringify('[{'.repeat(1000)), 'document')).toBe('[{'.repeat(1000));
  });

  it('returns a value or throws a NotationError for any bytes', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0a1 \n'), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 60 })), (input) => {
        outcome(() => parseJson(input, 'document'));
      }),
      { numRuns: 1500 },
    );
  });
});
