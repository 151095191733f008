import type { Reason } from '../errors/index.ts';
import { printableLine } from '../errors/quote.ts';
import type {
  BlobVerificationReport,
  CertificateSummary,
  Check,
  PlatformReport,
  SignatureReport,
  TimestampSummary,
  VerificationReport,
} from '../verifier/report.ts';
import type { RevocationLookup } from '../x509/revocation/certificate-status.ts';

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['application/jose+json', 'JWS'],
  ['application/cose', 'COSE'],
]);

/** The limit of user metadata lines of one signature: people do not read more. */
const MAX_METADATA_LINES = 20;
/** The limit of revocation lookups of one certificate. */
const MAX_LOOKUPS = 10;

const VERDICTS = { verified: 'is trusted', rejected: 'is NOT trusted', skipped: 'was not verified' } as const;

/** The results that need no explanation, with their headings. */
const PLAIN_RESULTS = [
  ['passed', 'passed'],
  ['skipped', 'skipped'],
  ['notRun', 'not run'],
] as const;

/**
 * Formats a report as text for a person: the verdict first, then the reason with the next step, then every signature with
 * every check; with `platforms` the same for each manifest of the image index. Invisible characters of outside data are
 * escaped, so that it cannot forge a line; long lines and long lists of user metadata are cut.
 *
 * @param report - The report of `evaluate`, `verify`, `evaluateBlob` or `verifyBlob`, or the `report` of their errors.
 * @returns Lines of text, without a final newline.
 *
 * @example
 * ```ts
 * import { formatReport } from 'notarykit/report';
 * import type { VerificationReport } from 'notarykit/verifier';
 *
 * const digest = `sha256:${'0'.repeat(64)}`;
 * const report: VerificationReport = {
 *   reference: 'registry.example.com/app:v1',
 *   artifact: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 },
 *   outcome: 'skipped',
 *   signatures: [],
 * };
 * console.log(formatReport(report));
 * ```
 */
export function formatReport(report: VerificationReport | BlobVerificationReport): string {
  const { artifact, outcome, policy, reason, signatures, warnings = [] } = report;
  const subject = 'reference' in report ? report.reference : 'the blob';
  // A single image lists itself: it is shown once.
  const platforms = ('platforms' in report ? (report.platforms ?? []) : []).filter(
    ({ digest }) => digest !== artifact?.digest,
  );
  const lines = [`${subject} ${warnings.length > 0 ? 'is accepted with warnings' : VERDICTS[outcome]}`];
  if (artifact) lines.push(row('digest', artifact.digest));
  if ('coveredBy' in report) lines.push(...coverLines(report));
  if (policy) lines.push(row('policy', `${JSON.stringify(policy.statement)}, level ${policy.level}`));
  if (outcome === 'skipped') lines.push(row('why', 'the level "skip" verifies no signature'));
  if (report.validUntil) lines.push(row('until', report.validUntil));
  if (reason) lines.push(...reasonLines('reason', reason));
  for (const warning of warnings) lines.push(...reasonLines('warning', warning));
  lines.push(...allSignatureLines(signatures));
  for (const [index, platform] of platforms.entries()) {
    lines.push('', ...platformLines(platform, index + 1, platforms.length));
  }
  return lines.map(printableLine).join('\n');
}

/** Formats the manifest of one platform, with its signatures indented. */
function platformLines(
  { digest, platform, report }: PlatformReport,
  number: number,
  count: number,
): string[] {
  const { outcome, reason, coveredBy, warnings = [] } = report;
  // The signatures of the index are shown once, as its own.
  const signatures = coveredBy ? [] : report.signatures;
  return [
    [`manifest ${number} of ${count}`, platform, warnings.length > 0 ? 'accepted with warnings' : outcome]
      .filter(Boolean)
      .join(', '),
    row('digest', digest),
    ...coverLines(report),
    ...(reason ? reasonLines('reason', reason) : []),
    ...allSignatureLines(signatures).map((line) => (line ? `  ${line}` : line)),
  ];
}

