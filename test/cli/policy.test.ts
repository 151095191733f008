import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMachine, createTrustingMachine } from './machine.ts';

const INIT = ['policy', 'init', '--name', 'app', '--trust-store', 'ca:acme', '--trusted-identity', '*'];

describe('notarykit policy', () => {
  it('init writes a statement, and replaces a policy only with --force', async () => {
    const { run } = await createMachine();
    expect((await run(INIT)).code).toBe(0);
    const again = await run([...INIT, '--level', 'audit']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('To do: Use --force');
    expect((await run([...INIT, '--level', 'audit', '--force'])).code).toBe(0);
    expect((await run(['policy', 'show'])).stdout).toContain('"level": "audit"');
  });

  it('import needs an answer to replace a policy', async () => {
    const { run, config, write } = await createTrustingMachine();
    const before = await readFile(join(config, 'trustpolicy.json'), 'utf8');
    const file = await write('other.json', before.replace('"all"', '"other"'));
    expect((await run(['policy', 'import', file], { stdin: 'no\n' })).stdout).toContain(
      'Operation cancelled.',
    );
    expect(await readFile(join(config, 'trustpolicy.json'), 'utf8')).toBe(before);
    expect((await run(['policy', 'import', file], { stdin: 'y\n' })).code).toBe(0);
    expect((await run(['policy', 'show'])).stdout).toContain('"other"');
  });

  it('import exits with 2 and names --force if nobody answers', async () => {
    const { run, config, write } = await createTrustingMachine();
    const before = await readFile(join(config, 'trustpolicy.json'), 'utf8');
    const file = await write('other.json', before.replace('"all"', '"other"'));
    const { code, stderr } = await run(['policy', 'import', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('To do: Use --force');
    expect(await readFile(join(config, 'trustpolicy.json'), 'utf8')).toBe(before);
  });

  it('shows several mistakes of a policy on lines of their own', async () => {
    const { run, write } = await createMachine();
    const file = await write('bad.json', '{"version":"1.0","trustPolicies":[{"name":"x"},{"name":"y"}]}');
    const { code, stderr } = await run(['policy', 'import', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: the trust policy has \d+ problems:\n {2}- .*"x".*\n/);
    expect(stderr).not.toContain('\\u{a}');
  });

  it('explain names the statement that applies, and exits with 1 if none does', async () => {
    const { run } = await createMachine();
    await run([...INIT, '--registry-scope', 'registry.example.com/app']);
    const found = await run(['policy', 'explain', 'registry.example.com/app']);
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('the statement "app" applies') });
    expect((await run(['policy', 'explain', 'registry.example.com/other'])).code).toBe(1);
  });

  it('lint exits with 2 for a file with an error, and with 0 for warnings', async () => {
    const { run, write } = await createTrustingMachine();
    const lint = await run(['policy', 'lint']);
    expect(lint).toMatchObject({ code: 0, stdout: expect.stringContaining('[identity-any]') });
    const file = await write('bad.json', '{"version":"1.0","trustPolicies":[{"name":"x"}]}');
    const bad = await run(['policy', 'lint', '-o', 'json', file]);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.stdout)).toContainEqual(expect.objectContaining({ severity: 'error' }));
  });

  it('merge prints one policy, and rejects a conflict unless told what to do', async () => {
    const { run, write } = await createMachine();
    const policy = (level: string) =>
      JSON.stringify({
        version: '1.0',
        trustPolicies: [
          {
            name: 'app',
            registryScopes: ['registry.example.com/app'],
            signatureVerification: { level },
            trustStores: ['ca:acme'],
            trustedIdentities: ['*'],
          },
        ],
      });
    const files = [await write('a.json', policy('strict')), await write('b.json', policy('audit'))];
    expect((await run(['policy', 'merge', ...files])).code).toBe(2);
    const merged = await run(['policy', 'merge', '--on-conflict', 'last', ...files]);
    expect(JSON.parse(merged.stdout)).toMatchObject({
      trustPolicies: [{ signatureVerification: { level: 'audit' } }],
    });
    expect(merged.stderr).toContain('Warning: ');
  });
});
