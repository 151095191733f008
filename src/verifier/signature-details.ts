import { encodeBase64 } from '../encoding/base64.ts';
import { claimedSigningTime } from '../envelope/attributes.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { truncate, truncateRecord } from '../storage/truncate.ts';
import type { Certificate } from '../x509/certificate.ts';
import { nameText } from '../x509/name.ts';
import type { CertificateStatus } from '../x509/revocation/certificate-status.ts';
import type { CertificateSummary, SignatureDetails, SignatureReport, TimestampSummary } from './report.ts';
import type { Signature, TimestampFinding } from './step.ts';

/** Summarizes an envelope whose integrity was verified. */
export function signatureDetails(
  { envelope, payload: { annotations = {} }, ...found }: Signature,
  outcome: SignatureReport['outcome'],
): SignatureDetails {
  const { algorithm, certificates, signedAttributes, unsignedAttributes } = envelope;
  const { trusted = false, trustedIdentity, timestamp, statuses } = found;
  const { signingScheme, expiry } = signedAttributes;
  const { signingAgent } = unsignedAttributes;
  const [leaf] = certificates;
  return {
    signatureAlgorithm: algorithm.plugin,
    signingScheme,
    signingTime: formatRfc3339(claimedSigningTime(signedAttributes)),
    ...(expiry && { expiry: formatRfc3339(expiry) }),
    signer: leaf ? summaryOf(leaf).subject : '',
    ...(trustedIdentity !== undefined && { trustedIdentity }),
    certificates: summariesOf(certificates, statuses, trusted),
    ...(timestamp && { timestamp: timestampSummary(timestamp) }),
    userMetadata: outcome === 'verified' ? annotations : truncateRecord(annotations),
    ...(signingAgent && { signingAgent: truncate(signingAgent) }),
  };
}

function timestampSummary(timestamp: TimestampFinding): TimestampSummary {
  const { time, earliest, latest, policy, serialNumber, certificates, accepted, statuses } = timestamp;
  return {
    time: precise(time),
    earliest: precise(earliest),
    latest: precise(latest),
    policy: truncate(policy),
    serialNumber: truncate(serialNumber),
    certificates: summariesOf(certificates, statuses, true),
    ...(accepted && { accepted: [...accepted] }),
  };
}

/** @param trusted - Whether to include the DER: untrusted certificates may have any size. */
function summariesOf(
  chain: readonly Certificate[],
  statuses: readonly CertificateStatus[] | undefined,
  trusted: boolean,
): CertificateSummary[] {
  return chain.map((certificate, i) => {
    const { der, ...summary } = summaryOf(certificate);
    const revocation = statuses?.[i];
    return { ...summary, ...(revocation && { revocation }), ...(trusted && { der }) };
  });
}

/** The summaries of the certificates in memory: most signatures of a verifier have the same. */
const summaries = new WeakMap<Certificate, CertificateSummary>();

function summaryOf(certificate: Certificate): CertificateSummary {
  const known = summaries.get(certificate);
  if (known) return known;
  const { subject, issuer, serialNumber, notBefore, notAfter, der } = certificate;
  const summary = {
    subject: truncate(nameText(subject)),
    issuer: truncate(nameText(issuer)),
    serialNumber: truncate(serialNumber),
    notBefore: formatRfc3339(notBefore),
    notAfter: formatRfc3339(notAfter),
    der: encodeBase64(der),
  };
  summaries.set(certificate, summary);
  return summary;
}

/** Formats RFC 3339, with milliseconds unless they are zero: a TSA may claim an accuracy below a second. */
function precise(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