function coverLines({ coveredBy }: Pick<VerificationReport, 'coveredBy'>): string[] {
  return coveredBy ? [row('covered by', `the index ${coveredBy.digest}`)] : [];
}

function allSignatureLines(signatures: readonly SignatureReport[]): string[] {
  return signatures.flatMap((one, index) => ['', ...signatureLines(one, index + 1, signatures.length)]);
}

function reasonLines(heading: string, { code, message, nextStep }: Reason): string[] {
  return [row(heading, `${message} [${code}]`), row('to do', nextStep)];
}

function signatureLines(signature: SignatureReport, number: number, count: number): string[] {
  const { digest, mediaType, outcome, reason, details, checks } = signature;
  const format = mediaType === undefined ? undefined : (FORMATS.get(mediaType) ?? mediaType);
  const head = [`signature ${number} of ${count} tried`, format, outcome].filter(Boolean).join(', ');
  const lines = [head];
  if (digest) lines.push(row('digest', digest));
  if (details) {
    lines.push(
      row('signer', details.signer),
      row('signed', `${details.signingTime}, ${details.signatureAlgorithm}`),
    );
    if (details.expiry) lines.push(row('expires', details.expiry));
    if (details.trustedIdentity) lines.push(row('trusted as', details.trustedIdentity));
    if (details.timestamp) lines.push(...timestampLines(details.timestamp));
    lines.push(...revocationLines(details.certificates));
    lines.push(...metadataLines(details.userMetadata));
  }
  if (checks.length === 0 && reason) lines.push(row('reason', `${reason.message} [${reason.code}]`));
  return [...lines, ...checkLines(checks)];
}

function timestampLines({ time, earliest, latest, certificates, accepted }: TimestampSummary): string[] {
  const range = earliest === latest ? time : `${time}, between ${earliest} and ${latest}`;
  const tsa = certificates[0]?.subject ?? '';
  const forms = accepted
    ? [row('', `accepted although the notation CLI rejects it: ${accepted.join(', ')}`)]
    : [];
  return [row('stamped', `${range}, by ${tsa}`), ...forms, ...revocationLines(certificates)];
}

/** Formats the revocation status of each certificate, with its lookups. */
function revocationLines(certificates: readonly CertificateSummary[]): string[] {
  return certificates.flatMap(({ subject, revocation }) => {
    if (!revocation || revocation.status === 'notChecked') return [];
    return [
      row(revocation.status, `certificate ${subject}`),
      ...revocation.lookups.slice(0, MAX_LOOKUPS).map((lookup) => row('', lookupText(lookup))),
    ];
  });
}

function lookupText({ method, url, source, answer, message, age }: RevocationLookup): string {
  const lookup = url === undefined ? method : `${method} ${url}`;
  const known = age === undefined ? '' : `, known for ${duration(age)}`;
  const from = source === 'network' ? '' : `, ${source === 'cache' ? 'from the cache' : 'given'}`;
  return `${lookup}: ${answer}, ${message}${known}${from}`;
}

function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${name}`;
}

function metadataLines(userMetadata: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(userMetadata);
  const lines = entries
    .slice(0, MAX_METADATA_LINES)
    .map(([key, value]) => row('metadata', `${key}=${value}`));
  const more = entries.length - lines.length;
  return more > 0 ? [...lines, row('metadata', `and ${more} more`)] : lines;
}

/** Formats each failure with its reason, and the other checks in one line for each result. */
function checkLines(checks: readonly Check[]): string[] {
  const failures = checks.filter(({ result }) => result === 'failed');
  const plain = PLAIN_RESULTS.flatMap(([result, heading]) => {
    const names = checks.filter((check) => check.result === result).map(({ name }) => name);
    return names.length > 0 ? [row(heading, names.join(', '))] : [];
  });
  return [...failures.map(failureLine), ...plain];
}

function failureLine({ name, action, reason }: Check): string {
  const why = reason ? `: ${reason.message} [${reason.code}]` : '';
  return row(action === 'log' ? 'logged' : 'FAILED', `${name}${why}`);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(10)} ${value}`;
}
