import { isNotationError, NotationError } from '../errors/index.ts';
import { oneLine, quote } from '../errors/quote.ts';
import { MAX_TIMEOUT, onAbort, throwIfAborted, untilAborted } from '../net/abort.ts';
import { type Reference, referenceText, repositoryName } from '../oci/reference.ts';
import { readReference } from '../storage/read-reference.ts';
import { applicableStatement } from './applicable-statement.ts';
import { asCompleted } from './as-completed.ts';
import {
  type EvaluateAllOptions,
  type ListedReference,
  type LocatedReference,
  readEvaluateAllOptions,
} from './evaluate-all-options.ts';
import type { ArtifactSource } from './evaluate-artifact.ts';
import type { Evaluated, EvaluationResult, NotEvaluated } from './evaluation-result.ts';
import { readStores } from './named-stores.ts';
import type { VerifyOptions } from './options.ts';
import type { VerificationReport } from './report.ts';

/**
 * The results for many references. Iterate over it to get each result as soon as there is one; while you work on a result
 * nothing new begins. Nothing is fetched before the iteration begins, and each iteration evaluates again.
 */
export interface EvaluationResults extends AsyncIterable<EvaluationResult> {
  /**
   * Evaluates all references.
   * @returns The results in the order of the references.
   */
  all(): Promise<EvaluationResult[]>;
}

/** The references to evaluate: an array, or any other iterable, which is read as it is needed. */
export type ReferenceList = Iterable<ListedReference> | AsyncIterable<ListedReference>;

/** How one reference is evaluated, and with what. */
export interface EvaluationSource extends ArtifactSource {
  readonly evaluate: (reference: string | Reference, options: VerifyOptions) => Promise<VerificationReport>;
}

/**
 * Evaluates references, a few at a time, and yields each result as soon as there is one.
 * @throws NotationError before any request if an argument or a trust store must be corrected: `ERR_ARGUMENT_INVALID`,
 * `ERR_USER_METADATA_INVALID`, `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`; later `ERR_ABORTED`, and whatever
 * `onResult` or the iteration over the references throws
 */
export async function* evaluateEach(
  references: ReferenceList,
  given: EvaluateAllOptions,
  source: EvaluationSource,
): AsyncGenerator<EvaluationResult> {
  const { registry, setup } = source;
  const { limits } = setup;
  const request = readEvaluateAllOptions(references, given, { registry, limits });
  const { concurrency, onResult, deadline, signal, ...options } = request;
  throwIfAborted(signal, WHAT);
  const total = Array.isArray(references) ? references.length : undefined;
  if (Array.isArray(references)) await checkTrustStores(references, source);
  const stop = stopAt(deadline, signal);
  const outcomeOf = sharing(repeatedIn(references), (reference) =>
    evaluateOne(reference, { signal: stop.signal, ...options }, source),
  );
  let done = 0;
  const evaluate = async (item: ListedReference, index: number): Promise<EvaluationResult> => {
    const { reference, location } = located(item);
    const outcome = await outcomeOf(reference);
    const result = { index, reference: nameOf(reference), ...(location && { location }), ...outcome };
    throwIfAborted(signal, WHAT);
    done += 1;
    onResult?.(result, { done, ...(total !== undefined && { total }) });
    return result;
  };
  try {
    yield* asCompleted(untilStopped(references, stop.signal), evaluate, concurrency);
  } finally {
    stop.release();
  }
}

const WHAT = 'the evaluation of many references';

type Outcome = Evaluated<VerificationReport> | NotEvaluated;

/** Evaluates one reference. Whatever goes wrong is its result. */
async function evaluateOne(
  reference: string | Reference,
  options: VerifyOptions,
  { evaluate }: EvaluationSource,
): Promise<Outcome> {
  try {
    return { report: await evaluate(reference, options) };
  } catch (error) {
    return { error: asNotationError(error) };
  }
}

/** Returns the references that an array has more than once, by their names. */
function repeatedIn(references: ReferenceList): ReadonlySet<string> {
  const [seen, repeated] = [new Set<string>(), new Set<string>()];
  for (const item of Array.isArray(references) ? references : []) {
    const name = nameOf(located(item).reference);
    if (seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return repeated;
}

/** Evaluates the references that are repeated only once; the others are not kept. */
function sharing(
  repeated: ReadonlySet<string>,
  evaluate: (reference: string | Reference) => Promise<Outcome>,
): (reference: string | Reference) => Promise<Outcome> {
  const outcomes = new Map<string, Promise<Outcome>>();
  return (reference) => {
    const name = nameOf(reference);
    if (!repeated.has(name)) return evaluate(reference);
    const outcome = outcomes.get(name) ?? evaluate(reference);
    outcomes.set(name, outcome);
    return outcome;
  };
}

function located(item: ListedReference): LocatedReference {
  return typeof item === 'object' && item !== null && 'reference' in item ? item : { reference: item };
}

/** Callers may write JavaScript, and lists come from anywhere. */
function nameOf(reference: string | Reference): string {
  try {
    return referenceText(reference);
  } catch {
    return quote(reference);
  }
}

/** A registry of the caller's own may throw anything. */
function asNotationError(error: unknown): NotationError {
  if (isNotationError(error)) return error;
  const why = error instanceof Error ? oneLine(error.message) : quote(error);
  return new NotationError('ERR_REGISTRY_RESPONSE', `the evaluation failed: ${why}`, { cause: error });
}

/**
 * Requires that the trust stores can be read of every statement that applies to a reference.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
 */
async function checkTrustStores(
  references: readonly ListedReference[],
  { trustPolicy, setup }: EvaluationSource,
): Promise<void> {
  const statements = references.flatMap((item) => {
    try {
      const reference = readReference(located(item).reference);
      const statement = applicableStatement(trustPolicy, repositoryName(reference), nameOf(reference));
      return statement instanceof NotationError ? [] : [statement];
    } catch (error) {
      if (isNotationError(error)) return []; // The result of this reference says so.
      throw error;
    }
  });
  for (const { trustStores } of new Set(statements)) await readStores(setup.trustStore, trustStores);
}

/** Makes a signal that is aborted at a time, with the caller's signal, and when it is released. */
function stopAt(
  deadline: number | undefined,
  signal: AbortSignal | undefined,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const ignore = signal && onAbort(signal, () => controller.abort(signal.reason));
  const cancel = deadline === undefined ? undefined : abortAt(deadline, controller);
  return {
    signal: controller.signal,
    release: () => {
      cancel?.();
      ignore?.();
      controller.abort();
    },
  };
}

/** @returns Stops the timer. A time that no timer can wait for is further away than the end of any evaluation. */
function abortAt(time: number, controller: AbortController): () => void {
  const left = time - Date.now();
  const abort = () =>
    controller.abort(new NotationError('ERR_TIMEOUT', `${WHAT} did not end before its deadline`));
  if (left <= 0) abort();
  const timer = left > 0 && left <= MAX_TIMEOUT ? setTimeout(abort, left) : undefined;
  return () => clearTimeout(timer);
}

/** Returns an iterator over the references. One that does not deliver ends with the signal. */
function untilStopped(
  references: ReferenceList,
  signal: AbortSignal,
): Iterator<ListedReference> | AsyncIterator<ListedReference> {
  if (Symbol.iterator in references) return references[Symbol.iterator]();
  const items = references[Symbol.asyncIterator]();
  return {
    next: () => untilAborted(items.next(), signal, 'reading the references'),
    return: async () => {
      items.return?.().catch(() => undefined);
      return { done: true, value: undefined };
    },
  };
}
