import type { Reason } from '../errors/index.ts';
import { printableLine } from '../errors/quote.ts';
import { formatReport } from '../report/format-report.ts';
import type { BlobVerificationReport, SignatureReport, VerificationReport } from '../verifier/report.ts';
import { nextStepOf } from './next-step.ts';
import { printableLines, type Terminal, table } from './terminal.ts';

/** Signatures whose reasons are printed; `--verbose` prints all. */
const MAX_REASONS = 5;

/**
 * Prints a verdict for people, in the words of notation.
 * @param name - The artifact with its digest, or the path of the blob.
 */
export function printVerdict(
  name: string,
  report: VerificationReport | BlobVerificationReport,
  terminal: Terminal,
): void {
  const { print, warn, verbose } = terminal;
  for (const warning of report.warnings ?? []) warn(`${name}: ${reasonText(warning)}`);
  if (report.outcome === 'skipped') {
    print(`Trust policy is configured to skip signature verification for ${printableLine(name)}`);
  } else if (report.outcome === 'verified') {
    print(`Successfully verified signature for ${printableLine(name)}`);
    printMetadata(report.signatures, print);
  } else {
    printRejection(name, report.reason, report.signatures, terminal);
  }
  if (verbose) print(`\n${formatReport(report)}`);
}

/** Prints why there is no verdict, or a bad one. */
export function printReason(name: string, reason: Reason, { stderr, errorColors }: Terminal): void {
  stderr.write(`${errorColors.red('Error:')} ${printableLines(`${name}: ${reasonText(reason)}`)}\n`);
  stderr.write(`${errorColors.bold('To do:')} ${printableLine(nextStepOf(reason))}\n`);
}

function printRejection(
  name: string,
  reason: Reason,
  signatures: readonly SignatureReport[],
  terminal: Terminal,
): void {
  printReason(name, reason, terminal);
  for (const { digest, reason } of signatures.slice(0, MAX_REASONS)) {
    if (reason)
      terminal.stderr.write(`  ${printableLine(`${digest ?? 'the signature'}: ${reasonText(reason)}`)}\n`);
  }
}

function reasonText({ code, message }: Reason): string {
  return `${message} [${code}]`;
}

/** Prints the user metadata of the signature that is trusted, as notation does. */
function printMetadata(signatures: readonly SignatureReport[], print: Terminal['print']): void {
  const trusted = signatures.find(({ outcome }) => outcome === 'verified');
  const entries = Object.entries(trusted?.details?.userMetadata ?? {});
  if (entries.length === 0) return;
  print(`\nThe artifact was signed with the following user metadata.\n\n${table(['KEY', 'VALUE'], entries)}`);
}
