import type * as z from 'zod/mini';
import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { parseJson } from './json.ts';

/**
 * Parses a JSON document and validates it against a schema.
 *
 * @param what - The name of the document, for the error.
 * @param code - The code of the error, also for a document that is not JSON.
 * @param maxValues - As `parseJson` takes it.
 * @throws NotationError of that code, or `ERR_LIMIT_EXCEEDED`.
 */
export function parseDocument<T extends z.ZodMiniType>(
  schema: T,
  bytes: Uint8Array,
  what: string,
  code: ErrorCode,
  maxValues?: number,
): z.infer<T> {
  return conform(schema, parse(bytes, what, code, maxValues), what, code);
}

function parse(bytes: Uint8Array, what: string, code: ErrorCode, maxValues?: number): unknown {
  try {
    return parseJson(bytes, what, maxValues);
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    throw new NotationError(code, cause.message, { cause });
  }
}

/**
 * Validates a value from outside against a schema.
 *
 * @param what - The name of the document, for the error.
 * @param code - The code of the error.
 * @throws NotationError of that code, naming the first member that does not fit.
 */
export function conform<T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
  what: string,
  code: ErrorCode,
): z.infer<T> {
  const result = check(schema, value);
  if (result.success) return result.data;
  const issue = result.error?.issues[0];
  const path = issue?.path.map(String).join('.');
  const where = path ? ` at ${quote(path)}` : '';
  throw new NotationError(code, `the ${what} is malformed${where}: ${describe(issue)}`);
}

/** Validates a value from outside against a schema; returns `undefined` if it does not conform. */
export function tryConform<T extends z.ZodMiniType>(schema: T, value: unknown): z.infer<T> | undefined {
  const result = check(schema, value);
  return result.success ? result.data : undefined;
}

type Result<T extends z.ZodMiniType> =
  | { success: true; data: z.infer<T> }
  | { success: false; error?: z.core.$ZodError };

/** zod passes lists of issues as arguments of one call: very many issues overflow the stack. */
function check<T extends z.ZodMiniType>(schema: T, value: unknown): Result<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { success: false };
  }
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return `it has the unknown member ${quote(issue.keys[0])}`;
    case 'invalid_type':
      return `${issue.expected} expected`;
    case 'invalid_value':
      return `${issue.values.map((value) => JSON.stringify(value)).join(' or ')} expected`;
    case 'invalid_key':
    case 'invalid_element':
      return describe(issue.issues[0]);
    case undefined:
      return 'it has too many faults';
    default:
      return issue?.message || (issue?.code ?? 'unexpected value').replaceAll('_', ' ');
  }
}

/**
 * Rejects members whose names differ from known ones by letter case only: parsers that ignore case, such as Go's,
 * read them as the known ones.
 * @throws NotationError with the given code
 */
export function rejectLookalikes(
  members: Iterable<string>,
  known: readonly string[],
  what: string,
  code: ErrorCode,
): void {
  const folded = new Map(known.map((name) => [fold(name), name]));
  for (const member of members) {
    const name = folded.get(fold(member));
    if (name !== undefined && name !== member) {
      throw new NotationError(
        code,
        `the ${what} has a member that differs from "${name}" by letter case only`,
      );
    }
  }
}

/** Upper-casing first also folds characters such as the long s, which lower-casing leaves alone. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
