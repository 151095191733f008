import { beforeAll, describe, expect, it } from 'vitest';
import {
  createMemoryRegistry,
  createRegistry,
  createSigner,
  deleteSignature,
  inspect,
  listSignatures,
  type Signer,
  type SigningOptions,
  sign,
  signBlob,
} from '../../src/index.ts';
import {
  createTestTimestampAuthority,
  generateTestCertificate,
  type TestTimestampAuthority,
} from '../../src/testing/index.ts';
import { deletingRegistry } from '../storage/deleting.ts';
import { pushImage } from '../support/artifact.ts';

let signer: Signer;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

describe('the registry that a reference names', () => {
  it('is where signatures are stored, listed, inspected and deleted by default', async () => {
    const { host } = await deletingRegistry({ referrersApi: true });
    const { reference } = await pushImage(createRegistry(), `${host}/team/app`);
    const { signature } = await sign(reference, { signer });
    for await (const { digest } of listSignatures(reference)) expect(digest).toBe(signature.digest);
    expect(await inspect(reference)).toMatchObject([{ digest: signature.digest }]);
    await deleteSignature(reference, { digest: signature.digest });
    expect(await inspect(reference)).toEqual([]);
  });
});

describe('the timestamp of a signature', () => {
  let authority: TestTimestampAuthority;
  let described: { url: string; rootCertificates: string; fetch: typeof globalThis.fetch };

  beforeAll(async () => {
    authority = await createTestTimestampAuthority();
    const { url, rootCertificate, fetch } = authority;
    described = { url, rootCertificates: rootCertificate, fetch };
  });

  it('comes from a TSA that is given by its URL', async () => {
    const { registry, reference } = await pushImage(createMemoryRegistry());
    const { timestamp } = await sign(reference, { signer, registry, timestamp: described });
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
    const blob = await signBlob(new Blob(['1.0']), { signer, timestamp: described });
    expect(blob.timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
  });

  it('has the revocation status of that TSA checked, with the same fetch', async () => {
    const ocsp = 'http://ocsp.example/';
    const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ ocsp });
    const requested: string[] = [];
    const watched: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      requested.push(request.url);
      return request.url.startsWith(ocsp) ? new Response(null, { status: 503 }) : fetch(request);
    };
    const timestamp = { url, rootCertificates: rootCertificate, fetch: watched };
    await expect(signBlob(new Blob(['1.0']), { signer, timestamp })).rejects.toMatchObject({
      code: 'ERR_REVOCATION_UNKNOWN',
      message: expect.stringContaining('http://ocsp.example/'),
    });
    expect(requested.some((address) => address.startsWith(ocsp))).toBe(true);
  });

  it('has that status checked by the checker of the caller', async () => {
    const { url, rootCertificate, fetch } = await createTestTimestampAuthority({
      ocsp: 'http://ocsp.example/',
    });
    const revocation = {
      check: async (chain: readonly unknown[]) =>
        chain.map(() => ({ status: 'revoked' as const, lookups: [] })),
    };
    const timestamp = { url, rootCertificates: rootCertificate, fetch, revocation };
    await expect(signBlob(new Blob(['1.0']), { signer, timestamp })).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_REVOKED',
    });
  });

  it('comes from the timestamper of the caller, even if that has a member url', async () => {
    const timestamp = {
      url: 'https://tsa.example',
      timestamp: () => Promise.reject(new Error('the timestamper was called')),
    };
    await expect(signBlob(new Blob(['1.0']), { signer, timestamp })).rejects.toThrow(
      'the timestamper was called',
    );
  });

  it.each<[string, unknown]>([
    ['a URL alone', 'https://tsa.example'],
    ['null', null],
    ['an object without url and method', {}],
    ['an object whose method is a string', { timestamp: 'now' }],
  ])('cannot come from %s', async (_, timestamp) => {
    const options = { signer, timestamp } as SigningOptions;
    await expect(signBlob(new Blob(['1.0']), options)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringMatching(/^timestamp must have url and rootCertificates/),
    });
  });
});
