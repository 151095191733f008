import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJson, reportDocument } from '../../src/report/index.ts';
import { anyText, EACH, evaluationsWith, REFERENCE, rejected, TIMEOUT } from './evaluations.ts';

const SCHEMA = JSON.parse(readFileSync('docs/schemas/report-1.schema.json', 'utf8'));

function validator(schema: object) {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value: unknown) => (validate(value) ? [] : validate.errors);
}

/** The schema, without leave for members that it does not describe. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const all = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  const isOpen =
    typeof all.properties === 'object' && all.type === 'object' && !('additionalProperties' in all);
  return isOpen ? { ...all, additionalProperties: false } : all;
}

const errors = validator(SCHEMA);
const strictErrors = validator(strict(SCHEMA) as object);

describe('formatJson', () => {
  it('writes what its schema describes, and nothing else', () => {
    const platforms = [{ digest: `sha256:${'1'.repeat(64)}`, platform: 'linux/arm64', report: rejected() }];
    const all = [...EACH, { reference: REFERENCE, report: { ...rejected(), platforms } }];
    expect(strictErrors(JSON.parse(formatJson(all)))).toEqual([]);
  });

  it('has a schema that rejects what is missing or wrong', () => {
    const document = JSON.parse(formatJson(EACH));
    expect(errors({ ...document, version: '2.0' })).not.toEqual([]);
    expect(errors({ ...document, results: [{ reference: REFERENCE, class: 'verified' }] })).not.toEqual([]);
    expect(errors({ ...document, results: [{ ...document.results[0], class: 'good' }] })).not.toEqual([]);
  });

  it('has the class of each evaluation, and its report or its error', () => {
    expect(JSON.parse(formatJson(EACH)).results[5]).toEqual({
      reference: REFERENCE,
      location: { file: 'deploy/app.yaml', line: 12, column: 16 },
      class: 'undecided',
      retryable: true,
      error: { code: 'ERR_TIMEOUT', message: TIMEOUT.message, nextStep: TIMEOUT.nextStep },
    });
  });

  it('parses to the document, whatever others wrote', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const evaluations = evaluationsWith(text);
        const parsed = JSON.parse(formatJson(evaluations));
        expect(parsed).toEqual(structuredClone(reportDocument(evaluations)));
        expect(errors(parsed)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
