import { argumentInvalid } from '../errors/notation-error.ts';
import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { explanationOf, positionOf, summaryOf, type Verdict, verdictOf } from './verdict.ts';

/** Options of {@link formatTable}. */
export interface TableOptions {
  /**
   * The columns of the terminal. A table that is wider is written as a block of lines for each reference, so that nothing is
   * cut; words that are longer stay in one piece. No limit by default.
   */
  width?: number | undefined;
}

const GAP = 2;
const INDENT = '  ';

/** Characters that take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
/** Characters that take none. */
const COMBINING = /\p{M}/u;

/**
 * Formats evaluations as a table for a person, with the number of each class below it. Each line starts with the class,
 * except those of a terminal that is too narrow for the table.
 *
 * @param evaluations - References with their reports or errors.
 * @param options - `width`: the columns of the terminal.
 * @returns Lines of text, without a final newline.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if `width` is not a positive integer.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatTable } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * const location = { file: 'deploy.yaml', line: 12, column: 16 };
 * console.log(formatTable([{ reference: 'registry.example.com/app:v1', location, error }], { width: 100 }));
 * ```
 */
export function formatTable(evaluations: Iterable<Evaluation>, { width }: TableOptions = {}): string {
  if (width !== undefined && !(Number.isInteger(width) && width > 0)) {
    throw argumentInvalid('width must be a positive integer');
  }
  const verdicts = Array.from(evaluations, verdictOf);
  const rows = verdicts.map(rowOf);
  const table = rows.length > 0 ? tableLines([headings(rows), ...rows]) : [];
  const fits = width === undefined || table.every((line) => columnsOf(line) <= width);
  const lines = fits ? table : rows.flatMap((row) => blockLines(row, width));
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryOf(verdicts)].join('\n');
}

interface Row {
  result: string;
  reference: string;
  where: string;
  why: string;
}

function rowOf(verdict: Verdict): Row {
  const { class: result, reference, location } = verdict;
  return {
    result,
    reference: printableLine(reference),
    where: location ? printableLine(positionOf(location)) : '',
    why: printableLine(explanationOf(verdict)),
  };
}

function headings(rows: readonly Row[]): Row {
  const where = rows.some((row) => row.where !== '') ? 'WHERE' : '';
  return { result: 'RESULT', reference: 'IMAGE', where, why: 'WHY' };
}

function tableLines(rows: readonly Row[]): string[] {
  const columns = (['result', 'reference', 'where', 'why'] as const)
    .map((name) => ({ name, width: widest(rows.map((row) => row[name])) }))
    .filter(({ width }) => width > 0);
  return rows.map((row) =>
    columns
      .map(({ name, width }) => row[name] + ' '.repeat(width + GAP - columnsOf(row[name])))
      .join('')
      .trimEnd(),
  );
}

function widest(texts: readonly string[]): number {
  return texts.reduce((max, text) => Math.max(max, columnsOf(text)), 0);
}

function blockLines({ result, reference, where, why }: Row, width: number): string[] {
  const details = [reference, where && `in ${where}`, why].filter(Boolean);
  return [
    result,
    ...details.flatMap((text) => wrap(text, width - INDENT.length).map((line) => INDENT + line)),
  ];
}

/** Breaks a text between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let taken = 0;
  for (const word of text.split(' ')) {
    const columns = columnsOf(word);
    if (line !== '' && taken + 1 + columns > width) {
      lines.push(line);
      line = '';
      taken = 0;
    }
    line = line === '' ? word : `${line} ${word}`;
    taken += columns + (taken > 0 ? 1 : 0);
  }
  return [...lines, line];
}

/** Returns how many columns of a terminal a text takes. */
function columnsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}
