// Turns what the library reports into what the popover shows.
import { isNotationError, type Reason, reasonOf } from 'notarykit/errors';
import { formatReport } from 'notarykit/report';
import {
  type Classification,
  classify,
  type SignatureReport,
  VerificationError,
  type VerificationReport,
} from 'notarykit/verifier';
import { SettingsError } from '../settings.ts';
import type {
  CheckSummary,
  ImageDetails,
  ImageState,
  SignatureSummary,
  StateKind,
  StateReason,
} from '../state.ts';
import { nextStepFor } from './next-steps.ts';
import { originPattern, PermissionMissing } from './permissions.ts';

/** The most signatures, and UTF-16 code units of a string and of the whole report, that are kept of an image. */
const MAX_SIGNATURES = 10;
const MAX_STRING = 500;
const MAX_REPORT = 20_000;

const KINDS: Readonly<Record<Classification['class'], StateKind>> = {
  verified: 'trusted',
  warned: 'warned',
  unsigned: 'unsigned',
  rejected: 'rejected',
  // Nobody looked at a signature: this must not pass for trust.
  skipped: 'cannot-tell',
  misconfigured: 'cannot-tell',
  undecided: 'cannot-tell',
};

/** What an evaluation ended with. */
export interface Ending {
  image: string;
  now: Date;
  /** Match patterns without permission that the evaluation needed. */
  needs: string[];
}

/** Returns the details of an image of which there is a report, or the error that prevented it. */
export function detailsOf(outcome: unknown, ending: Ending): ImageDetails {
  const classification = classify(outcome);
  const report = reportOf(outcome);
  const state: ImageState = {
    kind: KINDS[classification.class],
    evaluatedAt: ending.now.toISOString(),
    digest: report?.artifact?.digest,
    ...trustedBy(report),
    validUntil: report?.validUntil,
    policy: report?.policy && { statement: cut(report.policy.statement), level: report.policy.level },
    reasons: allReasons(ending, outcome, report),
    needs: ending.needs,
    retryable: ending.needs.length === 0 && classification.class === 'undecided' && classification.retryable,
  };
  return plain({
    image: ending.image,
    state,
    signatures: (report?.signatures ?? []).slice(-MAX_SIGNATURES).map(summaryOf),
    text: report && cut(formatReport(report), MAX_REPORT),
  });
}

/** Returns the details of an image for which there is no trust policy: whether it has signatures at all. */
export function detailsWithoutPolicy(
  digest: string,
  signatures: readonly { digest: string }[],
  { image, now, needs }: Ending,
): ImageDetails {
  const kind = signatures.length > 0 ? 'signed-not-evaluated' : 'unsigned';
  const reason: StateReason = {
    code: 'NO_POLICY',
    message: 'there is no trust policy yet, so no signature was verified',
    nextStep: 'Write a trust policy in the options of the extension.',
  };
  return {
    image,
    state: {
      kind,
      evaluatedAt: now.toISOString(),
      digest,
      reasons: kind === 'unsigned' ? [] : [reason],
      needs,
      retryable: false,
    },
    signatures: signatures.slice(0, MAX_SIGNATURES).map(({ digest }) => ({ digest, checks: [] })),
  };
}

/** Returns the match patterns of the responders and CRLs that gave no status, in the signatures of a report. */
export function unansweredOrigins(outcome: unknown): string[] {
  const signatures = reportOf(outcome)?.signatures ?? [];
  const chains = signatures.flatMap(({ details }) =>
    details ? [details.certificates, details.timestamp?.certificates ?? []] : [],
  );
  const lookups = chains.flat().flatMap(({ revocation }) => revocation?.lookups ?? []);
  return lookups.flatMap(({ answer, url }) =>
    answer === 'unknown' && url !== undefined && URL.canParse(url) ? [originPattern(new URL(url))] : [],
  );
}

function reportOf(outcome: unknown): VerificationReport | undefined {
  if (outcome instanceof VerificationError) return outcome.report;
  return outcome === undefined || outcome instanceof Error ? undefined : (outcome as VerificationReport);
}

/** By whom and since when: the accepted signature is the last one that was tried. */
function trustedBy(report: VerificationReport | undefined) {
  const details = report?.outcome === 'verified' ? report.signatures.at(-1)?.details : undefined;
  if (!details) return {};
  const { signer, signingTime, timestamp } = details;
  return { signer: cut(signer), signedAt: signingTime, timestamp: timestamp?.time };
}

/** One reason for each permission that is missing, in place of those of the requests that were not sent. */
function permissionReasons(needs: readonly string[]): StateReason[] {
  return needs.map((pattern) => {
    const { message, nextStep } = new PermissionMissing(pattern);
    return { code: 'NEEDS_PERMISSION', message, nextStep };
  });
}

function allReasons(
  { needs }: Ending,
  outcome: unknown,
  report: VerificationReport | undefined,
): StateReason[] {
  const permissions = permissionReasons(needs);
  const others = reasonsOf(outcome, report).filter(
    ({ message }) => !permissions.some((permission) => permission.message === message),
  );
  return [...permissions, ...others];
}

function reasonsOf(outcome: unknown, report: VerificationReport | undefined): StateReason[] {
  if (report?.outcome === 'skipped') {
    return [
      {
        code: 'POLICY_SKIPS',
        message: 'the trust policy says to verify nothing here: level "skip"',
        nextStep: 'Give the statement another level to have signatures verified.',
      },
    ];
  }
  if (report?.outcome === 'verified') return report.warnings.map(shortened);
  if (report) return rejectionReasons(report.reason, report.signatures).map(shortened);
  if (isNotationError(outcome)) return [shortened(reasonOf(outcome))];
  if (outcome instanceof SettingsError) {
    return [
      {
        code: 'SETTINGS_INVALID',
        message: `the settings are damaged: ${cut(outcome.message)}`,
        nextStep: 'Correct them in the options of the extension.',
      },
    ];
  }
  return [
    {
      code: 'UNEXPECTED',
      message: cut(outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : String(outcome)),
      nextStep: 'Report this to the authors of the extension.',
    },
  ];
}

/** If no signature is trusted, why each of them is not says more than the reason of the report. */
function rejectionReasons(reason: Reason, signatures: readonly SignatureReport[]): Reason[] {
  const ofSignatures = signatures.flatMap(({ reason }) => (reason ? [reason] : []));
  return reason.code === 'ERR_NO_TRUSTED_SIGNATURE'
    ? [...ofSignatures.slice(0, MAX_SIGNATURES), reason]
    : [reason];
}

function summaryOf({ digest, outcome, details, checks, reason }: SignatureReport): SignatureSummary {
  const [leaf] = details?.certificates ?? [];
  return {
    digest,
    outcome,
    signer: details && cut(details.signer),
    issuer: leaf && cut(leaf.issuer),
    trustedIdentity: details?.trustedIdentity && cut(details.trustedIdentity),
    signedAt: details?.signingTime,
    timestamp: details?.timestamp?.time,
    expiry: details?.expiry,
    signingAgent: details?.signingAgent && cut(details.signingAgent),
    checks: checks.map(
      ({ name, action, result, reason }): CheckSummary => ({
        name,
        action,
        result,
        reason: reason && shortened(reason),
      }),
    ),
    reason: reason && shortened(reason),
  };
}

function shortened({ code, message, nextStep }: Reason): StateReason {
  return { code, message: cut(message), nextStep: cut(nextStepFor(code, nextStep)) };
}

function cut(text: string, max = MAX_STRING): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** Leaves out what is undefined, as messages and the storage do. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
