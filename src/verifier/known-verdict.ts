import { classify, classOfCode, isReport } from './classify.ts';
import type { VerificationReport } from './report.ts';

/** How long verdicts are used, in milliseconds. */
export interface VerdictAges {
  /** A verdict on a trusted artifact. */
  maxAge: number;
  /** Another verdict, or one with a warning that may pass. */
  refusalMaxAge: number;
}

/** A verdict that was reached before. Times are in milliseconds since 1970. */
export interface KnownVerdict {
  /** The entry as JSON, so that each user gets a report of its own. */
  readonly body: string;
  /** The digest of the artifact. */
  readonly digest: string;
  readonly evaluatedAt: number;
  /** When it is too old, or no longer valid. */
  readonly end: number;
  /** When it must not be used any more, even if no new one can be had. */
  readonly latest: number;
}

interface Entry {
  evaluatedAt: number;
  report: VerificationReport;
}

/** Makes the verdict that is stored, from a report and the time of the evaluation. */
export function knownVerdict(entry: Entry, ages: VerdictAges): KnownVerdict {
  return withTimes(JSON.stringify(entry), entry, ages);
}

/** Reads a stored verdict. The storage may be trusted, and yet have the entry of another program. */
export function readKnownVerdict(body: string, ages: VerdictAges): KnownVerdict | undefined {
  const entry = readEntry(body);
  return entry && withTimes(body, entry, ages);
}

/** Returns the report of a known verdict. */
export function reportOf({ body }: KnownVerdict): VerificationReport {
  return (JSON.parse(body) as Entry).report;
}

function readEntry(body: string): Entry | undefined {
  try {
    const { evaluatedAt, report } = JSON.parse(body) as Partial<Entry>;
    if (typeof evaluatedAt !== 'number' || !isReport(report)) return undefined;
    return { evaluatedAt, report: report as VerificationReport };
  } catch {
    return undefined;
  }
}

function withTimes(body: string, { evaluatedAt, report }: Entry, ages: VerdictAges): KnownVerdict {
  const validUntil = Date.parse(report.validUntil ?? '');
  const valid = Number.isNaN(validUntil) ? Number.POSITIVE_INFINITY : validUntil;
  const end = Math.min(evaluatedAt + lifetime(report, ages), valid);
  // Only trust is worth having beyond its age.
  const latest = report.outcome === 'verified' && end > evaluatedAt ? valid : end;
  return { body, digest: report.artifact?.digest ?? '', evaluatedAt, end, latest };
}

/** For how many milliseconds a report may be used from when it was made. */
function lifetime(report: VerificationReport, { maxAge, refusalMaxAge }: VerdictAges): number {
  switch (classify(report).class) {
    case 'verified':
      return maxAge;
    case 'warned':
      return report.warnings?.some(({ code }) => classOfCode(code) === 'undecided') ? refusalMaxAge : maxAge;
    case 'rejected':
    case 'unsigned':
      return refusalMaxAge;
    default:
      return 0;
  }
}
