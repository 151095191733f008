import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMachine, createTrustingMachine, testKey } from './machine.ts';

describe('notarykit cert generate-test', () => {
  it('makes a key that signs what verifies with its certificate', async () => {
    const { run, push } = await createMachine();
    const reference = await push();
    expect((await run(['cert', 'generate-test', '--default', 'acme.example'])).code).toBe(0);
    await run([
      'policy',
      'init',
      '--name',
      'x',
      '--trust-store',
      'ca:acme.example',
      '--trusted-identity',
      '*',
    ]);
    expect((await run(['sign', reference])).code).toBe(0);
    expect((await run(['verify', reference])).code).toBe(0);
    expect((await run(['key', 'list'])).stdout).toContain('* acme.example');
  });

  it('leaves nothing behind if the key list is malformed', async () => {
    const { run, config } = await createMachine();
    await writeFile(join(config, 'signingkeys.json'), '{');
    expect((await run(['cert', 'generate-test', 'acme.example'])).code).toBe(2);
    expect(await readdir(join(config, 'localkeys'))).toEqual([]);
  });
});

describe('notarykit sign', () => {
  it('takes one key only', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const { code, stderr } = await run(['sign', ...keyFlags, '--key', 'other', await push()]);
    expect(code).toBe(2);
    expect(stderr).toContain('name one key, not several: --key, --key-file');
  });

  it('lists the signature under the referrers tag only if that is wanted or needed', async () => {
    const { run, push, keyFlags, registry } = await createTrustingMachine();
    const reference = await push();
    registry.switches.referrersApi = true;
    const tag = reference.split('@')[1]?.replace(':', '-') ?? '';
    await run(['sign', ...keyFlags, reference]);
    expect(registry.repository('team/app').tags.has(tag)).toBe(false);
    await run(['sign', '--force-referrers-tag', ...keyFlags, reference]);
    expect(registry.repository('team/app').tags.has(tag)).toBe(true);
  });

  it('opens a PKCS #12 file with a passphrase from standard input', async () => {
    const { run, push, write, directory } = await createTrustingMachine();
    const { privateKey, certificates } = await testKey();
    const [key, chain] = [await write('k.pem', privateKey), await write('c.pem', certificates)];
    const file = join(directory, 'release.p12');
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-inkey',
      key,
      '-in',
      chain,
      '-out',
      file,
      '-passout',
      'pass:secret',
    ]);
    const line = ['sign', '--key-file', file, '--passphrase-file', '-', await push()];
    expect((await run(line, { stdin: 'secret\n' })).code).toBe(0);
    const wrong = await run(line, { stdin: 'other' });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--passphrase-file');
    expect(
      (await run(['sign', '--key-file', file, await push()], { env: { NOTARYKIT_PASSPHRASE: 'secret' } }))
        .code,
    ).toBe(0);
  });

  it('names the variable that a key service needs', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const chain = keyFlags.slice(2);
    const { code, stderr } = await run(['sign', '--vault-key', 'release', ...chain, await push()], {
      env: { VAULT_ADDR: '' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('VAULT_ADDR is not set');
  });

  it('warns of a password on the command line, and does not repeat it', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const { stderr } = await run(['sign', '-u', 'me', '-p', 'hunter2', ...keyFlags, await push()]);
    expect(stderr).toContain('--password-stdin');
    expect(stderr).not.toContain('hunter2');
  });

  it('signs in with a password from standard input', async () => {
    const { run, push, keyFlags, registry } = await createTrustingMachine();
    const reference = await push();
    registry.switches.accounts = { scheme: 'basic', username: 'me', password: 'hunter2' };
    const line = ['sign', '-u', 'me', '--password-stdin', ...keyFlags, reference];
    expect((await run(line, { stdin: 'hunter2\n' })).code).toBe(0);
    expect((await run(line, { stdin: 'wrong\n' })).code).toBe(3);
    const env = { NOTATION_USERNAME: 'me', NOTATION_PASSWORD: 'hunter2' };
    expect((await run(['verify', reference], { env })).code).toBe(0);
  });
});

describe('notarykit blob', () => {
  it('signs a file and verifies it', async () => {
    const { run, write, keyFlags } = await createTrustingMachine();
    const path = await write('release.zip', 'content');
    await run([
      'policy',
      'init',
      '--blob',
      '--global',
      '--name',
      'x',
      '--trust-store',
      'ca:acme',
      '--trusted-identity',
      '*',
    ]);
    expect((await run(['blob', 'sign', ...keyFlags, path])).stdout).toContain(`${path}.jws.sig`);
    expect((await run(['blob', 'verify', '--signature', `${path}.jws.sig`, path])).code).toBe(0);
    await write('release.zip', 'CONTENT');
    expect((await run(['blob', 'verify', '--signature', `${path}.jws.sig`, path])).code).toBe(1);
    expect((await run(['blob', 'inspect', '-o', 'json', `${path}.jws.sig`])).stdout).toContain(
      '"signatureAlgorithm"',
    );
  });

  it('keeps an existing signature unless the answer is yes', async () => {
    const { run, write, keyFlags } = await createTrustingMachine();
    const path = await write('release.zip', 'content');
    const signature = await write('release.zip.jws.sig', 'old');
    const line = ['blob', 'sign', ...keyFlags, path];
    expect((await run(line, { stdin: 'n\n' })).stdout).toContain('Operation cancelled.');
    expect(await run(line)).toMatchObject({ code: 2, stderr: expect.stringContaining('Use --force') });
    expect(await readFile(signature, 'utf8')).toBe('old');
    expect((await run(line, { stdin: 'y\n' })).code).toBe(0);
    expect(await readFile(signature, 'utf8')).not.toBe('old');
  });
});
