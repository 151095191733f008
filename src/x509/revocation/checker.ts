import { argumentInvalid } from '../../errors/notation-error.ts';
import { checkTimeout } from '../../net/abort.ts';
import { type Cache, type KeyValueDriver, readCache } from '../../net/external-cache.ts';
import type { HttpTransport } from '../../net/send.ts';
import type { CertificateInput } from '../certificate.ts';
import { CERT_ID_HASHES, type CertIdHash } from './cert-id.ts';
import type { RevocationChecker } from './certificate-status.ts';
import { checkerOf, lazyLookup, type StatusLookup } from './status-lookup.ts';

/** Options of {@link createRevocationChecker}. */
export interface RevocationCheckerOptions {
  /**
   * Used instead of `globalThis.fetch`, for example to go through a proxy: browsers do not let pages fetch plain HTTP, and
   * the URLs in certificates are plain HTTP.
   */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Sends the requests unless `fetch` is given. `createHttpTransport` of `notarykit/node` makes one that takes a fraction of
   * the time that the `fetch` of Node takes.
   */
  transport?: HttpTransport | undefined;
  /** Time limit of a request in milliseconds, response included: 2000 for OCSP and 5000 for a CRL by default. */
  timeout?: number | undefined;
  /** Stops every check with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Returns the time of a check without `now`; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /**
   * Stores responses until they expire, in addition to the memory of this checker: anything with `get`, `set` and
   * `delete`, or any driver or storage of `unstorage`. It is not trusted: what it returns is verified again.
   */
  cache?: Cache | KeyValueDriver | undefined;
  /** The hash function of certificate IDs in OCSP requests; `SHA-1`, which all responders know, by default. */
  hash?: CertIdHash | undefined;
}

/**
 * Makes a checker that queries the OCSP responders and CRL distribution points in certificates, as verification does by
 * default: make one to share its responses between verifiers, or to set its timeout. Responses are kept in
 * memory until they expire (64 MiB at most), and concurrent checks share requests: use one checker for many
 * verifications.
 *
 * @param options - `fetch`, timeout in milliseconds, cache and so on.
 * @returns The checker, for the option `revocation` of a verifier.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation":
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#certificate-revocation-evaluation
 * and https://www.rfc-editor.org/rfc/rfc6960 and https://www.rfc-editor.org/rfc/rfc5280#section-6.3
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { createRevocationChecker } from 'notarykit/x509/revocation';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256', crl: ['http://crl.example'] });
 * const unreachable = async () => new Response(null, { status: 503 });
 * const checker = createRevocationChecker({ fetch: unreachable, timeout: 1000 });
 * const [leaf] = await checker.check(certificates);
 * console.log(leaf?.status, leaf?.lookups[0]?.message); // unknown, and why
 * ```
 */
export function createRevocationChecker(
  options: RevocationCheckerOptions = {},
): RevocationChecker<CertificateInput> {
  return checkerOf(createNetworkLookup(options), options);
}

/**
 * Returns a lookup by requests to responders and distribution points.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function createNetworkLookup(options: RevocationCheckerOptions): StatusLookup {
  const { fetch, transport, timeout, hash = 'SHA-1' } = options;
  if (timeout !== undefined) checkTimeout(timeout);
  if (fetch !== undefined && typeof fetch !== 'function') throw argumentInvalid('fetch must be a function');
  if (transport !== undefined && typeof transport !== 'function') {
    throw argumentInvalid('transport must be a function');
  }
  if (!Object.values(CERT_ID_HASHES).includes(hash)) {
    throw argumentInvalid('hash must be SHA-1, SHA-256, SHA-384 or SHA-512');
  }
  const cache = readCache(options.cache);
  return lazyLookup(async () => {
    const { lookUpOnNetwork } = await import('./network-source.ts');
    return lookUpOnNetwork({ fetch, transport, timeout, hash, cache });
  });
}
