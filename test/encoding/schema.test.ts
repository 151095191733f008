import { describe, expect, it } from 'vitest';
import { conform, rejectLookalikes, tryConform } from '../../src/encoding/document.ts';
import * as s from '../../src/encoding/schema.ts';
import { failure } from './failure.ts';

const Shape = s.strictObject({ a: s.string(), list: s.optional(s.array(s.number())) });
const problem = (value: unknown) =>
  failure(() => conform(Shape, value, 'document', 'ERR_POLICY_INVALID'), 'ERR_POLICY_INVALID');

describe('a document of a certain shape', () => {
  it('is returned when it fits', () => {
    expect(conform(Shape, { a: 'b' }, 'document', 'ERR_POLICY_INVALID')).toEqual({ a: 'b' });
  });

  it('is rejected, and the error names the place', () => {
    expect(problem({ a: 'b', list: [1, 'x'] })).toContain('"list.1": number expected');
  });

  it('is rejected with the name of an unknown member', () => {
    expect(problem({ a: 'b', c: 1 })).toContain('unknown member "c"');
  });

  it.each([null, 1, 'text', [], undefined])('is rejected when it is %j', (value) => {
    expect(problem(value)).toContain('object expected');
  });

  it('is rejected in a message of bounded length', () => {
    expect(problem({ a: 'b', ['c'.repeat(10_000)]: 1 }).length).toBeLessThan(400);
  });
});

describe('a document that would forge a log line', () => {
  const Annotated = s.strictObject({ annotations: s.record(s.string()) });
  const refuse = (value: unknown) =>
    failure(() => conform(Annotated, value, 'document', 'ERR_MANIFEST_INVALID'), 'ERR_MANIFEST_INVALID');

  it('has the name of its malformed member quoted', () => {
    expect(refuse({ annotations: { 'a\n\u202e': 1 } })).toBe(
      'the document is malformed at "annotations.a\\n\\u{202e}": string expected',
    );
  });

  it('has the name of its unknown member quoted', () => {
    expect(refuse({ annotations: {}, 'a\u001b[2J': 1 })).toBe(
      'the document is malformed: it has the unknown member "a\\u001b[2J"',
    );
  });
});

describe('a document with more faults than a call has arguments', () => {
  const Listed = s.object({ entries: s.record(s.object({ texts: s.array(s.string()) })) });
  const value = { entries: { a: { texts: new Array(300_000).fill(1) } } };

  it('is rejected as any other', () => {
    expect(
      failure(() => conform(Listed, value, 'document', 'ERR_MANIFEST_INVALID'), 'ERR_MANIFEST_INVALID'),
    ).toBe('the document is malformed at "entries.a.texts.0": string expected');
  });

  it('does not conform', () => {
    expect(tryConform(Listed, value)).toBeUndefined();
  });
});

describe('a value that may have another shape', () => {
  it('is returned when it conforms', () => {
    expect(tryConform(Shape, { a: 'b' })).toEqual({ a: 'b' });
  });

  it('is undefined when it does not conform', () => {
    expect(tryConform(Shape, { a: 1 })).toBeUndefined();
  });

  it('does not hide a fault of the schema itself', () => {
    const rule = () => {
      throw new TypeError('a fault');
    };
    const broken = s.refine(s.string(), rule, 'a rule');
    expect(() => tryConform(broken, 'text')).toThrow(TypeError);
  });
});

describe('a look-alike', () => {
  const refuse = (member: string) =>
    rejectLookalikes([member], ['crit', 'x5c', 'keyUsage'], 'header', 'ERR_ENVELOPE_INVALID');

  it.each(['Crit', 'CRIT', 'X5C', 'keyusage', '\u212aeyusage', 'keyu\u017fage'])(
    'is a member that a parser which ignores case takes for another: %j',
    (member) => {
      expect(failure(() => refuse(member), 'ERR_ENVELOPE_INVALID')).toContain('letter case');
    },
  );

  it.each(['crit', 'critical', 'x5', ''])('is not %j', (member) => {
    refuse(member);
  });
});
