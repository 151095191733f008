import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { describeDifferences, expectVerdicts, targetOf } from './support/expect-verdicts.ts';
import { NotationCli } from './support/notation-cli.ts';
import { acme, pushGood } from './support/signatures.ts';
import {
  createStore,
  STORE_NAMES,
  type Store,
  type StoredArtifact,
  type StoreName,
} from './support/stores.ts';
import { policy, type VerdictCase } from './support/verdict.ts';
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
        await verdictOf(cli, await store.push(id), verdictCase);
      } finally {
        await cli.dispose();
      }
    });
  });
});

describeDifferences(Object.values(verdictCases).flat());

async function verdictOf(
  cli: NotationCli,
  artifact: StoredArtifact,
  verdictCase: VerdictCase,
): Promise<void> {
  const { trust = { 'ca:acme': [acme.root.pem] }, sign = pushGood } = verdictCase;
  await cli.setTrustPolicy((verdictCase.policy ?? policy)(artifact.scope));
  for (const [store, pems] of Object.entries(trust)) await cli.addCertificates(store, ...pems);
  await verdictCase.configure?.(cli);
  await sign(await targetOf(artifact));
  await expectVerdicts(cli, artifact, verdictCase);
}
