import { argumentInvalid } from '../errors/notation-error.ts';

/** A token or password that fits in a header: visible ASCII characters. */
export const HEADER_SECRET = /^[\x21-\x7e]{1,65536}$/;

/**
 * Checks a secret that a caller passes. The message does not show it.
 * @param option - The name of the option that contains it, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkSecret(secret: unknown, option: string): string {
  if (typeof secret === 'string' && HEADER_SECRET.test(secret)) return secret;
  throw argumentInvalid(`${option} must be a string of visible ASCII characters`);
}
