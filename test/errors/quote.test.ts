import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnprintable, oneLine, printableLine, quote } from '../../src/errors/quote.ts';

describe('quote', () => {
  it('writes text as a JSON string', () => {
    expect(quote('a "b"')).toBe('"a \\"b\\""');
  });

  it('escapes characters that could forge a line of a log', () => {
    expect(quote('a\nb\u2028c\u202ed\u009b')).toBe('"a\\nb\\u{2028}c\\u{202e}d\\u{9b}"');
  });

  it('marks text that it truncates', () => {
    expect(quote('x'.repeat(10), 4)).toBe('"xxxx…"');
  });

  it('never cuts a character in half', () => {
    expect(quote('abc😀', 4)).toBe('"abc…"');
  });

  it('stays on one line for any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(quote(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('escapeUnprintable', () => {
  it('keeps printable characters', () => {
    expect(escapeUnprintable('Müller, 株式会社')).toBe('Müller, 株式会社');
  });
});

describe('printableLine', () => {
  it('escapes characters that could forge another line', () => {
    expect(printableLine('  indented\nforged')).toBe('  indented\\u{a}forged');
  });

  it.each([
    ['::set-output name=a::b', ':\\u{3a}set-output name=a::b'],
    ['  ::error::forged', '  :\\u{3a}error::forged'],
    ['a ##[stop-commands]b', 'a #\\u{23}[stop-commands]b'],
    ['a ##vso[task.complete]', 'a #\\u{23}vso[task.complete]'],
  ])('takes the effect of the CI command %s', (command, line) => {
    expect(printableLine(command)).toBe(line);
  });

  it('truncates long lines', () => {
    expect(printableLine('x'.repeat(2000))).toBe(`${'x'.repeat(1000)}…`);
  });
});

describe('oneLine', () => {
  it('puts text of several lines on one', () => {
    expect(oneLine('  denied:\r\n\tno access ')).toBe('denied: no access');
  });

  it('keeps no more than the limit', () => {
    expect(oneLine('word '.repeat(1000), 9)).toBe('word word…');
  });
});
