import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { listSigningKeys } from '../../../src/node/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { rejection } from '../../support/artifact.ts';
import { pluginKey, plugins } from '../describing-plugin.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();
const FILE = 'signingkeys.json';
let pair: TestCertificate;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
});

function options() {
  return { configDirectory: directory.path, plugins };
}

describe('the list of signing keys', () => {
  it('is empty if there is no file', async () => {
    expect(await listSigningKeys(options())).toEqual({ keys: [] });
  });

  it('has keys in files, keys of plugins, and the default', async () => {
    const fileKey = directory.putKey('acme', pair);
    directory.put(FILE, { default: 'acme', keys: [fileKey, pluginKey] });
    expect(await listSigningKeys(options())).toEqual({ default: 'acme', keys: [fileKey, pluginKey] });
  });

  it('is read if members are null, as Go writes unset values', async () => {
    directory.put(FILE, { default: null, keys: null });
    expect(await listSigningKeys(options())).toEqual({ keys: [] });
  });

  it.each([
    ['not JSON', '{', 'is not JSON'],
    ['a member twice', '{"keys":[],"keys":[]}', 'has the member "keys" twice'],
    ['a member in another case', '{"Keys":[]}', 'differs from "keys" by letter case only'],
    ['keys that are not a list', { keys: {} }, 'is malformed at "keys": array expected'],
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
  ])('rejects %s', async (_, content, message) => {
    directory.put(FILE, content);
    await expect(listSigningKeys(options())).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_CONFIG_INVALID$/),
      message: expect.stringContaining(message),
    });
  });

  it('rejects a symbolic link', async () => {
    symlinkSync(directory.put('elsewhere.json', { keys: [] }), join(directory.path, FILE));
    await expect(listSigningKeys(options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
  });

  it('rejects a pipe without waiting for a writer', async () => {
    execFileSync('mkfifo', [join(directory.path, FILE)]);
    await expect(listSigningKeys(options())).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });

  it('rejects a file of more than a megabyte', async () => {
    directory.put(FILE, ' '.repeat(1024 * 1024 + 1));
    await expect(listSigningKeys(options())).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it('does not show the configuration of plugins in an error', async () => {
    directory.put(FILE, '{"keys":[{"name":"x","pluginConfig":{"token":"hunter2"}} hunter2');
    const error = await rejection(listSigningKeys(options()));
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('hunter2');
  });

  it('is read or rejected for any content of the file', async () => {
    const anything = fc.oneof(
      fc.json(),
      fc.record({ default: fc.jsonValue(), keys: fc.jsonValue() }).map((value) => JSON.stringify(value)),
      fc
        .array(fc.record({ name: fc.string(), keyPath: fc.jsonValue(), id: fc.jsonValue() }))
        .map((keys) => JSON.stringify({ keys })),
    );
    const attempts = fc.asyncProperty(anything, async (content) => {
      directory.put(FILE, content);
      const result = await listSigningKeys(options()).catch((error: unknown) => error);
      if (isNotationError(result)) expect(result.code).toMatch(/^ERR_(CONFIG_INVALID|LIMIT_EXCEEDED)$/);
      else expect(result).toMatchObject({ keys: expect.any(Array) });
    });
    await fc.assert(attempts, { numRuns: 100 });
  });
});
