import type { HashName } from '../../crypto/types.ts';
import type { Budget } from '../../net/budget.ts';
import type { Certificate, CertificateInput } from '../certificate.ts';

/**
 * A form of timestamps that the RFCs allow, and that the `notation` CLI rejects:
 *
 * - `indefiniteLength`: BER of indefinite length (RFC 5652, section 2);
 * - `otherCertificates`: attribute certificates, and others that are not X.509, among the certificates; they are ignored
 *   (RFC 5652, section 10.2.2);
 * - `signingCertificateV1`: the signer is identified by SigningCertificate, whose hash is SHA-1 (RFC 3161, section 2.4.2),
 *   instead of SigningCertificateV2.
 */
export type TimestampForm = 'indefiniteLength' | 'otherCertificates' | 'signingCertificateV1';

/** The content of a verified timestamp. */
export interface VerifiedTimestamp {
  /** When the TSA saw the signature, by its own clock. */
  time: Date;
  /** The true time is between `earliest` and `latest`: `time` minus and plus the accuracy that the TSA claims. */
  earliest: Date;
  latest: Date;
  /** The dotted object identifier of the TSA's policy. */
  policy: string;
  /** The serial number of the timestamp, lower-case hexadecimal. */
  serialNumber: string;
  /** The certificate chain of the TSA, leaf first, root last. */
  certificates: readonly Certificate[];
  /** The forms that it has, and that only the option `accept` allows; absent if it has none of them. */
  accepted?: readonly TimestampForm[];
}

/** The signature that a timestamp must cover, and the TSAs that may have issued it. */
export interface TimestampExpectation<Roots extends CertificateInput = readonly Certificate[]> {
  /** The bytes that the timestamp must cover: the primitive signature of an envelope. */
  signature: Uint8Array;
  /** The root certificates of the trusted TSAs; verifiers pass parsed ones. */
  roots: Roots;
  /** The forms to accept although the `notation` CLI rejects them; none by default. */
  accept?: readonly TimestampForm[] | undefined;
}

/**
 * Verifies RFC 3161 timestamps: `verifyTimestamp` of `notarykit/x509/timestamp`. The caller checks the revocation status of
 * the TSA's chain.
 */
export type TimestampVerifier = (
  token: Uint8Array,
  expectation: TimestampExpectation,
) => Promise<VerifiedTimestamp>;

/** A timestamp that a TSA issued, verified. */
export interface IssuedTimestamp extends VerifiedTimestamp {
  /** The RFC 3161 timestamp token, DER. */
  token: Uint8Array;
}

/** Options of one request for a timestamp. */
export interface TimestampOptions {
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
}

/** Requests timestamps of signatures: `createTimestamper` of `notarykit/x509/timestamp`, or your own. */
export interface Timestamper {
  /**
   * Requests a timestamp of a signature, and verifies it.
   * @param signature - The primitive signature.
   * @param hash - The hash function of the imprint sent to the TSA: that of the signing key's algorithm.
   * @param options.signal - Stops with `ERR_ABORTED`.
   * @param options.budget - Is charged the requests. The signal is aborted when it is exhausted; a timestamper of your own
   * may ignore it.
   */
  timestamp(signature: Uint8Array, hash: HashName, options?: TimestampOptions): Promise<IssuedTimestamp>;
}
