import { constants, createHash, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmForKey } from '../../src/crypto/algorithms.ts';
import { withBudget } from '../../src/net/budget.ts';
import { failure } from '../oci/support.ts';
import {
  fakeFetch,
  honest,
  MESSAGE,
  SERVICES,
  type TestKey,
  type TestOptions,
  type TestService,
  testKey,
} from './support.ts';

function connect(service: TestService, key: TestKey, options: Partial<TestOptions> = {}) {
  const { fetch, requests } = fakeFetch(honest(service, key));
  const create = () => service.create({ certificates: key.certificates, fetch, retries: 0, ...options });
  return { create, requests };
}

/** Verifies with node:crypto, which the signer does not use. */
function isGood({ publicKey, keySpec }: TestKey, signature: Uint8Array): boolean {
  const padding = keySpec.startsWith('RSA')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const, ...padding };
  return verify(algorithmForKey(keySpec).digest, MESSAGE, key, signature);
}

const blocks = (pem: string) => pem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];

describe.each(SERVICES)('%s', (_name, service) => {
  it.each(service.keySpecs)('signs with a key %s', async (keySpec) => {
    const key = await testKey(keySpec);
    const { create, requests } = connect(service, key);
    const signer = await create();
    expect(isGood(key, await signer.sign(MESSAGE))).toBe(true);
    expect(requests.map((request) => service.isSigning(request))).toEqual([false, true]);
  });

  it('gets the digest of the bytes to sign, and never the bytes', async () => {
    const { create, requests } = connect(service, await testKey('EC-256'));
    await (await create()).sign(MESSAGE);
    const message = Buffer.from(MESSAGE);
    const bytes = ['utf8', 'hex', 'base64', 'base64url'].map((form) =>
      message.toString(form as BufferEncoding).replace(/=+$/, ''),
    );
    const digest = createHash('sha256').update(MESSAGE).digest();
    const sent = requests.map(({ url, headers, body }) => JSON.stringify([url, headers, body]));
    const digests = [digest.toString('base64'), digest.toString('base64url')];
    expect(digests.some((form) => sent.join(' ').includes(form))).toBe(true);
    for (const form of bytes) expect(sent.join(' ')).not.toContain(form);
  });

  it('charges its requests to the operation that it signs for', async () => {
    const { create } = connect(service, await testKey('EC-256'));
    const signer = await create();
    const signWithin = (bytes: number) =>
      withBudget({ time: 60_000, requests: 1, bytes }, undefined, 'signing', (budget) =>
        signer.sign(MESSAGE, { signal: budget.signal, budget }),
      );
    expect((await signWithin(10_000)).length).toBe(64);
    expect(await failure(signWithin(10))).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('stops when the operation that it signs for is aborted', async () => {
    const { create, requests } = connect(service, await testKey('EC-256'));
    const signer = await create();
    const work = signer.sign(MESSAGE, { signal: AbortSignal.abort() });
    expect(await failure(work)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(requests).toHaveLength(1);
  });

  it('orders the chain and ignores other certificates', async () => {
    const key = await testKey('EC-256');
    const other = await testKey('EC-384');
    const certificates = [...blocks(other.certificates), ...blocks(key.certificates).reverse()];
    const { create } = connect(service, key, { certificates });
    const inOrder = blocks(key.certificates).map((pem) =>
      Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64'),
    );
    expect((await create()).certificates.map((der) => Buffer.from(der))).toEqual(inOrder);
  });

  it('rejects certificates of another key, and requests no signature', async () => {
    const { certificates } = await testKey('EC-256', 'other');
    const { create, requests } = connect(service, await testKey('EC-256'), { certificates });
    expect(await failure(create())).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
    expect(requests).toHaveLength(1);
  });

  it('rejects a chain without its root, and requests no signature', async () => {
    const key = await testKey('EC-256');
    const certificates = blocks(key.certificates)[0] ?? '';
    const { create, requests } = connect(service, key, { certificates });
    const error = await failure(create());
    expect(error).toMatchObject({ code: 'ERR_CERTIFICATE_CHAIN_INVALID' });
    expect(error.message).toContain('issuer is not among the certificates');
    expect(requests).toHaveLength(1);
  });

  it('rejects a signature of another key', async () => {
    const key = await testKey('EC-256');
    const other = await testKey('EC-256', 'other');
    const { fetch } = fakeFetch((request) =>
      honest(service, service.isSigning(request) ? other : key)(request, 0),
    );
    const signer = await service.create({ certificates: key.certificates, fetch, retries: 0 });
    const error = await failure(signer.sign(MESSAGE));
    expect(error).toMatchObject({ code: 'ERR_SIGNER_FAILED' });
    expect(error.message).toContain(`the signature of ${service.name} does not verify`);
  });
});
