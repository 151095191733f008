import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { formatJunit } from '../../src/report/index.ts';
import { anyText, EACH, evaluationsWith, HOSTILE } from './evaluations.ts';

interface Element {
  name: string;
  attributes: Record<string, string>;
}

/** The elements of a document, by a parser that rejects what is not well-formed XML 1.0. */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes }));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return elements;
}

const namesOf = (xml: string) => elementsOf(xml).map(({ name }) => name);

describe('formatJunit', () => {
  it('has a test for each reference, with its failure or error', () => {
    expect(namesOf(formatJunit(EACH))).toEqual([
      ...['testsuites', 'testsuite'],
      ...['testcase', 'testcase', 'system-out', 'testcase', 'skipped'],
      ...['testcase', 'failure', 'testcase', 'failure', 'testcase', 'error', 'testcase', 'error'],
    ]);
  });

  it('counts failures, errors and what is skipped', () => {
    expect(elementsOf(formatJunit(EACH))[1]?.attributes).toEqual({
      name: 'signatures',
      tests: '7',
      failures: '2',
      errors: '2',
      skipped: '1',
    });
  });

  it('has the file and the line of a reference', () => {
    const [, , first] = elementsOf(formatJunit(EACH));
    expect(first?.attributes).toMatchObject({ file: 'deploy/app.yaml', line: '12' });
  });

  it('has the code as the type of a failure', () => {
    const failures = elementsOf(formatJunit(EACH)).filter(({ name }) => name === 'failure');
    expect(failures.map(({ attributes }) => attributes.type)).toEqual([
      'ERR_NO_SIGNATURE',
      'ERR_SIGNATURE_EXPIRED',
    ]);
  });

  it('has the same elements whatever others wrote', () => {
    const harmless = namesOf(formatJunit(evaluationsWith('harmless')));
    for (const text of HOSTILE) expect(namesOf(formatJunit(evaluationsWith(text)))).toEqual(harmless);
    fc.assert(
      fc.property(anyText, (text) => {
        expect(namesOf(formatJunit(evaluationsWith(text)))).toEqual(harmless);
      }),
      { numRuns: 50 },
    );
  });

  it('gives back the text of others as a value', () => {
    const text = '</testcase><b a="1" b=\'2\'>&amp;';
    const [, , first] = elementsOf(formatJunit(evaluationsWith(text)));
    expect(first?.attributes).toMatchObject({ name: text, file: text });
  });
});
