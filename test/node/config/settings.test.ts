import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import {
  changeNotationSettings,
  type NotationSettings,
  readNotationSettings,
} from '../../../src/node/index.ts';
import { rejection } from '../../support/artifact.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();
const FILE = 'config.json';

function read() {
  return readNotationSettings({ configDirectory: directory.path });
}

function change(how: (settings: NotationSettings) => NotationSettings) {
  return changeNotationSettings(how, { configDirectory: directory.path });
}

describe('the settings of notation', () => {
  it('come from config.json', async () => {
    const settings = {
      insecureRegistries: ['registry.internal:5000'],
      credsStore: 'pass',
      credHelpers: { 'registry.example.com': 'ecr-login' },
      signatureFormat: 'cose',
    };
    directory.put(FILE, settings);
    expect(await read()).toEqual(settings);
  });

  it('are empty if there is no file', async () => {
    expect(await read()).toEqual({ insecureRegistries: [] });
  });

  it('are read if members are null, as Go writes unset values', async () => {
    directory.put(FILE, { insecureRegistries: null, credsStore: null });
    expect(await read()).toEqual({ insecureRegistries: [] });
  });

  it('contain the signature format in any letter case', async () => {
    directory.put(FILE, { signatureFormat: 'COSE' });
    expect((await read()).signatureFormat).toBe('cose');
  });

  it.each([
    ['not JSON', '[', 'is not JSON'],
    ['another format', { signatureFormat: 'xml' }, 'at "signatureFormat": "jws" or "cose" expected'],
    ['one registry only', { insecureRegistries: 'x' }, 'at "insecureRegistries": array expected'],
    [
      'a member in another case',
      { insecureregistries: [] },
      'differs from "insecureRegistries" by letter case',
    ],
    ['a member twice', '{"credsStore":"a","credsStore":"b"}', 'has the member "credsStore" twice'],
  ])('reject %s', async (_, content, message) => {
    directory.put(FILE, content);
    await expect(read()).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('are not read through a symbolic link', async () => {
    symlinkSync(directory.put('elsewhere.json', {}), join(directory.path, FILE));
    await expect(read()).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });

  it('do not show a credential in an error', async () => {
    directory.put(FILE, '{"auths":{"registry.example.com":{"auth":"aHVudGVyMg==" aHVudGVyMg');
    const error = await rejection(read());
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('aHVudGVyMg');
  });
});

describe('the settings of notation, for any content of the file', () => {
  it('are read or rejected', async () => {
    const values = {
      insecureRegistries: fc.jsonValue(),
      credHelpers: fc.jsonValue(),
      signatureFormat: fc.string(),
    };
    const record = fc.record(values, { requiredKeys: [] }).map((value) => JSON.stringify(value));
    // A file that is not JSON is read again a few times, so this test takes long.
    const texts = fc.oneof(
      { weight: 10, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string() },
      { weight: 10, arbitrary: record },
    );
    const attempts = fc.asyncProperty(texts, async (content) => {
      directory.put(FILE, content);
      const result = await read().catch((error: unknown) => error);
      if (isNotationError(result)) expect(result.code).toMatch(/^ERR_(CONFIG_INVALID|LIMIT_EXCEEDED)$/);
      else expect(result).toMatchObject({ insecureRegistries: expect.any(Array) });
    });
    await fc.assert(attempts, { numRuns: 100 });
  });
});

describe('changing the settings of notation', () => {
  it('writes a file for its owner alone', async () => {
    await change((settings) => ({ ...settings, signatureFormat: 'cose' }));
    expect(directory.text(FILE)).toBe('{\n    "insecureRegistries": [],\n    "signatureFormat": "cose"\n}\n');
    expect(directory.mode(FILE)).toBe(0o600);
  });

  it('keeps members that others wrote', async () => {
    directory.put(FILE, { auths: { 'registry.example.com': {} }, credsStore: 'pass' });
    await change((settings) => ({ ...settings, insecureRegistries: ['localhost:5000'] }));
    expect(directory.json(FILE)).toEqual({
      auths: { 'registry.example.com': {} },
      credsStore: 'pass',
      insecureRegistries: ['localhost:5000'],
    });
  });

  it('removes the members that are left out', async () => {
    directory.put(FILE, { credsStore: 'pass', signatureFormat: 'cose', other: true });
    await change(() => ({ insecureRegistries: [] }));
    expect(directory.json(FILE)).toEqual({ insecureRegistries: [], other: true });
  });

  it('loses nothing when several change them at once', async () => {
    const hosts = Array.from({ length: 12 }, (_, index) => `registry-${index}:5000`);
    const add = (host: string) =>
      change((settings) => ({ ...settings, insecureRegistries: [...settings.insecureRegistries, host] }));
    await Promise.all(hosts.map(add));
    expect([...(await read()).insecureRegistries].sort()).toEqual([...hosts].sort());
  });

  it.each([
    [
      'a host with a path',
      { insecureRegistries: ['registry.example.com/x'] },
      'host and port of a registry expected',
    ],
    [
      'a helper that is a path',
      { insecureRegistries: [], credsStore: '../x' },
      'name of a credential helper',
    ],
    [
      'another format',
      { insecureRegistries: [], signatureFormat: 'xml' },
      'at "signatureFormat": "jws" or "cose" expected',
    ],
    [
      'a registry with a path for a helper',
      { insecureRegistries: [], credHelpers: { 'https://index.docker.io/v1/': 'pass' } },
      'host and port of a registry expected',
    ],
    [
      'a helper that is a path for a registry',
      { insecureRegistries: [], credHelpers: { 'registry.example.com': '../x' } },
      'at "credHelpers.registry.example.com": the name of a credential helper expected',
    ],
    ['an unknown member', { insecureRegistries: [], credStore: 'x' }, 'unknown member "credStore"'],
    ['nothing', undefined, 'the configuration is malformed'],
  ])('rejects %s', async (_, settings, message) => {
    await expect(change(() => settings as NotationSettings)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(message),
    });
    await expect(read()).resolves.toEqual({ insecureRegistries: [] });
  });
});

describe('changing settings that others wrote', () => {
  const theirs = {
    insecureRegistries: ['http://registry.internal/'],
    credsStore: 'C:\\helpers\\pass',
    credHelpers: { 'https://index.docker.io/v1/': 'pass' },
  };

  it('keeps everything that the change does not touch, in any form', async () => {
    directory.put(FILE, theirs);
    await change((settings) => ({ ...settings, signatureFormat: 'cose' }));
    expect(directory.json(FILE)).toEqual({ ...theirs, signatureFormat: 'cose' });
  });

  it('accepts a further entry next to entries of another form, and removes those', async () => {
    directory.put(FILE, theirs);
    await change(({ credHelpers, ...settings }) => ({
      ...settings,
      credHelpers: { ...credHelpers, 'registry.example.com': 'own' },
    }));
    expect(directory.json(FILE)).toMatchObject({
      credHelpers: { ...theirs.credHelpers, 'registry.example.com': 'own' },
    });
    await change(() => ({ insecureRegistries: [] }));
    expect(directory.json(FILE)).toEqual({ insecureRegistries: [] });
  });

  it('checks the form of a further entry', async () => {
    directory.put(FILE, theirs);
    const changed = change((settings) => ({
      ...settings,
      insecureRegistries: [...settings.insecureRegistries, 'http://other.internal/'],
    }));
    await expect(changed).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('at "insecureRegistries.1": host and port of a registry expected'),
    });
    expect(directory.json(FILE)).toEqual(theirs);
  });

  it('starts again if another program writes the file meanwhile', async () => {
    let calls = 0;
    await change((settings) => {
      if (++calls === 1) directory.put(FILE, { credsStore: 'theirs' });
      return { ...settings, signatureFormat: 'cose' };
    });
    expect(directory.json(FILE)).toEqual({
      insecureRegistries: [],
      credsStore: 'theirs',
      signatureFormat: 'cose',
    });
  });

  it('reads a file that another program is writing', async () => {
    directory.put(FILE, '{"credsSt');
    setTimeout(() => directory.put(FILE, { credsStore: 'theirs' }), 30);
    expect(await read()).toMatchObject({ credsStore: 'theirs' });
  });
});
