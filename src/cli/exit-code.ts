import { type Classification, classify } from '../verifier/classify.ts';

/** What the command exits with. */
export const EXIT = {
  /** Verified, accepted with warnings, or skipped; done. */
  success: 0,
  /** Rejected or unsigned. */
  rejected: 1,
  /** Wrong arguments, or a configuration that must be corrected. */
  misconfigured: 2,
  /** No verdict could be reached. */
  undecided: 3,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

const CODES: Readonly<Record<Classification['class'], number>> = {
  verified: EXIT.success,
  warned: EXIT.success,
  skipped: EXIT.success,
  unsigned: EXIT.rejected,
  rejected: EXIT.rejected,
  misconfigured: EXIT.misconfigured,
  undecided: EXIT.undecided,
};

/** Returns the exit code for a report or an error. */
export function exitCodeOf(reportOrError: unknown): number {
  return CODES[classify(reportOrError).class];
}

/** The codes in the order in which one of several results decides. */
const SEVERITY: readonly number[] = [
  EXIT.interrupted,
  EXIT.misconfigured,
  EXIT.rejected,
  EXIT.undecided,
  EXIT.success,
];

/** Returns the exit code of several results: 2 before 1 before 3. */
export function worstOf(codes: Iterable<number>): number {
  const given = new Set(codes);
  return SEVERITY.find((code) => given.has(code)) ?? EXIT.success;
}
