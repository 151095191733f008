import { createReadStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  parseBlobTrustPolicy,
  signBlob,
  verifyBlob,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';

describe('a file that does not exist, as a stream', () => {
  it('is reported, however long the signature takes to be evaluated', async () => {
    const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
    const { signature } = await signBlob(new Blob(['1.0']), { signer: await createSigner(certificate) });
    const store = createTrustStore({ 'ca:acme': certificate.root });
    const trustPolicy = parseBlobTrustPolicy({
      version: '1.0',
      trustPolicies: [
        {
          name: 'releases',
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:acme'],
          trustedIdentities: ['*'],
          globalPolicy: true,
        },
      ],
    });
    const slowly = {
      certificates: async (...names: Parameters<typeof store.certificates>) => {
        await setTimeout(50);
        return store.certificates(...names);
      },
    };
    const data = createReadStream('no-such-file');
    await expect(verifyBlob(data, signature, { trustPolicy, trustStore: slowly })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
