import { expect } from 'vitest';
import { type ErrorCode, isNotationError } from '../../src/errors/index.ts';

/** The message of the NotationError that an action fails with. */
export function failure(action: () => unknown, code: ErrorCode): string {
  try {
    action();
  } catch (error) {
    return messageOf(error, code);
  }
  throw new Error('it did not fail');
}

/** The message of the NotationError that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return messageOf(error, code);
  }
  throw new Error('it was not rejected');
}

/** Returns the result of an action, or its error if it is a NotationError; rethrows any other error. */
export function outcome<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

function messageOf(error: unknown, code: ErrorCode): string {
  if (!isNotationError(error)) throw error;
  expect(error.code).toBe(code);
  return error.message;
}
