import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { dockerCredentials, notationCredentials } from '../../../src/node/index.ts';
import { createRegistry, parseReference } from '../../../src/oci/index.ts';
import { startRegistry } from '../../support/registry-server.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
let directory: string;
let configFile: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docker-credentials-'));
  configFile = join(directory, 'config.json');
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env.PATH}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const write = (content: unknown) =>
  writeFile(configFile, typeof content === 'string' ? content : JSON.stringify(content));
const find = (registry: string, timeout?: number) => dockerCredentials({ configFile, timeout })(registry);

/** A helper that runs a shell script; the name of the server is in $server. */
async function helper(name: string, script: string): Promise<void> {
  const file = join(directory, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n[ "$1" = get ] || exit 9\nserver=$(cat)\n${script}\n`);
  await chmod(file, 0o755);
}

async function failing(work: unknown): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (isNotationError(error, 'ERR_REGISTRY_UNAUTHORIZED')) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('the file of Docker', () => {
  it.each([
    ['a pair in base64', { auth: base64('ci:se:cret') }, { username: 'ci', password: 'se:cret' }],
    ['a pair in the clear', { username: 'ci', password: 'secret' }, { username: 'ci', password: 'secret' }],
    ['an identity token', { auth: base64('ci:'), identitytoken: 'refresh' }, { identityToken: 'refresh' }],
    ['a registry token', { registrytoken: 'bearer' }, { registryToken: 'bearer' }],
  ])('has %s', async (_, entry, credential) => {
    await write({ auths: { 'registry.example.com': entry } });
    expect(await find('registry.example.com')).toEqual(credential);
  });

  it.each([
    'https://registry.example.com',
    'http://registry.example.com/v1/',
    'https://registry.example.com/v2/',
    'registry.example.com/path',
  ])('may name the registry %s', async (key) => {
    await write({ auths: { [key]: { auth: base64('ci:secret') } } });
    expect(await find('registry.example.com')).toEqual({ username: 'ci', password: 'secret' });
  });

  it.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io'])(
    'has Docker Hub under %s',
    async (key) => {
      await write({ auths: { [key]: { auth: base64('me:token') } } });
      expect(await find('docker.io')).toEqual({ username: 'me', password: 'token' });
    },
  );

  it.each([
    ['registry.example.com', 'Registry.Example.com:443'],
    ['Registry.Example.com', 'registry.example.com'],
    ['https://registry.example.com:443/v2/', 'registry.example.com'],
    ['127.0.0.1:5000', '127.1:05000'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ])('has the credential of %s for the other spelling %s', async (key, registry) => {
    await write({ auths: { [key]: { auth: base64('ci:secret') } } });
    expect(await find(registry)).toEqual({ username: 'ci', password: 'secret' });
  });

  it('prefers the entry with the same spelling', async () => {
    await write({
      auths: {
        'R.example.com': { auth: base64('other:secret') },
        'r.example.com': { auth: base64('ci:secret') },
      },
    });
    expect(await find('r.example.com')).toEqual({ username: 'ci', password: 'secret' });
  });

  it.each([
    'registry.example.com:5000',
    'registry.example.com:80',
    'registry.example.com.',
    'example.com',
    'evil-registry.example.com',
    'registry.example.com.evil',
  ])('does not return the credential of one registry for %s', async (other) => {
    await write({ auths: { 'registry.example.com': { auth: base64('ci:secret') } } });
    expect(await find(other)).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString'])('has nothing for %s', async (registry) => {
    await write({ auths: {}, credHelpers: {} });
    expect(await find(registry)).toBeUndefined();
  });

  it('may be missing', async () => {
    expect(await find('registry.example.com')).toBeUndefined();
  });

  it('may have an entry without a secret if a helper has it', async () => {
    await write({ auths: { 'registry.example.com': {} } });
    expect(await find('registry.example.com')).toBeUndefined();
  });

  it.each([
    ['a member', { auths: null, credsStore: null, credHelpers: null }],
    ['an entry', { auths: { 'a.example': null }, credHelpers: { 'a.example': null } }],
    ['a member of an entry', { auths: { 'a.example': { auth: null, username: null, identitytoken: null } } }],
  ])('may have null for %s, as if it were missing', async (_, content) => {
    await write(content);
    expect(await find('a.example')).toBeUndefined();
  });

  it('is rejected when it is larger than 4 MiB', async () => {
    await write(' '.repeat(4 * 1024 * 1024 + 1));
    await expect(find('a.example')).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it('may be a link, as in containers', async () => {
    const file = join(directory, 'real.json');
    await writeFile(file, JSON.stringify({ auths: { 'a.example': { auth: base64('a:b') } } }));
    await symlink(file, configFile);
    expect(await find('a.example')).toEqual({ username: 'a', password: 'b' });
  });

  it('is looked for in $DOCKER_CONFIG', async () => {
    await write({ auths: { 'a.example': { auth: base64('a:b') } } });
    vi.stubEnv('DOCKER_CONFIG', directory);
    expect(await dockerCredentials()('a.example')).toEqual({ username: 'a', password: 'b' });
  });

  it.each([
    ['no JSON', '{'],
    ['another shape', { auths: [] }],
    ['invalid base64', { auths: { 'a.example': { auth: 'se cret!' } } }],
    ['no colon', { auths: { 'a.example': { auth: base64('hunter2') } } }],
    ['no UTF-8', { auths: { 'a.example': { auth: '//8=' } } }],
  ])('with %s is an error that does not quote it', async (_, content) => {
    await write(content);
    const error = await failing(find('a.example'));
    expect(error.message).toContain(configFile);
    expect(error.cause).toBeUndefined();
    expect(String(error.stack)).not.toMatch(/hunter2|se cret/);
  });

  it('that is a directory is an error', async () => {
    await mkdir(configFile);
    expect((await failing(find('a.example'))).message).toContain('is not a regular file');
  });
});

describe.skipIf(process.platform === 'win32')('a credential helper', () => {
  const printing = (user: string, secret: string) =>
    `printf '{"ServerURL":"%s","Username":"%s","Secret":"%s"}' "$server" "${user}" "${secret}"`;

  it('receives the registry that it is configured for', async () => {
    await helper('mine', printing('ci', '$server'));
    await write({ credHelpers: { 'registry.example.com': 'mine' }, credsStore: 'other' });
    expect(await find('registry.example.com')).toEqual({ username: 'ci', password: 'registry.example.com' });
  });

  it('is configured under any spelling of the registry, and receives the spelling of the reference', async () => {
    await helper('mine', printing('ci', '$server'));
    await write({ credHelpers: { 'Registry.Example.com:443': 'mine' } });
    expect(await find('registry.example.com')).toEqual({ username: 'ci', password: 'registry.example.com' });
  });

  it('receives every registry if it is the store', async () => {
    await helper('store', printing('ci', '$server'));
    await write({ credsStore: 'store' });
    expect(await find('docker.io')).toEqual({ username: 'ci', password: 'https://index.docker.io/v1/' });
  });

  it('may give an identity token', async () => {
    await helper('store', printing('<token>', 'refresh'));
    await write({ credsStore: 'store' });
    expect(await find('a.example')).toEqual({ identityToken: 'refresh' });
  });

  it('may have nothing', async () => {
    await helper('store', 'echo "credentials not found in native keychain"; exit 1');
    await write({ credsStore: 'store' });
    expect(await find('a.example')).toBeUndefined();
  });

  it.each([
    ['fails', 'echo "the keychain is locked: hunter2"; exit 1', /exit code 1/],
    ['prints no JSON', 'echo hunter2', /did not print a credential/],
    ['prints another shape', `echo '{"Secret":["hunter2"]}'`, /did not print a credential/],
    ['takes too long', 'sleep 5', /took longer than 500 ms/],
    [
      'prints without end',
      'while :; do echo hunter2hunter2hunter2hunter2hunter2hunter2; done',
      /bytes or more on stdout|500 ms/,
    ],
  ])('that %s is an error that does not quote its output', async (_, script, reason) => {
    await helper('store', script);
    await write({ credsStore: 'store' });
    const error = await failing(find('a.example', 500));
    expect(error.message).toMatch(reason);
    expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2');
  });

  it('that is not installed is an error', async () => {
    await write({ credsStore: 'no-such-helper' });
    expect((await failing(find('a.example'))).message).toContain(
      'docker-credential-no-such-helper is not installed',
    );
  });

  it.each(['../evil', 'a/b', 'a b', '$(id)', '', '-x', 'x'.repeat(100)])(
    'is not looked for under the name %j',
    async (name) => {
      await write({ credHelpers: { 'a.example': name } });
      if (name === '') expect(await find('a.example')).toBeUndefined();
      else expect((await failing(find('a.example'))).message).toContain('name');
    },
  );

  it('is used for a registry that requires its credential', async () => {
    const accounts = { scheme: 'basic', username: 'ci', password: 'secret' } as const;
    const server = await startRegistry({ accounts });
    try {
      await helper('mine', printing('ci', 'secret'));
      await write({ credHelpers: { [server.host]: 'mine' } });
      server.put('team/app', { schemaVersion: 2 }, { tag: 'v1' });
      const registry = createRegistry({ credentials: dockerCredentials({ configFile }) });
      const repository = registry.repository(parseReference(`${server.host}/team/app`));
      expect(await repository.resolve('v1')).toMatchObject({ size: expect.any(Number) });
    } finally {
      await server.close();
    }
  });
});

describe('the configuration of notation', () => {
  it.skipIf(process.platform === 'win32')('has helpers that go before those of Docker', async () => {
    const configDirectory = join(directory, 'notation');
    await mkdir(configDirectory);
    await helper('own', `printf '{"Username":"own","Secret":"s"}'`);
    await writeFile(
      join(configDirectory, 'config.json'),
      JSON.stringify({ credHelpers: { 'a.example': 'own' } }),
    );
    await write({
      auths: { 'a.example': { auth: base64('docker:s') }, 'b.example': { auth: base64('docker:s') } },
    });
    const find = notationCredentials({ configDirectory, configFile });
    expect(await find('a.example')).toEqual({ username: 'own', password: 's' });
    expect(await find('b.example')).toEqual({ username: 'docker', password: 's' });
  });
});

it.each([0, -1, Number.NaN, 2 ** 31])('a helper cannot be given %d milliseconds', (timeout) => {
  expect(() => dockerCredentials({ timeout })).toThrow(/milliseconds/);
});
