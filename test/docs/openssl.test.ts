import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSigner, createTrustStore, evaluate, sign } from '../../src/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

it.runIf(hasOpenssl)(
  'the openssl recipe of the guide makes a certificate that signs and is trusted',
  async () => {
    const [, recipe = ''] =
      /```sh\n(.*?openssl req.*?)```/s.exec(readFileSync('docs/guides/keys.md', 'utf8')) ?? [];
    const directory = mkdtempSync(join(tmpdir(), 'notarykit-openssl-'));
    try {
      execFileSync('sh', ['-ec', recipe], { cwd: directory, stdio: 'pipe' });
      const [privateKey, certificates] = ['signing.key', 'signing.crt'].map((name) =>
        readFileSync(join(directory, name), 'utf8'),
      ) as [string, string];
      const { registry, reference } = await pushImage();
      await sign(reference, { signer: await createSigner({ privateKey, certificates }), registry });
      const trustedIdentities = ['x509.subject: C=US, ST=WA, O=Notary, CN=release.acme.example'];
      const report = await evaluate(reference, {
        registry,
        trustPolicy: policyDocument({ trustedIdentities }),
        trustStore: createTrustStore({ 'ca:acme': certificates }),
      });
      expect(report).toMatchObject({ outcome: 'verified', warnings: [] });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
