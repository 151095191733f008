import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { VaultServer } from './support/kms-vault.ts';

const REJECTIONS = [
  'ERR_SIGNATURE_INVALID',
  'ERR_IDENTITY_UNTRUSTED',
  'ERR_ROOT_UNTRUSTED',
  'ERR_NO_SIGNATURE',
  'ERR_SIGNATURE_EXPIRED',
  'ERR_TIMESTAMP_MISSING',
  'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
  'ERR_REVOCATION_UNKNOWN',
];

const run = promisify(execFile);

/** Does the same as `npm run demo`, except for the build. */
async function demo(env: Record<string, string>): Promise<string> {
  const { stdout } = await run('node', ['examples/demo.mjs'], { env: { ...process.env, ...env } });
  return stdout;
}

function expectVerdicts(output: string): void {
  expect(output.match(/^ {2}\[as expected\] verified: /gm)).toHaveLength(3);
  expect(output.match(/^ {2}\[as expected\] rejected: /gm)).toHaveLength(9);
  expect(output).toContain('12 of 12 verdicts are as expected');
  expect(REJECTIONS.filter((code) => !output.includes(`${code}: `))).toEqual([]);
  expect(output.split('\n').length).toBeLessThanOrEqual(60);
}

describe('the demo', () => {
  beforeAll(() => run('npm', ['run', '--silent', 'built']), 180_000);

  it.each([
    ['without the referrers API', 'tagRegistry'],
    ['with the referrers API', 'apiRegistry'],
  ] as const)('verifies and rejects as expected in a registry %s', async (_, host) => {
    expectVerdicts(await demo({ REGISTRY: inject('hosts')[host] }));
  });

  it.each([
    ['file', 'the encrypted key '],
    ['plugin', 'the plugin "demo"'],
    ['vault', 'of a stand-in for Vault'],
  ])('signs with SIGNER=%s', async (signer, what) => {
    const output = await demo({ SIGNER: signer });
    expect(output).toContain(what);
    expectVerdicts(output);
  });

  it('signs with a key of Vault itself', async () => {
    const vault = await VaultServer.start();
    try {
      const env = { SIGNER: 'vault', VAULT_ADDR: vault.url, VAULT_TOKEN: VaultServer.rootToken };
      const output = await demo(env);
      expect(output).toContain(`of Vault at ${vault.url}`);
      expectVerdicts(output);
    } finally {
      await vault.stop();
    }
  });

  it('lists the signers', async () => {
    await expect(demo({ SIGNER: 'pigeon' })).rejects.toMatchObject({
      stderr: expect.stringContaining('memory, file, plugin, vault'),
    });
  });
});
