import type { BerRules } from '../../asn1/ber.ts';
import { NotationError } from '../../errors/index.ts';

/** Limit of a timestamp token or response in bytes; usual ones have two to ten thousand. */
export const MAX_TOKEN = 1024 * 1024;

/** Tokens may be encoded in BER (RFC 5652, section 2); as in the reference, with definite lengths only by default. */
export const tokenRules: BerRules = {
  what: 'timestamp',
  code: 'ERR_TIMESTAMP_INVALID',
  maxBytes: MAX_TOKEN,
};

/** Makes the error of a timestamp that must not be relied on. */
export function timestampInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_TIMESTAMP_INVALID', `the timestamp is invalid: ${reason}`, { cause });
}
