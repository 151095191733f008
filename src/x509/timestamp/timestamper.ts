import { hash as hashOf } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { checkTimeout } from '../../net/abort.ts';
import { type AuthorityOptions, askAuthority } from '../../net/authority.ts';
import { type CertificateInput, parseCertificates } from '../certificate.ts';
import { checkValidAt } from '../chain.ts';
import { Tag } from '../der.ts';
import { algorithmIdentifier, element, sequence, unsignedInteger } from '../der-writer.ts';
import {
  demandNoneRevoked,
  firstAddressToAsk,
  nothingChecked,
  type RevocationChecker,
} from '../revocation-status.ts';
import { hashIdentifier } from '../signature.ts';
import type { IssuedTimestamp, Timestamper, VerifiedTimestamp } from '../timestamp-verifier.ts';
import { checkTrustAnchors } from '../trust-store.ts';
import { parseSignedData } from './cms.ts';
import { nonceText, readTimestampResponse } from './timestamp-response.ts';
import { MAX_TOKEN } from './token-rules.ts';
import { parseTstInfo } from './tst-info.ts';
import { verifyTimestamp } from './verify-timestamp.ts';

/** What {@link createTimestamper} takes. */
export interface TimestamperOptions extends AuthorityOptions {
  /** The address of the time-stamping authority, `http` or `https`. */
  url: string;
  /** The root certificates of the authority, as PEM or DER: self-signed CAs. */
  rootCertificates: CertificateInput | readonly CertificateInput[];
  /**
   * Tells whether the authority is revoked: `createRevocationChecker` of `notarykit/x509/revocation`. Without one, no
   * authority is accepted whose certificates name an address to ask.
   */
  revocation?: RevocationChecker | undefined;
  /** Milliseconds for the request until its reply has been read; 15 000 by default. */
  timeout?: number | undefined;
  /** Gives the time at which the authority's certificates must be valid; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

/** Milliseconds, as in the reference. */
const TIMEOUT = 15_000;
/** Octets of a nonce; the first bit stays unset. */
const NONCE = 20;

/**
 * Makes a time-stamper that asks an RFC 3161 authority, and checks its reply wholly: status, nonce, what was
 * time-stamped, who signed it, the certificate chain to the roots, now and then, and that none of it is revoked.
 *
 * @param options - Address and root certificates of the authority, and how to reach it.
 * @returns The time-stamper, for the option `timestamp` of `sign`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option that is none, `ERR_CERTIFICATE_INVALID` and
 * `ERR_ENCODING_INVALID` for root certificates that cannot be read. Its method throws `ERR_TIMESTAMP_REFUSED`,
 * `ERR_TIMESTAMP_INVALID`, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_CHAIN_INVALID`,
 * `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN`,
 * `ERR_REVOCATION_UNSUPPORTED`, `ERR_TRUST_STORE_INVALID` for roots that are none, `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_TIMEOUT` and `ERR_ABORTED`.
 * @see Specification "Signing and verification workflow"; RFC 3161, sections 2.4 and 3.4
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 * import { createTimestamper } from 'notarykit/x509/timestamp';
 *
 * const { url, rootCertificate, fetch } = await createTestTimestampAuthority(); // of a real one: no `fetch`
 * const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
 * const { time, token } = await timestamper.timestamp(new Uint8Array(64), 'SHA-256');
 * console.log(time.toISOString(), token.length);
 * ```
 */
export function createTimestamper(options: TimestamperOptions): Timestamper {
  if (typeof options !== 'object' || options === null) throw invalid('the options must be an object');
  const { url, rootCertificates, revocation, timeout = TIMEOUT, clock = () => new Date() } = options;
  if (typeof url !== 'string') throw invalid('url must be the address of a time-stamping authority');
  checkTimeout(timeout);
  const inputs: readonly unknown[] = [rootCertificates ?? []].flat();
  const roots = inputs.flatMap((input) => {
    if (typeof input === 'string' || input instanceof Uint8Array) return parseCertificates(input);
    throw invalid('rootCertificates must hold PEM texts or bytes');
  });
  if (roots.length === 0) throw invalid('rootCertificates must hold the root of the time-stamping authority');
  const name = `the time-stamping authority ${JSON.stringify(url.slice(0, 200))}`;

  async function timestamp(
    signature: Uint8Array,
    hash: HashName,
    { signal = options.signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<IssuedTimestamp> {
    if (!hashIdentifier(hash)) throw invalid('hash must be SHA-256, SHA-384 or SHA-512');
    await checkTrustAnchors('tsa', 'of the root certificates', roots);
    const imprint = await hashOf(hash, signature);
    const nonce = createNonce();
    const { mediaType, bytes } = await askAuthority({
      what: 'time-stamping authority',
      address: url,
      schemes: ['http:', 'https:'],
      body: { mediaType: 'application/timestamp-query', bytes: createRequest(hash, imprint, nonce) },
      accept: 'application/timestamp-reply',
      fetch: options.fetch,
      timeout,
      maxBytes: MAX_TOKEN,
      signal,
    });
    if (mediaType !== 'application/timestamp-reply') {
      throw new NotationError(
        'ERR_AUTHORITY_RESPONSE',
        `${name} answers with something else than a time-stamp`,
      );
    }
    const token = readTimestampResponse(bytes, name);
    checkReply(token, hash, imprint, nonce);
    const verified = await verifyTimestamp(token, { signature, roots });
    const now: unknown = clock();
    if (!(now instanceof Date)) throw invalid('clock must give a Date');
    await checkAuthority(verified, now, signal);
    return { ...verified, token };
  }

  async function checkAuthority(
    { certificates }: VerifiedTimestamp,
    now: Date,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    checkValidAt(certificates, now);
    if (!revocation && firstAddressToAsk(certificates)) {
      const message = `whether ${name} is revoked cannot be told without a revocation checker`;
      throw new NotationError('ERR_REVOCATION_UNSUPPORTED', message);
    }
    const statuses = (await revocation?.check(certificates, { now, signal })) ?? nothingChecked(certificates);
    demandNoneRevoked(certificates, statuses);
  }

  return { timestamp };
}

/** A positive INTEGER, DER. */
function createNonce(): Uint8Array {
  const octets = globalThis.crypto.getRandomValues(new Uint8Array(NONCE));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return unsignedInteger(octets);
}

/** TimeStampReq: the certificates of the authority are to come along. */
function createRequest(hash: HashName, imprint: Uint8Array, nonce: Uint8Array): Uint8Array {
  const version = Uint8Array.of(Tag.integer, 1, 1);
  const certReq = Uint8Array.of(Tag.boolean, 1, 0xff);
  const messageImprint = sequence(
    algorithmIdentifier(hashIdentifier(hash)),
    element(Tag.octetString, imprint),
  );
  return sequence(version, messageImprint, nonce, certReq);
}

/** The reply must be the one to this request. */
function checkReply(token: Uint8Array, hash: HashName, imprint: Uint8Array, nonce: Uint8Array): void {
  const info = parseTstInfo(parseSignedData(token).content);
  if (info.nonce !== nonceText(nonce)) throw mismatch('the nonce of the request is not in it');
  if (info.imprint.hash !== hash || !equalBytes(info.imprint.value, imprint)) {
    throw mismatch('it is about something else than the signature');
  }
}

function mismatch(reason: string): NotationError {
  return new NotationError('ERR_TIMESTAMP_INVALID', `the time-stamp is no answer to the request: ${reason}`);
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
