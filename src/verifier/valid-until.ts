import { formatRfc3339 } from '../envelope/rfc3339.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { CertificateStatus } from '../x509/revocation/certificate-status.ts';
import type { VerifiedOutcome } from './report.ts';
import type { Signature } from './step.ts';

/**
 * Returns the time until which the verdict on a trusted signature is valid if nothing else changes: the first time
 * after `now` among its expiry, the ends of validity of its certificates and of those of its timestamp, and the next
 * updates of the revocation responses that were relied on. A time that has passed already did not prevent the verdict.
 */
export function validUntil(
  { envelope, timestamp, statuses }: Signature,
  now: Date,
): VerifiedOutcome['validUntil'] {
  const { certificates, signedAttributes } = envelope;
  const times = [
    ...(signedAttributes.expiry ? [signedAttributes.expiry] : []),
    ...[...certificates, ...(timestamp?.certificates ?? [])].map(({ notAfter }: Certificate) => notAfter),
    ...nextUpdates(statuses),
    ...nextUpdates(timestamp?.statuses),
  ];
  return earliest(times.filter((time) => time > now));
}

function nextUpdates(statuses: readonly CertificateStatus[] = []): Date[] {
  return statuses.flatMap(({ lookups }) =>
    lookups.flatMap(({ answer, nextUpdate }) =>
      answer === 'good' && nextUpdate ? [new Date(nextUpdate)] : [],
    ),
  );
}

/** Returns the earliest of several times, if there is one. */
export function earliest(times: readonly Date[]): string | undefined {
  const first = times.reduce<Date | undefined>((a, b) => (a && a <= b ? a : b), undefined);
  return first && formatRfc3339(first);
}
