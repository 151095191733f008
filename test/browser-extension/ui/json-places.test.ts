import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateJson } from '../../../examples/browser-extension/src/options/json-places.ts';

const at = (text: string, path: (string | number)[]) => {
  const { start, end } = locateJson(text).find(path);
  return text.slice(start, end);
};

describe('the places of a JSON document', () => {
  const text = '{ "a": [1, {"b": "x\\"y"}],\n  "c": null }';

  it.each<[(string | number)[], string]>([
    [[], text],
    [['a'], '"a": [1, {"b": "x\\"y"}]'],
    [['a', 0], '1'],
    [['a', 1, 'b'], '"b": "x\\"y"'],
    [['c'], '"c": null'],
  ])('are those of values with their names: %j', (path, expected) => {
    expect(at(text, path)).toBe(expected);
  });

  it('of a value that is missing is that of the value around it', () => {
    expect(at(text, ['a', 1, 'missing', 3])).toBe('{"b": "x\\"y"}');
  });

  it.each([
    ['{ "a": 1 "b": 2 }', '"'],
    ['[1, 2', '2'],
    ['{"a": tru}', 't'],
    ['{} x', 'x'],
    ['{"a": 01}', '1'],
    ["{'a': 1}", "'"],
    ['[1,]', ']'],
  ])('show where %s is not JSON', (text, expected) => {
    const { fault } = locateJson(text);
    expect(fault && text.slice(fault.start, fault.end)).toBe(expected);
  });

  it('of an empty text are at its start', () => {
    expect(locateJson('')).toMatchObject({ fault: { start: 0, end: 0 } });
  });

  it('end at a depth that no policy has', () => {
    expect(locateJson('['.repeat(100_000)).fault).toBeDefined();
  });

  it('are found in every document, without a fault', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const places = locateJson(text);
        expect(places.fault).toBeUndefined();
        const { start, end } = places.find([]);
        expect(JSON.parse(text.slice(start, end))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('agree with the parser of the engine on what is JSON', () => {
    const parses = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      ' ',
      '\\',
      '\u0085',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        expect(locateJson(text).fault === undefined).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });
});
