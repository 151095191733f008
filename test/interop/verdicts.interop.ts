import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseReference } from '../../src/index.ts';
import { NotationCli } from './support/notation-cli.ts';
import { acme, pushGood } from './support/signatures.ts';
import {
  createStore,
  STORE_NAMES,
  type Store,
  type StoredArtifact,
  type StoreName,
} from './support/stores.ts';
import {
  askCli,
  askHere,
  expectedVerdicts,
  policy,
  type Target,
  type VerdictCase,
} from './support/verdict.ts';
import { verdictCases } from './verdicts/index.ts';

const STORE: StoreName = 'a registry without the referrers API';

describe('verdict for verdict', () => {
  const stores = new Map<StoreName, Store>();

  beforeAll(async () => {
    for (const name of STORE_NAMES) stores.set(name, await createStore(name, inject('hosts')));
  });

  afterAll(async () => {
    await Promise.all([...stores.values()].map((store) => store.dispose()));
  });

  describe.each(Object.entries(verdictCases))('%s', (topic, cases) => {
    it.concurrent.each(
      cases.map((verdictCase, index) => ({
        ...verdictCase,
        id: `verdicts/${topic.replaceAll(' ', '-')}-${index}`,
      })),
    )('$name', async ({ id, ...verdictCase }) => {
      const store = stores.get(verdictCase.store ?? STORE);
      const cli = await NotationCli.create();
      try {
        if (!store) throw new Error('there is no such store');
        await judge(cli, await store.push(id), verdictCase);
      } finally {
        await cli.dispose();
      }
    });
  });
});

describe('differences of the verdicts', () => {
  const differing = Object.values(verdictCases)
    .flat()
    .flatMap(({ name, expect }) => (typeof expect === 'string' ? [] : [{ name, ...expect }]));

  it.each(differing)('stricter here, or the specification says so: $name', ({ cli, here, laxer = false }) => {
    expect({ stricter: here === 'rejected' && cli !== 'rejected' }).toEqual({ stricter: !laxer });
  });

  it.each([...new Set(differing.map(({ row }) => row))])('docs/interop.md has the row %s', async (row) => {
    const document = await readFile(new URL('../../docs/interop.md', import.meta.url), 'utf8');
    expect(document).toContain(`\`${row}\``);
  });
});

async function judge(cli: NotationCli, artifact: StoredArtifact, verdictCase: VerdictCase): Promise<void> {
  const { trust = { 'ca:acme': [acme.root.pem] }, sign = pushGood } = verdictCase;
  await cli.setTrustPolicy((verdictCase.policy ?? policy)(artifact.scope));
  for (const [store, pems] of Object.entries(trust)) await cli.addCertificates(store, ...pems);
  await verdictCase.configure?.(cli);
  await sign(await targetOf(artifact));

  const [byCli, here] = [await askCli(cli, artifact, verdictCase), await askHere(cli, artifact, verdictCase)];
  const { says, code, logged = [] } = verdictCase;
  const expected = expectedVerdicts(verdictCase);
  expect({ cli: byCli.verdict, here: here.verdict }, `${byCli.reason}\n${here.reason}`).toEqual({
    cli: expected.cli,
    here: expected.here,
  });
  if (byCli.verdict === 'rejected') expect(byCli.reason).toMatch(says ?? /the case must say why/);
  if (here.verdict === 'rejected') expect(here.reason).toBe(code);
  if (byCli.verdict === 'verified') expect([...byCli.logged].sort()).toEqual([...logged].sort());
  if (here.verdict === 'verified') expect([...here.logged].sort()).toEqual([...logged].sort());
}

async function targetOf({ reference, scope, registry, layout }: StoredArtifact): Promise<Target> {
  const parsed = parseReference(reference);
  const repository = registry.repository(parsed);
  const artifact = await repository.resolve(parsed.digest ?? '');
  return { artifact, repository, scope, ...(layout !== undefined && { layout }) };
}
