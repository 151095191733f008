import type { HashName } from '../../crypto/types.ts';
import type { Certificate } from '../certificate.ts';

/** What a time-stamp that was verified says. */
export interface VerifiedTimestamp {
  /** When the authority says to have seen the signature. */
  time: Date;
  /** The true time is from `earliest` to `latest`: the time less and more the accuracy that the authority claims. */
  earliest: Date;
  latest: Date;
  /** The dotted object identifier of the policy of the authority. */
  policy: string;
  /** Of the time-stamp, lower-case hexadecimal. */
  serialNumber: string;
  /** The certificate chain of the authority, leaf first, root last. */
  certificates: readonly Certificate[];
}

/** What a time-stamp is verified by. */
export interface TimestampExpectation {
  /** The bytes that must have been time-stamped: the primitive signature of an envelope. */
  signature: Uint8Array;
  /** The root certificates of the authorities that are trusted. */
  roots: readonly Certificate[];
}

/**
 * The ability to verify RFC 3161 time-stamps: `verifyTimestamp` of `notarykit/x509/timestamp`. Revocation of the
 * authority's chain is another question, which the caller asks.
 */
export type TimestampVerifier = (
  token: Uint8Array,
  expectation: TimestampExpectation,
) => Promise<VerifiedTimestamp>;

/** A time-stamp that an authority gave, verified. */
export interface IssuedTimestamp extends VerifiedTimestamp {
  /** The RFC 3161 time-stamp token, DER. */
  token: Uint8Array;
}

/** The ability to have signatures time-stamped: `createTimestamper` of `notarykit/x509/timestamp`, or your own. */
export interface Timestamper {
  /**
   * Has a signature time-stamped, and verifies what comes of it.
   * @param signature - The primitive signature.
   * @param hash - The hash that the authority is sent: that of the signing key's algorithm.
   * @param options.signal - Stops with `ERR_ABORTED`.
   */
  timestamp(
    signature: Uint8Array,
    hash: HashName,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<IssuedTimestamp>;
}
