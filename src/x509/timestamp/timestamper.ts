import { Tag } from '../../asn1/der-reader.ts';
import { algorithmIdentifier, element, sequence, unsignedInteger } from '../../asn1/der-writer.ts';
import { hash as hashOf } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { equalBytes, readBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { checkTimeout, joinSignals } from '../../net/abort.ts';
import { type AuthorityOptions, queryAuthority } from '../../net/authority.ts';
import { type CertificateInput, readCertificates } from '../certificate.ts';
import { checkValidAt } from '../chain.ts';
import { requireDate } from '../require.ts';
import {
  allNotChecked,
  firstRevocationUrl,
  type RevocationChecker,
  requireNoneRevoked,
} from '../revocation/certificate-status.ts';
import { hashIdentifier } from '../signature.ts';
import { checkTrustAnchors } from '../trust-store.ts';
import { parseSignedData } from './cms.ts';
import { readTimestampResponse } from './timestamp-response.ts';
import { MAX_TOKEN, timestampInvalid } from './token-rules.ts';
import { parseTstInfo } from './tst-info.ts';
import type { IssuedTimestamp, Timestamper, TimestampOptions, VerifiedTimestamp } from './types.ts';
import { verifyTimestamp } from './verify-timestamp.ts';

/** Options of {@link createTimestamper}. */
export interface TimestamperOptions extends AuthorityOptions {
  /** The URL of the timestamp authority, `http` or `https`. */
  url: string;
  /** The root certificates of the authority, self-signed CAs, in any form of `CertificateInput`. */
  rootCertificates: CertificateInput;
  /**
   * Checks whether the authority is revoked: `createRevocationChecker` of `notarykit/x509/revocation`. Without one, an
   * authority whose certificates name an OCSP or CRL URL is rejected.
   */
  revocation?: RevocationChecker | undefined;
  /** Time limit of the request in milliseconds, response included; 15 000 by default. */
  timeout?: number | undefined;
  /** Returns the time at which the authority's certificates must be valid; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

/** The default time limit in milliseconds, as in the reference. */
const TIMEOUT = 15_000;
/** Length of a nonce in bytes. */
const NONCE = 20;

/**
 * Makes a timestamper that requests timestamps from an RFC 3161 authority and checks each response completely: status,
 * nonce, imprint, signature, the certificate chain to the roots, at both times, and that no certificate is revoked.
 *
 * @param options - URL and root certificates of the authority, and how to reach it.
 * @returns The timestamper, for the option `timestamp` of `sign`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type, `ERR_CERTIFICATE_INVALID` and
 * `ERR_ENCODING_INVALID` for root certificates that cannot be read. Its method throws `ERR_TIMESTAMP_REFUSED`,
 * `ERR_TIMESTAMP_INVALID`, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_CHAIN_INVALID`,
 * `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN`,
 * `ERR_REVOCATION_UNSUPPORTED`, `ERR_TRUST_STORE_INVALID` for certificates that are not roots,
 * `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_TIMEOUT` and `ERR_ABORTED`.
 * @see https://www.rfc-editor.org/rfc/rfc3161#section-2.4
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 * import { createTimestamper } from 'notarykit/x509/timestamp';
 *
 * const { url, rootCertificate, fetch } = await createTestTimestampAuthority(); // a real one needs no `fetch`
 * const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
 * const { time, token } = await timestamper.timestamp(new Uint8Array(64), 'SHA-256');
 * console.log(time.toISOString(), token.length);
 * ```
 */
export function createTimestamper(options: TimestamperOptions): Timestamper {
  if (typeof options !== 'object' || options === null) throw argumentInvalid('the options must be an object');
  const { url, rootCertificates, revocation, timeout = TIMEOUT, clock = () => new Date() } = options;
  if (typeof url !== 'string') throw argumentInvalid('url must be the URL of a timestamp authority');
  checkTimeout(timeout);
  if (revocation !== undefined && typeof revocation?.check !== 'function') {
    throw argumentInvalid(
      'revocation must be the result of createRevocationChecker, or another RevocationChecker',
    );
  }
  if (typeof clock !== 'function') throw argumentInvalid('clock must be a function that returns a Date');
  const roots = readCertificates(rootCertificates, 'rootCertificates');
  if (roots.length === 0)
    throw argumentInvalid('rootCertificates must contain the root of the timestamp authority');
  const name = `the timestamp authority ${quote(url, 200)}`;

  async function timestamp(
    given: Uint8Array,
    hash: HashName,
    { signal: stop, budget }: TimestampOptions = {},
  ): Promise<IssuedTimestamp> {
    const { signal, release } = joinSignals(options.signal, stop);
    try {
      return await request(given, hash, { signal, budget });
    } finally {
      release();
    }
  }

  async function request(
    given: Uint8Array,
    hash: HashName,
    { signal, budget }: TimestampOptions,
  ): Promise<IssuedTimestamp> {
    const signature = readBytes(given, 'signature');
    if (!hashIdentifier(hash)) throw argumentInvalid('hash must be SHA-256, SHA-384 or SHA-512');
    await checkTrustAnchors('tsa', 'of the root certificates', roots);
    const imprint = await hashOf(hash, signature);
    const nonce = createNonce();
    const { mediaType, bytes } = await queryAuthority({
      what: 'timestamp authority',
      url,
      schemes: ['http:', 'https:'],
      body: { mediaType: 'application/timestamp-query', bytes: createRequest(hash, imprint, nonce) },
      accept: 'application/timestamp-reply',
      fetch: options.fetch,
      transport: options.transport,
      timeout,
      maxBytes: MAX_TOKEN,
      signal,
      budget,
    });
    if (mediaType !== 'application/timestamp-reply') {
      throw new NotationError(
        'ERR_AUTHORITY_RESPONSE',
        `${name} returned the content type ${quote(mediaType)} instead of application/timestamp-reply`,
      );
    }
    const token = readTimestampResponse(bytes, name);
    checkResponse(token, hash, imprint, nonce);
    const verified = await verifyTimestamp(token, { signature, roots });
    const now: unknown = clock();
    requireDate(now, 'what clock returns');
    await checkAuthority(verified, now, { signal, budget });
    return { ...verified, token };
  }

  async function checkAuthority(
    { certificates }: VerifiedTimestamp,
    now: Date,
    options: TimestampOptions,
  ): Promise<void> {
    checkValidAt(certificates, now);
    if (!revocation && firstRevocationUrl(certificates)) {
      const message = `whether ${name} is revoked cannot be determined without a revocation checker`;
      throw new NotationError('ERR_REVOCATION_UNSUPPORTED', message);
    }
    const statuses =
      (await revocation?.check(certificates, { now, ...options })) ?? allNotChecked(certificates);
    requireNoneRevoked(certificates, statuses);
  }

  return { timestamp };
}

/** Creates a nonce: the content of a positive INTEGER, which is minimal. */
function createNonce(): Uint8Array {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(NONCE));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** Writes a TimeStampReq, which requests the certificates of the authority as well (rule TIME-13). */
function createRequest(hash: HashName, imprint: Uint8Array, nonce: Uint8Array): Uint8Array {
  const version = Uint8Array.of(Tag.integer, 1, 1);
  const certReq = Uint8Array.of(Tag.boolean, 1, 0xff);
  const messageImprint = sequence(
    algorithmIdentifier(hashIdentifier(hash)),
    element(Tag.octetString, imprint),
  );
  return sequence(version, messageImprint, unsignedInteger(nonce), certReq);
}

/** Checks that a token is the response to this request (rules SIGN-4, RFC-18). */
function checkResponse(token: Uint8Array, hash: HashName, imprint: Uint8Array, nonce: Uint8Array): void {
  const info = parseTstInfo(parseSignedData(token).content);
  if (!info.nonce || !equalBytes(info.nonce, nonce)) {
    throw timestampInvalid('it lacks the nonce of the request');
  }
  if (info.imprint.hash !== hash || !equalBytes(info.imprint.value, imprint)) {
    throw timestampInvalid('it does not cover the signature');
  }
}
