import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  evaluate,
  evaluateBlob,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  type Registry,
  sign,
  signBlob,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';

let stranger: TestCertificate;
let trustStore: ReturnType<typeof createTrustStore>;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  stranger = await generateTestCertificate({ name: 'stranger.example', keySpec: 'EC-256' });
  const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  trustStore = createTrustStore({ 'ca:acme': root });
  ({ registry, reference } = await pushImage());
  await sign(reference, { signer: await createSigner(stranger), registry });
});

const refused = { code: 'ERR_ARGUMENT_INVALID', message: expect.stringContaining('"production" is not') };

describe('a policy not made by parseTrustPolicy', () => {
  it.each([
    ['no actions', {}],
    ['actions in capitals', { integrity: 'Enforce', authenticity: 'Enforce', revocation: 'Enforce' }],
  ])('with %s is rejected', async (_, actions) => {
    const parsed = parseTrustPolicy(policyDocument());
    const statements = parsed.statements.map((statement) => ({ ...statement, actions: actions as never }));
    const trustPolicy = { ...parsed, statements };
    await expect(evaluate(reference, { trustPolicy, trustStore, registry })).rejects.toMatchObject(refused);
  });

  it('for blobs is rejected', async () => {
    const { registryScopes: _, ...statement } = policyDocument().trustPolicies[0] ?? {};
    const parsed = parseBlobTrustPolicy({
      version: '1.0',
      trustPolicies: [{ ...statement, globalPolicy: true }],
    });
    const statements = parsed.statements.map((one) => ({ ...one, actions: {} as never }));
    const { signature } = await signBlob(new Blob(['1.0']), { signer: await createSigner(stranger) });
    const trustPolicy = { ...parsed, statements };
    const evaluating = evaluateBlob(new Blob(['1.0']), signature, { trustPolicy, trustStore });
    await expect(evaluating).rejects.toMatchObject(refused);
  });
});
