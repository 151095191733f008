import { expect, it, onTestFinished } from 'vitest';
import { type InventoryEntry, inventory } from '../../src/dct/inventory.ts';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  createVerifier,
  parseTrustPolicy,
  sign,
} from '../../src/index.ts';
import { generateTestChain } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { forgeTrust, NOW, sourceOf } from '../support/forge-trust.ts';
import { startRegistry } from '../support/registry-server.ts';

const usual = { clock: () => NOW, pinning: { firstUse: true } };

/** A registry with an image that is signed, and trust data for it and for a tag that is gone. */
async function signedImage() {
  const server = await startRegistry();
  onTestFinished(() => server.close());
  const registry = createRegistry();
  const gun = `${server.host}/team/app`;
  const { reference, digest } = await pushImage(registry, gun);
  const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  await sign(reference, { signer: await createSigner(chain), registry });
  const trustPolicy = parseTrustPolicy(policyDocument({ registryScopes: [gun] }));
  const trustStore = createTrustStore({ 'ca:acme': chain.root });
  const { evaluate } = createVerifier({ trustPolicy, trustStore, registry });
  const trust = forgeTrust({ gun, tags: { v1: digest.slice(7), gone: digest.slice(7) } });
  server.requests.length = 0;
  return { server, gun, registry, evaluate, source: () => sourceOf(trust) };
}

async function tagsOf(entries: AsyncIterable<InventoryEntry>) {
  for await (const entry of entries) if (!entry.reason) return entry.tags;
  throw new Error('there is no entry');
}

it('an inventory needs up to two requests for a tag', async () => {
  const { server, gun, registry, source } = await signedImage();
  const tags = await tagsOf(inventory([gun], { ...usual, source, registry }));
  expect(tags.map(({ tag, served }) => [tag, served?.status])).toEqual([
    ['gone', 'missing'],
    ['v1', 'same'],
  ]);
  expect(server.requests.filter(({ path }) => path.endsWith('/gone'))).toHaveLength(2);
  expect(server.requests.filter(({ path }) => path.endsWith('/v1'))).toHaveLength(1);
});

it('an inventory needs up to four requests for a tag whose Notation signature is evaluated', async () => {
  const { server, gun, evaluate, source } = await signedImage();
  const tags = await tagsOf(inventory([gun], { ...usual, source, evaluate }));
  expect(tags.map(({ tag, served, report }) => [tag, served?.status, report?.outcome])).toEqual([
    ['gone', 'missing', undefined],
    ['v1', 'same', 'verified'],
  ]);
  const gone = server.requests.filter(({ path }) => path.endsWith('/gone'));
  expect(server.requests.length - gone.length).toBeLessThanOrEqual(4);
  expect(gone.length).toBeLessThanOrEqual(2);
});
