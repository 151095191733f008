import type { Evaluation } from '../verifier/evaluation-result.ts';
import { formatReport } from './format-report.ts';
import { escapeMarkup, markup } from './markup.ts';
import { explanationOf, positionOf, summaryOf, type Verdict, verdictOf } from './verdict.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .5rem; text-align: left; vertical-align: top; }
td, pre { overflow-wrap: anywhere; unicode-bidi: isolate; }
pre { white-space: pre-wrap; }
.verified { color: #18794e; }
.warned, .skipped { color: #946800; }
.unsigned, .rejected, .undecided, .misconfigured { color: #ce2c31; }
`;

/** The digest of {@link STYLE}, which the policy of the page allows; nothing else is loaded or run. */
const STYLE_DIGEST = 'sha256-I/hAp1Vl04nSbYeBkZmODzAaV29HUB+DNqvnTNVRV44=';

/**
 * Formats evaluations as one HTML page without scripts, images or other files. Its content security policy allows only its own
 * style sheet, and everything from outside is escaped.
 *
 * @param evaluations - References with their reports or errors.
 * @returns An HTML document, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatHtml } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * const page = formatHtml([{ reference: 'registry.example.com/app:v1', error }]);
 * console.log(page.startsWith('<!doctype html>')); // true
 * ```
 */
export function formatHtml(evaluations: Iterable<Evaluation>): string {
  const verdicts = Array.from(evaluations, verdictOf);
  const policy = `default-src 'none'; style-src '${STYLE_DIGEST}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>Signatures</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Signatures</h1>
<p>${markup(summaryOf(verdicts))}</p>
<table>
<thead><tr><th>Result</th><th>Image</th><th>Why</th><th>Where</th></tr></thead>
<tbody>
${verdicts.map(rowOf).join('\n')}
</tbody>
</table>
</body>
</html>`;
}

function rowOf(verdict: Verdict): string {
  const { reference, digest, location } = verdict;
  const cells = [
    `<strong class="${verdict.class}">${verdict.class}</strong>`,
    `<code>${markup(reference)}</code>${digest === undefined ? '' : `<br><code>${markup(digest)}</code>`}`,
    `${markup(explanationOf(verdict))}${details(verdict)}`,
    location ? `<code>${markup(positionOf(location))}</code>` : '',
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function details({ report, reasons }: Verdict): string {
  if (report)
    return `<details><summary>Report</summary><pre>${escapeMarkup(formatReport(report))}</pre></details>`;
  return reasons.map(({ nextStep }) => `<br>${markup(nextStep)}`).join('');
}
