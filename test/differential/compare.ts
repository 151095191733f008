import fc from 'fast-check';
import { expect } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import { type DerChanges, derChanges, isFramed, mutateDer } from './mutate-der.ts';

/** A part that our reader keeps as bytes and the other reader parses at once. */
export interface KeptPart {
  what: string;
  bytes: Uint8Array;
  /** The other reader of such a part; throws if it refuses it. */
  read: (bytes: Uint8Array) => unknown;
}

/** What our reader reads: the fields to compare, and the parts that it keeps as bytes. */
export interface OurReading {
  fields: unknown;
  kept: readonly KeptPart[];
}

/** Two independent readers of one format, and why only one of them accepts some inputs. */
export interface Comparison {
  /** Honest inputs, which are read and then changed. */
  seeds: readonly Uint8Array[];
  /** Honest inputs that are only read. */
  unchanged?: readonly Uint8Array[];
  ours: (bytes: Uint8Array) => OurReading | Promise<OurReading>;
  /** The same fields, by the other reader. */
  theirs: (bytes: Uint8Array) => unknown;
  /** Why ours rejects what the other accepts: the reason that ours gives, and which rule it is. */
  stricter: readonly Difference[];
  /** Why ours accepts what the other rejects, beyond the parts that it keeps as bytes. */
  laxer?: readonly Difference[];
}

export type Difference = readonly [reason: RegExp, why: string];

/** The rules of DER (X.690), which asn1js does not check. */
export const DER_RULES: readonly Difference[] = [
  [/has a length that is not minimal$/, 'X.690, 10.1: a length has the fewest bytes'],
  [/has an indefinite or oversized length$/, 'X.690, 10.1: a length is definite'],
  [
    /has trailing bytes$/,
    'asn1js ignores bytes after an element, and pkijs elements after the last one it knows',
  ],
  [/is cut off$/, 'asn1js lets an element reach beyond the one around it'],
  [/has a malformed BOOLEAN$/, 'X.690, 11.1: a BOOLEAN is 00 or FF'],
  [/has a malformed INTEGER$/, 'X.690, 8.3.2: an INTEGER has the fewest bytes, and one at least'],
  [/has a malformed OBJECT IDENTIFIER$/, 'X.690, 8.19: an arc is not padded, and the last one is complete'],
  [/has a malformed BIT STRING$/, 'X.690, 11.2: unused bits are zero'],
  [/has a tag number of 31 or more$/, 'no field of these formats has such a tag'],
];

/**
 * Reads any input with both readers. Fails unless both reject it, both read the same, or the difference is one that is
 * explained; returns its explanation, if there is one.
 */
export async function compare(bytes: Uint8Array, comparison: Comparison): Promise<string | undefined> {
  const [ours, theirs] = [
    await attempt(() => comparison.ours(bytes)),
    await attempt(() => comparison.theirs(bytes)),
  ];
  if ('error' in ours && !isNotationError(ours.error)) throw ours.error;
  if ('error' in ours && 'error' in theirs) return undefined;
  if ('error' in ours) return explain(ours.error, comparison.stricter, 'rejected by ours alone');
  const refused = ours.value.kept.find((part) => !isFramed(part.bytes) || isRefused(part));
  if ('error' in theirs) {
    return refused
      ? `ours keeps ${refused.what} as bytes`
      : explain(theirs.error, comparison.laxer ?? [], 'accepted by ours alone');
  }
  // An element that extends beyond its parent shifts all later fields, for a reader that accepts it.
  if (refused && !isFramed(refused.bytes)) return `ours keeps ${refused.what} as bytes`;
  expect(ours.value.fields).toEqual(theirs.value);
  return undefined;
}

/** Compares both readers on changed inputs; returns the explanations that were needed. */
export async function compareMutants(
  comparison: Comparison,
  parameters: { numRuns: number; seed: number },
): Promise<Set<string>> {
  const explanations = new Set<string>();
  const property = async (seed: Uint8Array, changes: DerChanges) => {
    const explanation = await compare(mutateDer(seed, changes), comparison);
    if (explanation !== undefined) explanations.add(explanation);
  };
  await fc.assert(fc.asyncProperty(fc.constantFrom(...comparison.seeds), derChanges, property), parameters);
  return explanations;
}

type Attempt<T> = { value: T } | { error: unknown };

async function attempt<T>(read: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error };
  }
}

function isRefused({ read, bytes }: KeptPart): boolean {
  try {
    read(bytes);
    return false;
  } catch {
    return true;
  }
}

function explain(error: unknown, differences: readonly Difference[], what: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const why = differences.find(([reason]) => reason.test(text))?.[1];
  if (why === undefined) throw new Error(`${what}, which nothing explains: ${text}`, { cause: error });
  return why;
}
