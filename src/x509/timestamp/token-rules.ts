import type { BerRules } from '../../asn1/ber.ts';

/** Bytes of a time-stamp token or reply; the usual ones have two to ten thousand. */
export const MAX_TOKEN = 1024 * 1024;

/** Authorities may encode in BER (RFC 5652, section 2); like the reference, definite lengths only. */
export const tokenRules: BerRules = {
  what: 'time-stamp',
  code: 'ERR_TIMESTAMP_INVALID',
  maxBytes: MAX_TOKEN,
};
