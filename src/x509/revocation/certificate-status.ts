import { type ErrorCode, NotationError, type Reason } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { shortSubject } from '../name.ts';

/** One address that was asked about a certificate, and what came of it. */
export interface RevocationLookup {
  method: 'OCSP' | 'CRL' | 'delta CRL';
  /** The URL as the certificate or CRL names it; absent for a reply that was given and not asked for. */
  address?: string;
  /** Whether it was asked just now, was kept from before, or its reply was given by the caller. */
  source: 'network' | 'cache' | 'given';
  answer: 'good' | 'revoked' | 'unknown';
  /** What it answered, or why that cannot be relied on, in a sentence. */
  message: string;
  /** The code of the failure, where the answer is `unknown` because of one. */
  code?: ErrorCode;
  /** When the authority knew this, RFC 3339, UTC. */
  thisUpdate?: string;
  /** When the authority will know more, RFC 3339, UTC. */
  nextUpdate?: string;
  /** Whole seconds between `thisUpdate` and the check. */
  age?: number;
}

/** The revocation status of one certificate, in plain data. */
export interface CertificateStatus {
  /** `notChecked` for a root, whose trust the store decides, and for a certificate that names no address. */
  status: 'good' | 'revoked' | 'unknown' | 'notChecked';
  /**
   * Why it is `revoked` or `unknown`: `ERR_CERTIFICATE_REVOKED`; `ERR_REVOCATION_EXPIRED_CERTIFICATE` where an
   * authority says that a certificate is not revoked, but may have dropped the revocation after the certificate
   * expired; `ERR_REVOCATION_UNKNOWN` otherwise.
   */
  reason?: Reason;
  /** Of a revoked certificate: times in RFC 3339, UTC, and the CRLReason of RFC 5280, such as `keyCompromise`. */
  revocation?: { time: string; reason?: string; invalidityDate?: string };
  /** What was asked, in order. */
  lookups: RevocationLookup[];
}

/** What one check may differ in. */
export interface RevocationCheckOptions {
  /** The time of verification; the clock of the checker by default. */
  now?: Date | undefined;
  /** Of the signing scheme `notary.x509.signingAuthority`: a certificate that became invalid later was good then. */
  authenticSigningTime?: Date | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** The ability to tell whether certificates are revoked: `createRevocationChecker`, `fromResponses`, or your own. */
export interface RevocationChecker {
  /**
   * Looks up the status of each certificate of a chain that was verified.
   * @param chain - From `parseCertificates`: leaf first, root last.
   * @returns One status a certificate, in the same order. What cannot be determined is `unknown`, not an error.
   * @throws NotationError `ERR_ABORTED`, `ERR_ARGUMENT_INVALID` for PEM, DER and anything else that is not a list of
   * parsed certificates, for an empty one, and for a time that is not a valid Date
   */
  check(chain: readonly Certificate[], options?: RevocationCheckOptions): Promise<CertificateStatus[]>;
}

/** Whether a certificate names an address where its status can be requested. */
export function namesAddress({ revocation: { ocsp, crl } }: Certificate): boolean {
  return ocsp.length + crl.length > 0;
}

/** The first address that a certificate below the root names to learn its status from, if any does. */
export function firstAddressToAsk(
  chain: readonly Certificate[],
): { certificate: Certificate; address: string } | undefined {
  for (const certificate of chain.slice(0, -1)) {
    const [address] = [...certificate.revocation.ocsp, ...certificate.revocation.crl];
    if (address !== undefined) return { certificate, address };
  }
  return undefined;
}

/** The statuses of a chain of which no certificate can be asked about. */
export function nothingChecked(chain: readonly Certificate[]): CertificateStatus[] {
  return chain.map(() => ({ status: 'notChecked', lookups: [] }));
}

/**
 * Demands that no certificate of a chain is revoked, and that this is known: one that is revoked goes before one
 * whose status is unknown.
 * @throws NotationError `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN`, `ERR_REVOCATION_EXPIRED_CERTIFICATE`
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 */
export function demandNoneRevoked(
  chain: readonly Certificate[],
  statuses: readonly CertificateStatus[],
): void {
  // A checker of the caller's own may have given fewer statuses than certificates: those are unknown.
  const judged = chain.map((certificate, i) => ({ certificate, status: statuses[i] }));
  const bad =
    judged.find(({ status }) => status?.status === 'revoked') ??
    judged.find(({ status }) => status?.status !== 'good' && status?.status !== 'notChecked');
  if (!bad) return;
  const { code, message } = bad.status?.reason ?? {
    code: bad.status?.status === 'revoked' ? 'ERR_CERTIFICATE_REVOKED' : 'ERR_REVOCATION_UNKNOWN',
    message: `the certificate "${shortSubject(bad.certificate)}" is not known to be unrevoked`,
  };
  throw new NotationError(code, message);
}
