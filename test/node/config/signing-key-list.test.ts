import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { fromNotationConfig, listSigningKeys } from '../../../src/node/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { parseCertificates } from '../../../src/x509/index.ts';
import { rejection } from '../../support/artifact.ts';
import { pluginKey, plugins } from '../describing-plugin.ts';
import { useNotationFolder } from '../notation-folder.ts';

const folder = useNotationFolder();
const FILE = 'signingkeys.json';
let pair: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
  other = await generateTestCertificate({ name: 'other.example', keyType: 'EC-256' });
});

function options() {
  return { directory: folder.path, plugins };
}

async function signer(name?: string) {
  return (await fromNotationConfig(options())).signer(name);
}

describe('the list of signing keys', () => {
  it('is empty where there is no file', async () => {
    expect(await listSigningKeys(options())).toEqual({ keys: [] });
  });

  it('has keys in files, keys of plugins, and the default', async () => {
    const fileKey = folder.putKey('acme', pair);
    folder.put(FILE, { default: 'acme', keys: [fileKey, pluginKey] });
    expect(await listSigningKeys(options())).toEqual({ default: 'acme', keys: [fileKey, pluginKey] });
  });

  it('is read where members are null, as Go writes what is not set', async () => {
    folder.put(FILE, { default: null, keys: null });
    expect(await listSigningKeys(options())).toEqual({ keys: [] });
  });

  it.each([
    ['not JSON', '{', 'is not JSON'],
    ['a member twice', '{"keys":[],"keys":[]}', 'has the member "keys" twice'],
    ['a member in another case', '{"Keys":[]}', 'differs from "keys" by letter case only'],
    ['a list that is none', { keys: {} }, 'is malformed at "keys": array expected'],
    ['a name twice', { keys: [pluginKey, pluginKey] }, 'two keys have the name "remote"'],
    ['a key without a name', { keys: [{ ...pluginKey, name: '' }] }, 'a key has no name'],
    ['a default that is not there', { default: 'x', keys: [] }, 'the default key "x" is not among its keys'],
    ['a key of neither kind', { keys: [{ name: 'x', id: '1' }] }, 'the key "x" must have either keyPath'],
    [
      'a key of both kinds',
      { keys: [{ ...pluginKey, keyPath: 'k', certPath: 'c' }] },
      'must have either keyPath',
    ],
    [
      'plugin configuration in another case',
      { keys: [{ ...pluginKey, PluginConfig: {} }] },
      '"pluginConfig"',
    ],
  ])('refuses %s', async (_, content, message) => {
    folder.put(FILE, content);
    await expect(listSigningKeys(options())).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_CONFIG_INVALID$/),
      message: expect.stringContaining(message),
    });
  });

  it('refuses a symbolic link', async () => {
    symlinkSync(folder.put('elsewhere.json', { keys: [] }), join(folder.path, FILE));
    await expect(listSigningKeys(options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
  });

  it('refuses a pipe without waiting for a writer', async () => {
    execFileSync('mkfifo', [join(folder.path, FILE)]);
    await expect(listSigningKeys(options())).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });

  it('refuses a file of more than a megabyte', async () => {
    folder.put(FILE, ' '.repeat(1024 * 1024 + 1));
    await expect(listSigningKeys(options())).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it('does not show in an error what plugins are given', async () => {
    folder.put(FILE, '{"keys":[{"name":"x","pluginConfig":{"token":"hunter2"}} hunter2');
    const error = await rejection(listSigningKeys(options()));
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('hunter2');
  });

  it('is read or refused, whatever is in the file', async () => {
    const anything = fc.oneof(
      fc.json(),
      fc.record({ default: fc.jsonValue(), keys: fc.jsonValue() }).map((value) => JSON.stringify(value)),
      fc
        .array(fc.record({ name: fc.string(), keyPath: fc.jsonValue(), id: fc.jsonValue() }))
        .map((keys) => JSON.stringify({ keys })),
    );
    const attempts = fc.asyncProperty(anything, async (content) => {
      folder.put(FILE, content);
      const result = await listSigningKeys(options()).catch((error: unknown) => error);
      if (isNotationError(result)) expect(result.code).toMatch(/^ERR_(CONFIG_INVALID|LIMIT_EXCEEDED)$/);
      else expect(result).toMatchObject({ keys: expect.any(Array) });
    });
    await fc.assert(attempts, { numRuns: 100 });
  });
});

describe('a signer of the configuration', () => {
  it('has the default key where none is named', async () => {
    folder.put(FILE, { default: 'b', keys: [folder.putKey('a', other), folder.putKey('b', pair)] });
    const [leaf] = parseCertificates(pair.certificates);
    expect(await signer()).toMatchObject({ certificates: [leaf?.der] });
  });

  it('is one of a plugin for a key of a plugin', async () => {
    folder.put(FILE, { keys: [pluginKey] });
    expect(await signer('remote')).toMatchObject({ keySpec: 'EC-256', createEnvelope: expect.any(Function) });
  });

  it('needs a default key or a name', async () => {
    folder.put(FILE, { keys: [pluginKey] });
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
    folder.put(FILE, { keys: [{ ...pluginKey, pluginName: 'missing' }] });
    await expect(signer('remote')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: expect.stringContaining('"missing"'),
    });
  });

  it('follows links to the key, as those of mounted secrets', async () => {
    const key = folder.putKey('acme', pair);
    renameSync(key.keyPath, join(folder.path, '..data'));
    symlinkSync('..data', key.keyPath);
    folder.put(FILE, { default: 'acme', keys: [key] });
    expect(await signer()).toMatchObject({ certificates: [expect.any(Uint8Array)] });
  });

  it.each([
    ['is missing', () => undefined, 'ERR_CONFIG_INVALID', 'does not exist'],
    ['is a folder', (path: string) => mkdirSync(path), 'ERR_CONFIG_INVALID', 'is not a file'],
    ['is a pipe', (path: string) => execFileSync('mkfifo', [path]), 'ERR_CONFIG_INVALID', 'is not a file'],
    [
      'is a link to itself',
      (path: string) => symlinkSync(path, path),
      'ERR_CONFIG_INVALID',
      'cannot be read',
    ],
    ['is a device', (path: string) => symlinkSync('/dev/zero', path), 'ERR_CONFIG_INVALID', 'is not a file'],
    [
      'is huge',
      (path: string) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1)),
      'ERR_LIMIT_EXCEEDED',
      'is larger than 1048576 bytes',
    ],
    ['is no key', (path: string) => writeFileSync(path, 'x'), 'ERR_KEY_INVALID', 'the signing key "acme"'],
    [
      'is the key of another certificate',
      (path: string) => writeFileSync(path, other.privateKey),
      'ERR_KEY_MISMATCH',
      'the signing key "acme": the private key does not belong',
    ],
  ])('needs a key file: one that %s is refused', async (_, make, code, message) => {
    const certPath = folder.put('acme.crt', pair.certificates);
    const keyPath = join(folder.path, 'acme.key');
    make(keyPath);
    folder.put(FILE, { default: 'acme', keys: [{ name: 'acme', keyPath, certPath }] });
    await expect(signer()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('shows nothing of a key that cannot be used', async () => {
    const key = folder.putKey('acme', pair);
    const secret = pair.privateKey.split('\n')[1] ?? '';
    folder.put('acme.key', pair.privateKey.replace('MIG', 'MIH'));
    folder.put(FILE, { default: 'acme', keys: [key] });
    let error: unknown = await rejection(signer());
    expect(secret.length).toBeGreaterThan(20);
    for (; error instanceof Error; error = error.cause)
      expect(String(error)).not.toContain(secret.slice(0, 12));
  });
});
