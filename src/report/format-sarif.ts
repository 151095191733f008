import type { SourceLocation } from '../encoding/source-location.ts';
import { type ErrorCode, errorCodes } from '../errors/index.ts';
import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { printableJson } from './printable-json.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/**
 * Formats evaluations as a log of SARIF 2.1.0, for code scanning: an error for each reference that is not accepted, a warning
 * for each failure that the policy only logs. The rule of a result is the error code. Results have a file with line and column
 * where the evaluation has a location, and the reference as logical location.
 *
 * @param evaluations - References with their reports or errors.
 * @returns JSON text, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatSarif } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * const location = { file: 'deploy.yaml', line: 12, column: 16 };
 * const log = JSON.parse(formatSarif([{ reference: 'registry.example.com/app:v1', location, error }]));
 * console.log(log.runs[0].results[0].ruleId); // ERR_NO_SIGNATURE
 * ```
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function formatSarif(evaluations: Iterable<Evaluation>): string {
  const verdicts = Array.from(evaluations, verdictOf);
  const codes = [...new Set(verdicts.flatMap(({ reasons }) => reasons.map(({ code }) => code)))].sort();
  return printableJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'notarykit', rules: codes.map(ruleOf) } },
        invocations: [{ executionSuccessful: verdicts.every(isDecided) }],
        columnKind: 'utf16CodeUnits',
        results: verdicts.flatMap((verdict) => resultsOf(verdict, codes)),
      },
    ],
  });
}

function isDecided({ class: name }: Verdict): boolean {
  return name !== 'undecided' && name !== 'misconfigured';
}

function ruleOf(id: ErrorCode): object {
  const words = id.slice('ERR_'.length).toLowerCase().replaceAll('_', ' ');
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return { id, shortDescription: { text }, fullDescription: { text }, help: { text: errorCodes[id] } };
}

function resultsOf(verdict: Verdict, codes: readonly ErrorCode[]): object[] {
  const { accepted, reference, digest, reasons } = verdict;
  return reasons.map(({ code, message, nextStep }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: accepted ? 'warning' : 'error',
    message: { text: messageText(`${reference} is ${verdict.class}: ${message}. ${nextStep}`) },
    locations: [locationOf(verdict)],
    ...(digest !== undefined && { properties: { digest } }),
  }));
}

function locationOf({ location, reference }: Verdict): object {
  return {
    ...(location && {
      physicalLocation: {
        artifactLocation: { uri: uriOf(location.file) },
        region: { startLine: location.line, startColumn: location.column },
      },
    }),
    logicalLocations: [{ fullyQualifiedName: printableLine(reference), kind: 'resource' }],
  };
}

/** Writes a message in which nothing is a placeholder or a link: `{0}` is one, and so is `[text](target)`. */
function messageText(text: string): string {
  return printableLine(text)
    .replace(/\{(\d+)\}/g, '{{$1}}')
    .replaceAll('](', ']\\(');
}

/** Returns the path of a file as a URI, relative if the path is. */
function uriOf(file: SourceLocation['file']): string {
  const drive = /^[A-Za-z]:[\\/]/.test(file);
  const segments = (drive ? file.replaceAll('\\', '/') : file).split('/');
  const path = segments.map((segment) => encodeURIComponent(segment.replace(/\p{Cs}/gu, '\ufffd'))).join('/');
  if (drive) return `file:///${path.replace('%3A', ':')}`;
  return path.startsWith('/') ? `file://${path}` : path;
}
