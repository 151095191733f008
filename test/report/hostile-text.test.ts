import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatGithubAnnotations,
  formatHtml,
  formatJson,
  formatJunit,
  formatLine,
  formatMarkdown,
  formatOpenMetrics,
  formatSarif,
  formatTable,
} from '../../src/report/index.ts';
import type { Evaluation } from '../../src/verifier/index.ts';
import { anyText, evaluationsWith, HOSTILE, UNPRINTABLE } from './evaluations.ts';

const lines = (all: readonly Evaluation[]) => all.map(formatLine).join('\n');
const narrow = (all: readonly Evaluation[]) => formatTable(all, { width: 40 });
const FORMATS = Object.entries({
  lines,
  narrow,
  formatTable,
  formatMarkdown,
  formatJson,
  formatSarif,
  formatJunit,
  formatGithubAnnotations,
  formatHtml,
  formatOpenMetrics,
}) as [string, (all: readonly Evaluation[]) => string][];

/** What a CI service runs: `::name` at the start of a line, `##[name]` anywhere. */
const COMMAND = /^\s*::|##[a-z]*\[/im;

describe.each(FORMATS)('%s, with text of others', (name, format) => {
  it('has no character that a terminal or an editor acts on', () => {
    for (const text of HOSTILE) expect(format(evaluationsWith(text))).not.toMatch(UNPRINTABLE);
    fc.assert(
      fc.property(anyText, (text) => !UNPRINTABLE.test(format(evaluationsWith(text)))),
      { numRuns: 50 },
    );
  });

  it('has as many lines as with any other text', () => {
    const count = (text: string) => format(evaluationsWith(text)).split('\n').length;
    // These wrap lines or list equal results once.
    if (name === 'narrow' || name === 'formatOpenMetrics') return;
    for (const text of HOSTILE)
      if (text !== '') expect(count(text), JSON.stringify(text)).toBe(count('harmless'));
  });

  // Annotations are such commands; what breaks out of them has a test of its own.
  if (name !== 'formatGithubAnnotations') {
    it('has no command of a CI service', () => {
      for (const text of HOSTILE) expect(format(evaluationsWith(text))).not.toMatch(COMMAND);
    });
  }

  it('stays short, whatever the length of the text', () => {
    // JSON is complete, and SARIF has the whole path of a file.
    if (name === 'formatJson' || name === 'formatSarif') return;
    expect(format(evaluationsWith('x'.repeat(1_000_000))).length).toBeLessThan(100_000);
  });
});
