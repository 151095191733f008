import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import * as s from '../../src/encoding/schema.ts';

/** The same descriptions, written for both. */
const PAIRS: [string, s.Schema<unknown>, z.ZodMiniType][] = [
  ['strings', s.string({ min: 1, max: 3 }), z.string().check(z.minLength(1), z.maxLength(3))],
  ['booleans', s.boolean(), z.boolean()],
  ['numbers', s.number(), z.number()],
  ['sizes', s.size(), z.int().check(z.nonnegative())],
  ['choices', s.oneOf('a', 'b', 2), z.literal(['a', 'b', 2])],
  [
    'arrays',
    s.array(s.string(), { min: 1, max: 2 }),
    z.array(z.string()).check(z.minLength(1), z.maxLength(2)),
  ],
  ['records', s.record(s.string()), z.record(z.string(), z.string())],
  [
    'records of certain names',
    s.record(s.number(), s.string({ max: 1 })),
    z.record(z.string().check(z.maxLength(1)), z.number()),
  ],
  ['alternatives', s.either('string or number', s.string(), s.number()), z.union([z.string(), z.number()])],
  ['objects', s.object(ours()), z.object(theirs())],
  ['open objects', s.looseObject(ours()), z.looseObject(theirs())],
  ['closed objects', s.strictObject(ours()), z.strictObject(theirs())],
  [
    'nested objects',
    s.strictObject({ a: s.optional(s.array(s.object(ours()))), b: s.nullish(s.record(s.array(s.string()))) }),
    z.strictObject({
      a: z.optional(z.array(z.object(theirs()))),
      b: z.nullish(z.record(z.string(), z.array(z.string()))),
    }),
  ],
];

function ours() {
  return {
    a: s.string(),
    b: s.optional(s.number()),
    c: s.nullish(s.boolean()),
    d: s.nullable(s.array(s.unknown())),
  };
}

function theirs() {
  return {
    a: z.string(),
    b: z.optional(z.number()),
    c: z.nullish(z.boolean()),
    d: z.nullable(z.array(z.unknown())),
  };
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'constructor', 'toString', '__proto__');
const leaf = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'abcd',
    null,
    undefined,
    true,
    2,
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
  fc.string({ maxLength: 4 }),
  fc.constantFrom(new Map([['a', 'b']]), new Date(0), new Uint8Array(2), Symbol.iterator),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 5 })
    .map((members) => Object.fromEntries(members)),
}));

describe('a description by our own schemas', () => {
  it.each(PAIRS)('accepts, keeps and rejects the same values as that of zod: %s', (_, own, zod) => {
    fc.assert(
      fc.property(value, (given) => {
        const read = s.readShape(own, given);
        const expected = zod.safeParse(given);
        expect(read.faults === undefined).toBe(expected.success);
        if (!read.faults) expect(read.value).toEqual(expected.data);
        // A string that is too long for an array of zod has two faults; the first one is what a message names.
        else if (!own.name.includes('either'))
          expect(read.faults[0].path).toEqual(expected.error?.issues[0]?.path);
      }),
      { numRuns: 2000 },
    );
  });
});
