import { beforeEach, describe, expect, it } from 'vitest';
import { createWorker } from '../../examples/worker.ts';
import {
  createSigner,
  createTrustStore,
  createVerifier,
  parseTrustPolicy,
  type Registry,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage, REPOSITORY } from '../support/artifact.ts';

const upstream = 'registry.example.com';
const repository = REPOSITORY.slice(upstream.length + 1);

let registry: Registry;
let digest: string;
let certificate: TestCertificate;
let requested: string[];
let worker: ReturnType<typeof createWorker>;

beforeEach(async () => {
  ({ registry, digest } = await pushImage());
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  const trustStore = createTrustStore({ 'ca:acme': certificate.root });
  const verifier = createVerifier({ trustPolicy: parseTrustPolicy(policyDocument()), trustStore, registry });
  requested = [];
  const fetch = async (url: URL | string) => {
    requested.push(String(url));
    return new Response('from upstream');
  };
  worker = createWorker({ verifier, upstream, fetch });
});

const pull = (path: string) => worker.fetch(new Request(`https://edge.example/v2/${repository}/${path}`));

describe('the example of an edge worker', () => {
  it('passes on the pull of a signed artifact, by the digest that was verified', async () => {
    await sign(`${REPOSITORY}:v1`, { signer: await createSigner(certificate), registry });
    const response = await pull('manifests/v1');
    expect(await response.text()).toBe('from upstream');
    expect(requested).toEqual([`https://${upstream}/v2/${repository}/manifests/${digest}`]);
  });

  it('rejects an artifact without a signature, and says why', async () => {
    const response = await pull(`manifests/${digest}`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      errors: [{ code: 'DENIED', message: expect.stringContaining('ERR_NO_SIGNATURE') }],
    });
    expect(requested).toEqual([]);
  });

  it('distinguishes a missing artifact from an untrusted one', async () => {
    expect((await pull('manifests/v2')).status).toBe(404);
  });

  it('rejects pushes', async () => {
    const request = new Request(`https://edge.example/v2/${repository}/manifests/v1`, {
      method: 'PUT',
      body: '{}',
    });
    expect((await worker.fetch(request)).status).toBe(405);
    expect(requested).toEqual([]);
  });

  it('passes on pulls of layers', async () => {
    await pull(`blobs/${digest}`);
    expect(requested).toEqual([`https://${upstream}/v2/${repository}/blobs/${digest}`]);
  });
});
