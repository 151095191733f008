import { beforeAll, describe, expect, it } from 'vitest';
import { createAdmissionWebhook, createExternalDataProvider } from '../../src/admission/index.ts';
import {
  createMemoryRegistry,
  createSigner,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  sign,
  type Verifier,
} from '../../src/index.ts';
import { generateTestChain } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { post } from './evaluators.ts';
import { podSpec, type Review, reviewOf } from './reviews.ts';

const SIGNED = 'registry.example.com/production/app';
const SPELLINGS = ['REGISTRY.example.com/production/app', 'registry.example.com:443/production/app'];
const OTHER_PORT = 'registry.example.com:5000/production/app';
const UNSIGNED = 'registry.example.com/production/unsigned';

let verifier: Verifier;
let digest: string;

beforeAll(async () => {
  const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  const registry = createMemoryRegistry();
  ({ digest } = await pushImage(registry, SIGNED));
  await pushImage(registry, UNSIGNED);
  const signer = await createSigner(chain);
  // A registry in memory keeps each spelling apart.
  for (const spelling of [SIGNED, ...SPELLINGS, OTHER_PORT]) {
    await pushImage(registry, spelling);
    await sign(`${spelling}:v1`, { signer, registry });
  }
  verifier = createVerifier({
    registry,
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: policyDocument({ registryScopes: ['registry.example.com/production/*'] }),
    dialect: 'extended',
    verdictCache: createVerdictCache({ storage: new Map<string, string>(), trustedStorage: true }),
  });
});

async function review(image: string): Promise<Review['response']> {
  const webhook = createAdmissionWebhook({ verifier, mode: 'mutate', deadline: 25_000 });
  const response = await webhook.fetch(post(reviewOf('/Pod', { spec: podSpec(image) })));
  return ((await response.json()) as Review).response;
}

describe('admission with a verifier', () => {
  it('admits an image that is signed, and pins it to the digest that was verified', async () => {
    const { allowed, patch = '' } = await review(`${SIGNED}:v1`);
    expect(allowed).toBe(true);
    expect(JSON.parse(atob(patch))).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: `${SIGNED}@${digest}` },
    ]);
  });

  it('refuses one that is not', async () => {
    const { allowed, status } = await review(`${UNSIGNED}:v1`);
    expect(allowed).toBe(false);
    expect(status?.message).toContain('ERR_NO_SIGNATURE');
  });

  it('takes a registry in capitals, or with the default port, for the same as that of the scope', async () => {
    for (const spelling of SPELLINGS) expect((await review(`${spelling}:v1`)).allowed).toBe(true);
  });

  it('refuses a registry at another port, and a repository in capitals', async () => {
    const other = await review(`${OTHER_PORT}:v1`);
    expect(other).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('ERR_POLICY_NOT_APPLICABLE') },
    });
    const capitals = await review('registry.example.com/Production/app:v1');
    expect(capitals).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('ERR_REFERENCE_INVALID') },
    });
  });

  it('refuses an image that is not there, and says so', async () => {
    const { allowed, status } = await review(`${SIGNED}:gone`);
    expect(allowed).toBe(false);
    expect(status?.message).toContain('ERR_NOT_FOUND');
  });

  it('answers Gatekeeper the same', async () => {
    const keys = [`${SIGNED}:v1`, `${UNSIGNED}:v1`, `${SIGNED}@${digest}`];
    const provider = createExternalDataProvider({ verifier, deadline: 25_000 });
    const response = await provider.fetch(
      post({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys } }),
    );
    const { items } = (
      (await response.json()) as { response: { items: { value?: string; error?: string }[] } }
    ).response;
    expect(items.map(({ value }) => value)).toEqual(['ok', undefined, 'ok']);
    expect(items[1]?.error).toContain('ERR_NO_SIGNATURE');
  });
});
