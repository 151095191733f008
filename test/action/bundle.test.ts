import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { buildAction } from '../../scripts/build-action.mjs';
import { inputOf } from '../../src/action/inputs.ts';
import { SIGN_INPUTS } from '../../src/action/sign.ts';
import { VERIFY_INPUTS } from '../../src/action/verify.ts';

it('the files that are committed are what the sources give: otherwise run `npm run build:action`', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-action-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await buildAction(directory);
  for (const name of ['action.mjs', 'licenses.txt']) {
    const [built, committed] = await Promise.all(
      [directory, 'action/dist'].map((path) => readFile(join(path, name), 'utf8')),
    );
    expect(built === committed, name).toBe(true);
  }
});

it('the bundle imports nothing but modules of Node', async () => {
  const bundle = await readFile('action/dist/action.mjs', 'utf8');
  const imported = [...bundle.matchAll(/^(?:import|export) [^'"]*from ["']([^"']+)["'];$/gm)].map(
    ([, name]) => name,
  );
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((name) => !builtinModules.includes(name?.replace('node:', '') ?? ''))).toEqual([]);
});

describe.each([
  ['verify', VERIFY_INPUTS],
  ['sign', SIGN_INPUTS],
])('action/%s/action.yml', (name, flags) => {
  const read = async () => parse(await readFile(`action/${name}/action.yml`, 'utf8'));

  it('lists the inputs that the action reads, each with what it is', async () => {
    const { inputs } = await read();
    expect(Object.keys(inputs)).toEqual(Object.keys(flags).map(inputOf));
    for (const { description } of Object.values<{ description: string }>(inputs))
      expect(description).toMatch(/\.$/);
  });

  it('runs on Node 24, without anything to install', async () => {
    expect((await read()).runs).toEqual({ using: 'node24', main: 'main.mjs' });
  });
});

it('the actions take the inputs of those of notation', () => {
  // https://github.com/notaryproject/notation-action at v1
  const verify = ['target_artifact_reference', 'trust_policy', 'trust_store', 'allow_referrers_api'];
  const sign = [
    'plugin_name',
    'plugin_url',
    'plugin_checksum',
    'key_id',
    'target_artifact_reference',
    'signature_format',
    'plugin_config',
    'allow_referrers_api',
    'force_referrers_tag',
    'timestamp_url',
    'timestamp_root_cert',
  ];
  expect(Object.keys(VERIFY_INPUTS).map(inputOf)).toEqual(expect.arrayContaining(verify));
  expect(Object.keys(SIGN_INPUTS).map(inputOf)).toEqual(expect.arrayContaining(sign));
});
