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
import type { EvaluationResult } from './evaluation-result.ts';
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
  let done = 0;
  const evaluate = async (item: ListedReference, index: number): Promise<EvaluationResult> => {
    const result = await evaluateOne(item, index, { signal: stop.signal, ...options }, source);
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

/** Evaluates one reference. Whatever goes wrong is its result. */
async function evaluateOne(
  item: ListedReference,
  index: number,
  options: VerifyOptions,
  { evaluate }: EvaluationSource,
): Promise<EvaluationResult> {
  const { reference, location } = located(item);
  const facts = { index, reference: nameOf(reference), ...(location && { location }) };
  try {
    return Object.assign(facts, { report: await evaluate(reference, options) });
  } catch (error) {
    return Object.assign(facts, { error: asNotationError(error) });
  }
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
