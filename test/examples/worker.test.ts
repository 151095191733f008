import { beforeEach, describe, expect, it } from 'vitest';
import { createWorker } from '../../examples/worker.ts';
import {
  createSigner,
  createTrustStore,
  createVerifier,
  parseReference,
  parseTrustPolicy,
  type Registry,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { pushMultiPlatform } from '../storage/indexes.ts';
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
  worker = createWorker({ verifier, upstream, fetch: fetchUpstream });
});

/** Responds with the manifest, or with text for anything else. */
async function fetchUpstream(url: URL | string): Promise<Response> {
  requested.push(String(url));
  const [, target = ''] = String(url).split('/manifests/');
  if (!target) return new Response('from upstream');
  const manifests = registry.repository(parseReference(REPOSITORY));
  return new Response(new Uint8Array(await manifests.fetchManifest(await manifests.resolve(target))));
}

/** Replaces the worker by one with another trust policy. */
function usePolicy(overrides: Record<string, unknown>): void {
  const trustStore = createTrustStore({ 'ca:acme': certificate.root });
  const verifier = createVerifier({ trustPolicy: policyDocument(overrides), trustStore, registry });
  worker = createWorker({ verifier, upstream, fetch: fetchUpstream });
}

const pull = (path: string) => worker.fetch(new Request(`https://edge.example/v2/${repository}/${path}`));

describe('the example of an edge worker', () => {
  it('passes on the pull of a signed artifact, by the digest that was verified', async () => {
    await sign(`${REPOSITORY}:v1`, { signer: await createSigner(certificate), registry });
    for (const target of ['v1', digest]) {
      requested = [];
      expect((await pull(`manifests/${target}`)).status).toBe(200);
      expect(requested).toEqual([`https://${upstream}/v2/${repository}/manifests/${digest}`]);
    }
  });

  it('passes on the manifests of a signed index, which have no signatures of their own', async () => {
    const { index, amd64 } = await pushMultiPlatform(registry);
    await sign(`${REPOSITORY}@${index.digest}`, { signer: await createSigner(certificate), registry });
    expect((await pull(`manifests/${amd64.digest}`)).status).toBe(403);
    expect((await pull(`manifests/${index.digest}`)).status).toBe(200);
    expect((await pull(`manifests/${amd64.digest}`)).status).toBe(200);
    expect((await pull(`manifests/${digest}`)).status).toBe(403);
  });

  it.each([
    [
      'accepts with warnings',
      {
        signatureVerification: { level: 'audit' },
        trustedIdentities: ['x509.subject: C=DE, ST=BE, O=Other'],
      },
    ],
    ['skips', { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] }],
  ])('rejects an artifact that the policy %s', async (_, overrides) => {
    await sign(`${REPOSITORY}:v1`, { signer: await createSigner(certificate), registry });
    usePolicy(overrides);
    expect((await pull('manifests/v1')).status).toBe(403);
    expect(requested).toEqual([]);
  });

  it('rejects any path that is neither a manifest nor a blob', async () => {
    for (const path of ['manifest%73/v1', 'manifests/v1/', 'manifests%2Fv1', 'tags/list', '/manifests/v%31'])
      expect((await pull(path)).status, path).toBe(403);
    expect(requested).toEqual([]);
  });

  it('responds with 502 if the registry cannot be reached', async () => {
    await sign(`${REPOSITORY}:v1`, { signer: await createSigner(certificate), registry });
    const verifier = createVerifier({
      trustPolicy: policyDocument(),
      trustStore: createTrustStore({ 'ca:acme': certificate.root }),
      registry,
    });
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    worker = createWorker({ verifier, upstream, fetch });
    expect((await pull('manifests/v1')).status).toBe(502);
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
