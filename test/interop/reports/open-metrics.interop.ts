import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatOpenMetrics } from '../../../src/report/index.ts';
import type { Evaluation } from '../../../src/verifier/index.ts';
import { EACH, evaluationsWith, HOSTILE } from '../../report/evaluations.ts';
import { readOpenMetrics, type Sample } from '../../report/read-open-metrics.ts';
import { runWell } from '../support/run.ts';

interface Family {
  name: string;
  type: string;
  unit: string;
  samples: Sample[];
}

/** What prometheus_client reads in the metrics of evaluations. */
async function readByPrometheus(text: string): Promise<Family[]> {
  const directory = await mkdtemp(join(tmpdir(), 'open-metrics-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'metrics.txt');
  await writeFile(file, text);
  return JSON.parse(await runWell('open-metrics-reader', [file]));
}

const hostile = HOSTILE.flatMap((text): Evaluation[] => evaluationsWith(text));

it.each([
  ['results of each class', EACH],
  ['no results', []],
  ['whatever others wrote', hostile],
])('prometheus_client reads the metrics of %s', async (_, evaluations) => {
  const text = formatOpenMetrics(evaluations);
  const families = await readByPrometheus(text);
  expect(families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
    ['notarykit_results', 'gauge', ''],
    ['notarykit_result', 'gauge', ''],
    ['notarykit_valid_until_seconds', 'gauge', 'seconds'],
  ]);
  expect(families.flatMap(({ samples }) => samples)).toEqual(readOpenMetrics(text));
});
