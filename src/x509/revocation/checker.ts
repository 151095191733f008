import { NotationError } from '../../errors/index.ts';
import { checkTimeout, joinSignals, throwIfAborted } from '../../net/abort.ts';
import type { RevocationChecker } from '../revocation-status.ts';
import { AskingSource } from './ask-authorities.ts';
import { type Cache, type KeyValueDriver, readCache } from './cache.ts';
import { CERT_ID_HASHES, type CertIdHash } from './ocsp-request.ts';
import { Replies } from './replies.ts';
import { statusesOf } from './status-of.ts';

/** What {@link createRevocationChecker} takes; all of it may be left out. */
export interface RevocationCheckerOptions {
  /**
   * Used instead of `globalThis.fetch`, such as for a proxy: browsers do not let pages ask addresses on plain HTTP,
   * which those in certificates are.
   */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for a request until its reply has been read: 2000 for OCSP and 5000 for a CRL by default. */
  timeout?: number | undefined;
  /** Stops every check with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Gives the time of a check that is not given one; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /**
   * Keeps replies beyond the memory of this checker, until they expire: anything with `get`, `set` and `delete`, or
   * any driver or storage of `unstorage`. It is not trusted: what it gives is verified again.
   */
  cache?: Cache | KeyValueDriver | undefined;
  /** The hash function that certificates are named by in OCSP requests; `SHA-1`, which all responders know. */
  hash?: CertIdHash | undefined;
}

/**
 * Makes a checker that asks the OCSP responders and CRL distribution points which certificates name. Replies are kept
 * in memory until they expire (64 MiB at most), and whoever wants the same at the same time shares one request: use
 * one checker for many verifications.
 *
 * @param options - `fetch`, time-out in milliseconds, cache and so on.
 * @returns The checker, for the option `revocation` of a verifier.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option that is none
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"; RFC 6960; RFC 5280, sections 5
 * and 6.3
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 * import { createRevocationChecker } from 'notarykit/x509/revocation';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keyType: 'EC-256', crl: ['http://crl.example'] });
 * const unreachable = async () => new Response(null, { status: 503 });
 * const checker = createRevocationChecker({ fetch: unreachable, timeout: 1000 });
 * const [leaf] = await checker.check(parseCertificates(certificates));
 * console.log(leaf?.status, leaf?.lookups[0]?.message); // unknown, and why
 * ```
 */
export function createRevocationChecker(options: RevocationCheckerOptions = {}): RevocationChecker {
  const { clock = () => new Date(), signal: stopAll } = options;
  const source = createSource(options);
  return {
    async check(chain, { now = clock(), authenticSigningTime, signal } = {}) {
      throwIfAborted(stopAll);
      throwIfAborted(signal);
      const both = joinSignals(stopAll, signal);
      try {
        const at = { now, authenticSigningTime, signal: both.signal };
        const statuses = await statusesOf(chain, source, at);
        return statuses.map(({ status }) => status);
      } finally {
        both.release();
      }
    },
  };
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function createSource({
  fetch,
  timeout,
  cache,
  hash = 'SHA-1',
}: RevocationCheckerOptions): AskingSource {
  if (timeout !== undefined) checkTimeout(timeout);
  if (fetch !== undefined && typeof fetch !== 'function') throw invalid('fetch must be a function');
  if (!Object.values(CERT_ID_HASHES).includes(hash)) {
    throw invalid('hash must be SHA-1, SHA-256, SHA-384 or SHA-512');
  }
  return new AskingSource({ fetch, timeout, hash, replies: new Replies(readCache(cache)) });
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
