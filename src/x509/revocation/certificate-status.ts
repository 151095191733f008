import { type ErrorCode, NotationError, type Reason } from '../../errors/index.ts';
import type { Budget } from '../../net/budget.ts';
import type { Certificate, CertificateInput } from '../certificate.ts';
import { shortSubject } from '../name.ts';

/** One lookup of the status of a certificate: at one URL, or in one response that the caller gave. */
export interface RevocationLookup {
  method: 'OCSP' | 'CRL' | 'delta CRL';
  /** The URL as the certificate or CRL names it; absent for a response that the caller gave. */
  url?: string;
  /** Whether the response was fetched just now, came from a cache, or was given by the caller. */
  source: 'network' | 'cache' | 'given';
  answer: 'good' | 'revoked' | 'unknown';
  /** The status in the response, or why it cannot be relied on, in a sentence. */
  message: string;
  /** The code of the failure, if one made the answer `unknown`. */
  code?: ErrorCode;
  /** `thisUpdate` of the response, RFC 3339, UTC. */
  thisUpdate?: string;
  /** `nextUpdate` of the response, RFC 3339, UTC. */
  nextUpdate?: string;
  /** Whole seconds between `thisUpdate` and the check. */
  age?: number;
}

/** The revocation status of one certificate, in plain data. */
export interface CertificateStatus {
  /** `notChecked` for a root, whose trust the store decides, and for a certificate that names no URL. */
  status: 'good' | 'revoked' | 'unknown' | 'notChecked';
  /**
   * Why it is `revoked` or `unknown`: `ERR_CERTIFICATE_REVOKED`; `ERR_REVOCATION_EXPIRED_CERTIFICATE` where an
   * OCSP response or CRL reports that a certificate is not revoked, but its issuer may have dropped the revocation after
   * the certificate expired; `ERR_REVOCATION_UNKNOWN` otherwise.
   */
  reason?: Reason;
  /** Present for a revoked certificate: times in RFC 3339, UTC, and the CRLReason of RFC 5280, such as `keyCompromise`. */
  revocation?: { time: string; reason?: string; invalidityDate?: string };
  /** The lookups, in order. */
  lookups: RevocationLookup[];
}

/** Options of one check. */
export interface RevocationCheckOptions {
  /** The time of verification; the clock of the checker by default. */
  now?: Date | undefined;
  /** Given for the signing scheme `notary.x509.signingAuthority`: a certificate that became invalid later counts as good. */
  authenticSigningTime?: Date | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Is charged the requests. `signal` is aborted when it is exhausted; a checker of your own may ignore it. */
  budget?: Budget | undefined;
}

/**
 * Determines whether certificates are revoked: `createRevocationChecker`, `createOfflineRevocationChecker`, or your own.
 * Those of notarykit take a chain in any form of {@link CertificateInput}; yours gets parsed certificates.
 */
export interface RevocationChecker<Chain extends CertificateInput = readonly Certificate[]> {
  /**
   * Looks up the status of each certificate of a chain that was verified.
   * @param chain - Leaf first, root last.
   * @returns One status per certificate, in the same order. A status that cannot be determined is `unknown`, not an error.
   * @throws NotationError `ERR_ABORTED`, `ERR_ARGUMENT_INVALID` for anything that is not certificates, for an empty list,
   * and for a time that is not a valid Date; the errors of `parseCertificates`
   */
  check(chain: Chain, options?: RevocationCheckOptions): Promise<CertificateStatus[]>;
}

/** Reports whether a certificate names a URL where its status can be requested. */
export function namesRevocationUrl({ revocation: { ocsp, crl } }: Certificate): boolean {
  return ocsp.length + crl.length > 0;
}

/** Returns the first OCSP or CRL URL in the certificates below the root, if there is one. */
export function firstRevocationUrl(
  chain: readonly Certificate[],
): { certificate: Certificate; url: string } | undefined {
  for (const certificate of chain.slice(0, -1)) {
    const [url] = [...certificate.revocation.ocsp, ...certificate.revocation.crl];
    if (url !== undefined) return { certificate, url };
  }
  return undefined;
}

/** Returns the statuses of a chain in which no certificate names a URL. */
export function allNotChecked(chain: readonly Certificate[]): CertificateStatus[] {
  return chain.map(() => ({ status: 'notChecked', lookups: [] }));
}

/**
 * Requires that no certificate of a chain is revoked, and that this is known. A revoked certificate is reported rather
 * than one whose status is unknown.
 * @throws NotationError `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN`, `ERR_REVOCATION_EXPIRED_CERTIFICATE`
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 * @see docs/specification.md, rule REV-1
 */
export function requireNoneRevoked(
  chain: readonly Certificate[],
  statuses: readonly CertificateStatus[],
): void {
  // A caller's own checker may return fewer statuses than certificates: the missing ones are unknown.
  const pairs = chain.map((certificate, i) => ({ certificate, status: statuses[i] }));
  const bad =
    pairs.find(({ status }) => status?.status === 'revoked') ??
    pairs.find(({ status }) => status?.status !== 'good' && status?.status !== 'notChecked');
  if (!bad) return;
  const revoked = bad.status?.status === 'revoked';
  const { code, message } = bad.status?.reason ?? {
    code: revoked ? 'ERR_CERTIFICATE_REVOKED' : 'ERR_REVOCATION_UNKNOWN',
    message: `the certificate "${shortSubject(bad.certificate)}" ${revoked ? 'is revoked' : 'has an unknown revocation status'}`,
  };
  throw new NotationError(code, message);
}
