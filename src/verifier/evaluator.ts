import { argumentInvalid } from '../errors/notation-error.ts';
import type { Verifier } from './verifier.ts';

/** What decides about artifacts: a verifier, or anything else with its `evaluate`. */
export type Evaluator = Pick<Verifier, 'evaluate'>;

/** An evaluator, or a function that returns the current one: it is called once at the start of each request. */
export type EvaluatorSource = Evaluator | (() => Evaluator);

/**
 * Reads an option that says what decides.
 * @param option - The name of the option, for the error.
 * @returns A function that returns the current evaluator, and throws for what is not one.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readEvaluator(given: unknown, option: string): () => Evaluator {
  const checked = (evaluator: unknown): Evaluator => {
    if (typeof Object(evaluator).evaluate === 'function') return evaluator as Evaluator;
    throw argumentInvalid(`${option} must be a value with evaluate, such as a verifier, or return one`);
  };
  if (typeof given === 'function') return () => checked(given());
  const evaluator = checked(given);
  return () => evaluator;
}
