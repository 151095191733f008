import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { parseJson } from './json.ts';
import { type Fault, readShape, type Schema } from './schema.ts';

/**
 * Parses a JSON document and validates it against a schema.
 *
 * @param what - The name of the document, for the error.
 * @param code - The code of the error, also for a document that is not JSON.
 * @param maxValues - As `parseJson` takes it.
 * @throws NotationError of that code, or `ERR_LIMIT_EXCEEDED`.
 */
export function parseDocument<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  what: string,
  code: ErrorCode,
  maxValues?: number,
): T {
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
export function conform<T>(schema: Schema<T>, value: unknown, what: string, code: ErrorCode): T {
  const read = readShape(schema, value);
  if (!read.faults) return read.value;
  const [{ path, problem }] = read.faults;
  const where = path.length > 0 ? ` at ${quote(path.join('.'))}` : '';
  throw new NotationError(code, `the ${what} is malformed${where}: ${describe(problem)}`);
}

/** Validates a value from outside against a schema; returns `undefined` if it does not conform. */
export function tryConform<T>(schema: Schema<T>, value: unknown): T | undefined {
  const read = readShape(schema, value);
  return read.faults ? undefined : read.value;
}

function describe(problem: Fault['problem']): string {
  switch (problem.kind) {
    case 'type':
      return `${problem.expected} expected`;
    case 'choice':
      return `${problem.choices.map((choice) => JSON.stringify(choice)).join(' or ')} expected`;
    case 'unknown':
      return `it has the unknown member ${quote(problem.names[0])}`;
    case 'empty':
      return 'it is empty';
    case 'long':
      return `at most ${problem.max} ${problem.unit} expected`;
    case 'rule':
      return problem.message;
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
