import { NotationError } from '../errors/index.ts';
import type { KmsRequestOptions } from './request.ts';

/** What `setTimeout` counts to; beyond it, it does not wait at all. */
const MAX_TIMEOUT = 2 ** 31 - 1;
const MAX_RETRIES = 100;

/**
 * Refuses bounds that are none.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkRequestOptions({ timeout = 1, retries = 0 }: KmsRequestOptions): void {
  if (!(Number.isFinite(timeout) && timeout > 0 && timeout <= MAX_TIMEOUT)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'timeout must be a number of milliseconds above 0');
  }
  if (!(Number.isSafeInteger(retries) && retries >= 0 && retries <= MAX_RETRIES)) {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      `retries must be a whole number from 0 to ${MAX_RETRIES}`,
    );
  }
}
