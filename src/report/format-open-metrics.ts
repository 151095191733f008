import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { countClasses, type Verdict, verdictOf } from './verdict.ts';

/**
 * Formats evaluations as OpenMetrics text, for Prometheus and its push gateway or text file collector. The metrics are
 * gauges: `notarykit_results` with the number of results of each `class`; `notarykit_result`, which is 1, with `reference`,
 * `digest`, `class` and the `code` of the first failure; `notarykit_valid_until_seconds`, the time until which a verdict is
 * valid. A reference that was evaluated several times with the same result is one series.
 *
 * @param evaluations - References with their reports or errors.
 * @returns The text, which ends with `# EOF`, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatOpenMetrics } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * console.log(formatOpenMetrics([{ reference: 'registry.example.com/app:v1', error }]));
 * ```
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function formatOpenMetrics(evaluations: Iterable<Evaluation>): string {
  const verdicts = Array.from(evaluations, verdictOf);
  return [
    ...family('notarykit_results', 'Results by class.', classCounts(verdicts)),
    ...family('notarykit_result', 'The result of each reference.', results(verdicts)),
    '# TYPE notarykit_valid_until_seconds gauge',
    '# UNIT notarykit_valid_until_seconds seconds',
    '# HELP notarykit_valid_until_seconds Until when the verdict is valid, in seconds since 1970.',
    ...samples('notarykit_valid_until_seconds', ends(verdicts)),
    '# EOF',
  ].join('\n');
}

/** The values of a metric by their labels, as they are written: no two samples have the same labels. */
type Samples = ReadonlyMap<string, number>;

function family(name: string, help: string, values: Samples): string[] {
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, ...samples(name, values)];
}

function samples(name: string, values: Samples): string[] {
  return Array.from(values, ([labels, value]) => `${name}{${labels}} ${value}`);
}

function classCounts(verdicts: readonly Verdict[]): Samples {
  const counts = Object.entries(countClasses(verdicts));
  return new Map(counts.map(([name, count]) => [labelsOf({ class: name }), count]));
}

function results(verdicts: readonly Verdict[]): Samples {
  return new Map(
    verdicts.map(({ reference, digest, class: name, reasons }) => [
      labelsOf({ reference, digest: digest ?? '', class: name, code: reasons[0]?.code ?? '' }),
      1,
    ]),
  );
}

/** The first end of several verdicts on one digest counts. */
function ends(verdicts: readonly Verdict[]): Samples {
  const values = new Map<string, number>();
  for (const { reference, digest, validUntil } of verdicts) {
    const seconds = validUntil === undefined ? Number.NaN : Date.parse(validUntil) / 1000;
    if (Number.isNaN(seconds)) continue;
    const labels = labelsOf({ reference, digest: digest ?? '' });
    values.set(labels, Math.min(seconds, values.get(labels) ?? seconds));
  }
  return values;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${labelValue(value)}"`)
    .join(',');
}

function labelValue(text: string): string {
  return printableLine(text).replace(/["\\]/g, '\\$&');
}
