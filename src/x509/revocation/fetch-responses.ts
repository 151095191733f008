import { hash } from '../../crypto/digest.ts';
import { decodeBase64 } from '../../encoding/base64.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { throwIfAborted } from '../../net/abort.ts';
import { OPERATION_LIMITS, type OperationLimits, readLimits, withBudget } from '../../net/budget.ts';
import { type Certificate, type CertificateInput, readCertificate, readChain } from '../certificate.ts';
import type { CertificateStatus } from './certificate-status.ts';
import { readTimes, requireClock } from './check-arguments.ts';
import { createNetworkLookup, type RevocationCheckerOptions } from './checker.ts';

/** Options of {@link fetchRevocationResponses}. */
export interface FetchRevocationResponsesOptions extends RevocationCheckerOptions {
  /** 60 seconds, 1,000 requests and 128 MiB for all responses, by default. */
  limits?: OperationLimits | undefined;
}

/** A report of a verification, or a certificate chain, leaf first, root last. */
export type RevocationSubject = RevocationSubjectReport | CertificateInput;

/** The members of a report that are used. */
export interface RevocationSubjectReport {
  signatures: readonly {
    checks: readonly { name: string; result: string }[];
    details?: {
      certificates: readonly { der?: string }[];
      timestamp?: { certificates: readonly { der?: string }[] };
    };
  }[];
}

/**
 * Fetches the OCSP responses and CRLs that determine the revocation status of certificates, for `createOfflineRevocationChecker`.
 *
 * @param from - A report of `evaluate` or `verify`, whose trusted chains are used, those of timestamps included; or a
 * certificate chain in any form of `CertificateInput`, leaf first, root last.
 * @param options - As for `createRevocationChecker`, and limits.
 * @returns The responses, DER, each once; also those that say that a certificate is revoked.
 * @throws NotationError `ERR_REVOCATION_UNKNOWN` if the status of a certificate cannot be determined,
 * `ERR_REVOCATION_EXPIRED_CERTIFICATE` if the reason is that the certificate has expired, `ERR_TIMEOUT`,
 * `ERR_BUDGET_EXCEEDED`, `ERR_ABORTED`, `ERR_ARGUMENT_INVALID`, and those of certificates that cannot be read
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation":
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#certificate-revocation-evaluation
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { fetchRevocationResponses, createOfflineRevocationChecker } from 'notarykit/x509/revocation';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * const responses = await fetchRevocationResponses(certificates);
 * const checker = createOfflineRevocationChecker(responses);
 * console.log(responses.length, typeof checker.check); // 0 function: these certificates name no URL
 * ```
 */
export async function fetchRevocationResponses(
  from: RevocationSubject,
  { limits, signal, ...options }: FetchRevocationResponsesOptions = {},
): Promise<Uint8Array[]> {
  const complete = readLimits<OperationLimits>(OPERATION_LIMITS, limits);
  const clock = requireClock(options.clock);
  throwIfAborted(signal);
  const lookUp = createNetworkLookup(options);
  const chains = chainsOf(from);
  return withBudget(complete, signal, 'the collection of revocation responses', async (budget) => {
    const responses = new Map<string, Uint8Array>();
    for (const chain of chains) {
      const statuses = await lookUp(chain, { ...readTimes({}, clock), signal: budget.signal, budget });
      for (const { status, evidence } of statuses) {
        if (status.status === 'unknown') throw statusUnknown(status);
        for (const der of evidence) responses.set(encodeHex(await hash('SHA-256', der)), der);
      }
    }
    return [...responses.values()];
  });
}

function statusUnknown({ reason }: CertificateStatus): NotationError {
  const { code, message } = reason ?? { code: 'ERR_REVOCATION_UNKNOWN', message: 'a status is unknown' };
  return new NotationError(code, message);
}

function chainsOf(from: RevocationSubject): Certificate[][] {
  if (typeof from === 'object' && from !== null && 'signatures' in from) return chainsOfReport(from);
  return [readChain(from)];
}

/** URLs in untrusted chains are never requested: anyone can make such a chain. */
function chainsOfReport({ signatures }: RevocationSubjectReport): Certificate[][] {
  if (!Array.isArray(signatures)) throw reportInvalid();
  return signatures.flatMap((signature: RevocationSubjectReport['signatures'][number]) => {
    const { checks, details } = signature ?? {};
    if (!Array.isArray(checks)) throw reportInvalid();
    const trusted = checks.some((check) => check?.name === 'authenticity' && check.result === 'passed');
    const chains = [trusted ? details?.certificates : undefined, details?.timestamp?.certificates];
    return chains.flatMap((chain) => {
      if (chain !== undefined && !Array.isArray(chain)) throw reportInvalid();
      return chain ? [chain.map(readDer)] : [];
    });
  });
}

function readDer(certificate: { der?: string }): Certificate {
  const der = certificate?.der;
  if (typeof der !== 'string') throw reportInvalid();
  return readCertificate(decodeBase64(der, 'certificate of the report'));
}

function reportInvalid(): NotationError {
  return argumentInvalid('the report is not that of a verification, or is incomplete');
}
