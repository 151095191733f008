import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMachine, createTrustingMachine } from './machine.ts';

describe('notarykit verify', () => {
  it('exits with 0 for a signed image, and says so as notation does', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    expect(await run(['verify', reference])).toEqual({
      code: 0,
      stdout: `Successfully verified signature for ${reference}\n`,
      stderr: '',
    });
  });

  it('prints the user metadata of the signature', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', '-m', 'build=7', ...keyFlags, reference]);
    const { code, stdout } = await run(['verify', '--user-metadata', 'build=7', reference]);
    expect(code).toBe(0);
    expect(stdout).toContain('KEY     VALUE   \nbuild   7');
  });

  it('exits with 1 for other user metadata, and names the difference', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', '-m', 'build=7', ...keyFlags, reference]);
    const { code, stdout, stderr } = await run(['verify', '-m', 'build=8', reference]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('"build" must be "8", but is "7"');
  });

  it('exits with 1 for an unsigned image, and says what to do in commands', async () => {
    const { run, push } = await createTrustingMachine();
    const { code, stderr } = await run(['verify', await push()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[ERR_NO_SIGNATURE\]\nTo do: .*`notarykit sign`/);
  });

  it('exits with 0 if the policy skips the verification', async () => {
    const { run, push } = await createTrustingMachine('skip');
    const reference = await push();
    expect(await run(['verify', reference])).toMatchObject({
      code: 0,
      stdout: `Trust policy is configured to skip signature verification for ${reference}\n`,
    });
  });

  it('exits with 0 and a warning if the policy only logs a failure', async () => {
    const { run, push, keyFlags, config } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    await writeFile(
      join(config, 'trustpolicy.json'),
      JSON.stringify({
        version: '1.0',
        trustPolicies: [
          {
            name: 'audit',
            registryScopes: ['*'],
            signatureVerification: { level: 'audit' },
            trustStores: ['ca:acme'],
            trustedIdentities: ['x509.subject: C=US, ST=WA, O=Other'],
          },
        ],
      }),
    );
    const { code, stderr } = await run(['verify', reference]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: .*\[ERR_IDENTITY_UNTRUSTED\]/m);
  });

  it('exits with 2 without a trust policy, before any request', async () => {
    const { run, push, registry } = await createMachine();
    const reference = await push();
    registry.requests.length = 0;
    const { code, stderr } = await run(['verify', reference]);
    expect(code).toBe(2);
    expect(stderr).toContain('[ERR_POLICY_NOT_FOUND]\nTo do: ');
  });

  it('exits with 2 for a mistake in the trust policy, and names it', async () => {
    const { run, push, config } = await createTrustingMachine();
    await writeFile(join(config, 'trustpolicy.json'), '{"version":"1.0","trustPolicies":[{"name":"x"}]}');
    const { code, stderr } = await run(['verify', await push()]);
    expect(code).toBe(2);
    expect(stderr).toContain('[ERR_POLICY_INVALID]');
  });

  it('exits with 3 if the image is not there', async () => {
    const { run, registry } = await createTrustingMachine();
    const { code, stderr } = await run(['verify', `${registry.host}/team/none:v1`]);
    expect(code).toBe(3);
    expect(stderr).toContain('[ERR_NOT_FOUND]');
  });

  it('verifies the rest if one of a hundred images is not there', async () => {
    const { run, push, keyFlags, registry } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const missing = `${registry.host}/team/none@sha256:${'0'.repeat(64)}`;
    const references = Array.from({ length: 100 }, (_, at) => (at === 41 ? missing : reference));
    const { code, stdout, stderr } = await run(['verify', ...references]);
    expect(code).toBe(3);
    expect(stdout.match(/Successfully verified/g)).toHaveLength(99);
    expect(stderr).toContain(missing);
  });

  it('puts a rejection before a missing image, and a wrong argument before both', async () => {
    const { run, push, registry } = await createTrustingMachine();
    const missing = `${registry.host}/team/none:v1`;
    expect((await run(['verify', await push(), missing])).code).toBe(1);
    expect((await run(['verify', await push(), missing, 'not a reference'])).code).toBe(2);
  });

  it('warns about a tag', async () => {
    const { run, push, keyFlags, registry } = await createTrustingMachine();
    await run(['sign', ...keyFlags, await push()]);
    const { code, stderr } = await run(['verify', `${registry.host}/team/app:v1`]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'Warning: the tag "v1" may name another artifact later: verify the artifact by its digest',
    );
  });

  it('prints each check with --verbose', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    expect((await run(['verify', '--verbose', reference])).stdout).toContain(
      'passed     integrity, artifact',
    );
  });

  it('exits with 130 when it is stopped, and says what was not verified', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const { code, stderr } = await run(['verify', reference, reference], { signal: AbortSignal.abort() });
    expect(code).toBe(130);
    expect(stderr.match(/was not verified, because the program was stopped/g)).toHaveLength(2);
  });

  it('takes the extended dialect of trust policies', async () => {
    const { run, push, keyFlags, config, registry } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const policy = {
      name: 'prefix',
      registryScopes: [`${registry.host}/team/*`],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
    };
    await writeFile(
      join(config, 'trustpolicy.json'),
      JSON.stringify({ version: '1.0', trustPolicies: [policy] }),
    );
    expect((await run(['verify', reference])).code).toBe(2);
    expect((await run(['verify', '--dialect', 'extended', reference])).code).toBe(0);
  });

  it('verifies an image in a directory by the scope that is given', async () => {
    const { run, push, keyFlags, directory, registry } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const layout = join(directory, 'layout');
    await run(['copy', '--artifact', '--to-oci-layout', `${registry.host}/team/app:v1`, layout]);
    const target = `${layout}:v1`;
    expect((await run(['verify', '--oci-layout', target, '--scope', 'local/app'])).code).toBe(0);
    expect((await run(['verify', '--oci-layout', target])).stderr).toContain('must be given together');
  });
});
