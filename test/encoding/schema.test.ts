import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { conform, refuseLookalikes } from '../../src/encoding/schema.ts';
import { failure } from './failure.ts';

const Shape = z.strictObject({ a: z.string(), list: z.optional(z.array(z.number())) });
const problem = (value: unknown) =>
  failure(() => conform(Shape, value, 'document', 'ERR_POLICY_INVALID'), 'ERR_POLICY_INVALID');

describe('a document of a certain shape', () => {
  it('is returned when it fits', () => {
    expect(conform(Shape, { a: 'b' }, 'document', 'ERR_POLICY_INVALID')).toEqual({ a: 'b' });
  });

  it('is refused with the place of what does not fit', () => {
    expect(problem({ a: 'b', list: [1, 'x'] })).toContain('"list.1": number expected');
  });

  it('is refused with the name of an unknown member', () => {
    expect(problem({ a: 'b', c: 1 })).toContain('unknown member "c"');
  });

  it.each([null, 1, 'text', [], undefined])('is refused when it is %j', (value) => {
    expect(problem(value)).toContain('object expected');
  });

  it('is refused in a message of bounded length', () => {
    expect(problem({ a: 'b', ['c'.repeat(10_000)]: 1 }).length).toBeLessThan(400);
  });
});

describe('a look-alike', () => {
  const refuse = (member: string) =>
    refuseLookalikes([member], ['crit', 'x5c', 'keyUsage'], 'header', 'ERR_ENVELOPE_INVALID');

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
