import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromNotationConfig } from '../../src/node/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { parseCertificates } from '../../src/x509/index.ts';
import { rejection } from '../support/artifact.ts';
import { pluginKey, plugins } from './describing-plugin.ts';
import { useNotationDirectory } from './notation-directory.ts';

const directory = useNotationDirectory();
const FILE = 'signingkeys.json';
let pair: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
});

async function signer(name?: string) {
  return (await fromNotationConfig({ configDirectory: directory.path, plugins })).signer(name);
}

describe('a signer of the configuration', () => {
  it('has the default key if none is named', async () => {
    directory.put(FILE, { default: 'b', keys: [directory.putKey('a', other), directory.putKey('b', pair)] });
    const [leaf] = parseCertificates(pair.certificates);
    expect(await signer()).toMatchObject({ certificates: [leaf?.der] });
  });

  it('is one of a plugin for a key of a plugin', async () => {
    directory.put(FILE, { keys: [pluginKey] });
    expect(await signer('remote')).toMatchObject({ keySpec: 'EC-256', createEnvelope: expect.any(Function) });
  });

  it('needs a default key or a name', async () => {
    directory.put(FILE, { keys: [pluginKey] });
    await expect(signer()).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining('no default signing key'),
    });
  });

  it('needs a key that is on the list', async () => {
    await expect(signer('toString')).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining('no signing key "toString"'),
    });
  });

  it('needs the plugin of the key', async () => {
    directory.put(FILE, { keys: [{ ...pluginKey, pluginName: 'missing' }] });
    await expect(signer('remote')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: expect.stringContaining('"missing"'),
    });
  });

  it('follows links to the key, as those of mounted secrets', async () => {
    const key = directory.putKey('acme', pair);
    renameSync(key.keyPath, join(directory.path, '..data'));
    symlinkSync('..data', key.keyPath);
    directory.put(FILE, { default: 'acme', keys: [key] });
    expect(await signer()).toMatchObject({ certificates: [expect.any(Uint8Array)] });
  });

  it.each([
    ['is missing', () => undefined, 'ERR_CONFIG_INVALID', 'does not exist'],
    ['is a directory', (path: string) => mkdirSync(path), 'ERR_CONFIG_INVALID', 'is not a regular file'],
    [
      'is a pipe',
      (path: string) => execFileSync('mkfifo', [path]),
      'ERR_CONFIG_INVALID',
      'is not a regular file',
    ],
    [
      'is a link to itself',
      (path: string) => symlinkSync(path, path),
      'ERR_CONFIG_INVALID',
      'cannot read the private key',
    ],
    [
      'is a device',
      (path: string) => symlinkSync('/dev/zero', path),
      'ERR_CONFIG_INVALID',
      'is not a regular file',
    ],
    [
      'is huge',
      (path: string) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1)),
      'ERR_LIMIT_EXCEEDED',
      'is larger than 1048576 bytes',
    ],
    ['is not a key', (path: string) => writeFileSync(path, 'x'), 'ERR_KEY_INVALID', 'the signing key "acme"'],
    [
      'is the key of another certificate',
      (path: string) => writeFileSync(path, other.privateKey),
      'ERR_KEY_MISMATCH',
      'the signing key "acme": the private key does not belong',
    ],
  ])('needs a key file: one that %s is rejected', async (_, make, code, message) => {
    const certPath = directory.put('acme.crt', pair.certificates);
    const keyPath = join(directory.path, 'acme.key');
    make(keyPath);
    directory.put(FILE, { default: 'acme', keys: [{ name: 'acme', keyPath, certPath }] });
    await expect(signer()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('shows nothing of a key that cannot be used', async () => {
    const key = directory.putKey('acme', pair);
    const secret = pair.privateKey.split('\n')[1] ?? '';
    directory.put('acme.key', pair.privateKey.replace('MIG', 'MIH'));
    directory.put(FILE, { default: 'acme', keys: [key] });
    let error: unknown = await rejection(signer());
    expect(secret.length).toBeGreaterThan(20);
    for (; error instanceof Error; error = error.cause)
      expect(String(error)).not.toContain(secret.slice(0, 12));
  });
});
