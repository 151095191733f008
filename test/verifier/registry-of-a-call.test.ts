import { beforeEach, describe, expect, it } from 'vitest';
import {
  createMemoryRegistry,
  createSigner,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  NotationError,
  type Registry,
  sign,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { composeVerifier } from '../../src/verifier/index.ts';
import { altered, type MultiPlatform, pushMultiPlatform } from '../storage/indexes.ts';
import { policyDocument, REPOSITORY } from '../support/artifact.ts';

let pushed: MultiPlatform;
let registry: Registry;
let trusted: Pick<VerifierOptions, 'trustPolicy' | 'trustStore'>;

beforeEach(async () => {
  pushed = await pushMultiPlatform();
  ({ registry } = pushed);
  const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  await sign(pushed.reference, { signer: await createSigner(certificate), registry });
  trusted = { trustPolicy: policyDocument(), trustStore: createTrustStore({ 'ca:acme': certificate.root }) };
});

/** A verifier whose own registry is empty. */
function verifierOf(options: Partial<VerifierOptions> = {}): Verifier {
  return createVerifier({ ...trusted, registry: createMemoryRegistry(), ...options });
}

const cache = () => createVerdictCache({ storage: new Map<string, string>(), trustedStorage: true });

describe.each([
  ['without a verdict cache', () => verifierOf()],
  ['with a verdict cache', () => verifierOf({ verdictCache: cache() })],
])('the registry of a call, %s', (_, make) => {
  it('is used in place of that of the verifier', async () => {
    const verifier = make();

    await expect(verifier.evaluate(`${REPOSITORY}:multi`)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await verifier.evaluate(`${REPOSITORY}:multi`, { registry })).toMatchObject({
      outcome: 'verified',
    });
    expect(await verifier.verify(pushed.reference, { registry })).toMatchObject({ outcome: 'verified' });
  });

  it('has the manifest for a platform, and the index of a manifest', async () => {
    const verifier = make();
    const ofPlatform = await verifier.evaluate(pushed.reference, { registry, platforms: 'linux/amd64' });
    const manifest = `${REPOSITORY}@${pushed.amd64.digest}`;
    const ofManifest = await verifier.evaluate(manifest, { registry, index: 'multi' });

    expect(ofPlatform.platforms).toMatchObject([{ digest: pushed.amd64.digest }]);
    expect(ofManifest).toMatchObject({ outcome: 'verified', coveredBy: { digest: pushed.index.digest } });
  });

  it('is used for each of many references', async () => {
    const results = await make()
      .evaluateAll([pushed.reference, `${REPOSITORY}:multi`], { registry })
      .all();

    expect(results.map(({ report }) => report?.outcome)).toEqual(['verified', 'verified']);
  });

  it('is required if the verifier has none', async () => {
    const verifier = composeVerifier(trusted);

    expect(await verifier.evaluate(pushed.reference, { registry })).toMatchObject({ outcome: 'verified' });
    await expect(verifier.evaluate(pushed.reference)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });

  it('must be a registry', async () => {
    for (const value of [null, {}, 'registry.example.com']) {
      const options = { registry: value as unknown as Registry };
      const refused = { code: 'ERR_ARGUMENT_INVALID' };
      await expect(make().evaluate(pushed.reference, options)).rejects.toMatchObject(refused);
      await expect(make().evaluateAll([pushed.reference], options).all()).rejects.toMatchObject(refused);
    }
  });
});

describe('a verdict that was reached with the registry of another call', () => {
  it('counts for the same digest, and a tag is resolved with the registry of the call', async () => {
    const verifier = verifierOf({ verdictCache: cache() });
    await verifier.evaluate(pushed.reference, { registry });
    const refused = altered(registry, () => ({
      resolve: () => Promise.reject(new NotationError('ERR_REGISTRY_UNAUTHORIZED', 'no')),
    }));

    const again = await verifier.evaluate(pushed.reference, { registry: createMemoryRegistry() });

    expect(again).toMatchObject({ outcome: 'verified', cache: { result: 'hit' } });
    await expect(verifier.evaluate(`${REPOSITORY}:multi`, { registry: refused })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
    });
  });
});
