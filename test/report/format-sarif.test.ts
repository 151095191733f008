import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { default as AjvDraft04 } from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSarif } from '../../src/report/index.ts';
import type { Evaluation } from '../../src/verifier/index.ts';
import { anyText, EACH, evaluationsWith, HOSTILE, LOCATION, REFERENCE, UNSIGNED } from './evaluations.ts';

const SCHEMA = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);

const ajv = new AjvDraft04({ allErrors: true, strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));

function runOf(evaluations: Evaluation[]) {
  const log = JSON.parse(formatSarif(evaluations));
  expect(validate(log) ? [] : validate.errors).toEqual([]);
  return log.runs[0];
}

const uriOf = (file: string) => {
  const location = { ...LOCATION, file };
  const [result] = runOf([{ reference: REFERENCE, location, error: UNSIGNED }]).results;
  return result.locations[0].physicalLocation.artifactLocation.uri;
};

describe('formatSarif', () => {
  it('is valid by the schema of SARIF 2.1.0, with a result for each failure and warning', () => {
    const { results } = runOf(EACH);
    expect(results.map(({ ruleId, level }: Record<string, string>) => [ruleId, level])).toEqual([
      ['ERR_SIGNATURE_EXPIRED', 'warning'],
      ['ERR_NO_SIGNATURE', 'error'],
      ['ERR_SIGNATURE_EXPIRED', 'error'],
      ['ERR_TIMEOUT', 'error'],
      ['ERR_POLICY_INVALID', 'error'],
    ]);
  });

  it('is not valid if it is changed', () => {
    expect(validate({ ...JSON.parse(formatSarif(EACH)), version: '2.0.0' })).toBe(false);
  });

  it('has file, line and column where they are known, and the reference always', () => {
    const { results } = runOf([
      { reference: REFERENCE, location: LOCATION, error: UNSIGNED },
      { reference: REFERENCE, error: UNSIGNED },
    ]);
    const logicalLocations = [{ fullyQualifiedName: REFERENCE, kind: 'resource' }];
    expect(results.map(({ locations }: { locations: object[] }) => locations)).toEqual([
      [
        {
          physicalLocation: {
            artifactLocation: { uri: 'deploy/app.yaml' },
            region: { startLine: 12, startColumn: 16 },
          },
          logicalLocations,
        },
      ],
      [{ logicalLocations }],
    ]);
  });

  it('describes the rules of its results', () => {
    const run = runOf(EACH);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    expect(run.tool.driver.rules[0]).toMatchObject({
      id: 'ERR_NO_SIGNATURE',
      shortDescription: { text: 'No signature' },
      help: { text: UNSIGNED.nextStep },
    });
  });

  it('says whether every reference could be evaluated', () => {
    const success = (all: Evaluation[]) => runOf(all).invocations[0].executionSuccessful;
    expect([success(EACH.slice(0, 5)), success(EACH.slice(5, 6)), success(EACH.slice(6))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['a b/ü#?.yaml', 'a%20b/%C3%BC%23%3F.yaml'],
    ['/srv/app.yaml', 'file:///srv/app.yaml'],
    ['C:\\srv\\app.yaml', 'file:///C:/srv/app.yaml'],
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['\ud800', '%EF%BF%BD'],
  ])('writes the file %j as a URI', (file, uri) => {
    expect(uriOf(file)).toBe(uri);
  });

  it('has neither placeholders nor links in the text of others', () => {
    for (const text of HOSTILE) {
      for (const { message } of runOf(evaluationsWith(text)).results) {
        expect(message.text).not.toMatch(/(?<!\{)\{\d+\}(?!\})|\]\(/);
      }
    }
  });

  it('is valid whatever others wrote', () => {
    fc.assert(
      fc.property(anyText, (text) => void runOf(evaluationsWith(text))),
      { numRuns: 50 },
    );
  });
});
