import fc from 'fast-check';
import markdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { formatMarkdown } from '../../src/report/index.ts';
import {
  anyText,
  DIGEST,
  EACH,
  evaluationsWith,
  HOSTILE,
  LOCATION,
  REFERENCE,
  UNSIGNED,
} from './evaluations.ts';

const markdown = markdownIt({ html: true, linkify: true });

/** The elements that Markdown becomes; the text in them is left out. */
function elementsOf(text: string): string[] {
  return [...markdown.render(text).matchAll(/<\/?[a-z][^>]*>/g)].map(([tag]) => tag);
}

describe('formatMarkdown', () => {
  it('is a table, with what to do below it', () => {
    const all = [{ reference: REFERENCE, location: LOCATION, error: UNSIGNED }, ...EACH.slice(0, 1)];
    expect(formatMarkdown(all)).toBe(`**2 evaluated: 1 verified, 1 unsigned**

| result | image | digest | why | where |
|---|---|---|---|---|
| **unsigned** | \`${REFERENCE}\` |  | \`it has no signature [ERR_NO_SIGNATURE]\` | \`deploy/app.yaml:12:16\` |
| verified | \`${REFERENCE}\` | \`${DIGEST}\` | \`signed by CN=acme\` | \`deploy/app.yaml:12:16\` |

### What to do

- \`ERR_NO_SIGNATURE\`: \`${UNSIGNED.nextStep}\``);
  });

  it('says once what to do about several failures of a kind', () => {
    const steps = formatMarkdown([...EACH, ...EACH])
      .split('\n')
      .filter((line) => line.startsWith('- '));
    expect(steps).toHaveLength(4);
  });

  it('becomes the same elements whatever others wrote', () => {
    const harmless = elementsOf(formatMarkdown(evaluationsWith('harmless')));
    expect(harmless.filter((tag) => tag === '<tr>')).toHaveLength(6);
    const check = (text: string) => {
      expect(elementsOf(formatMarkdown(evaluationsWith(text)))).toEqual(harmless);
    };
    // An empty text is no code span.
    for (const text of HOSTILE) if (text !== '') check(text);
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        check,
      ),
      { numRuns: 50 },
    );
  });
});
