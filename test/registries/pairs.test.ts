import { describe, expect, it } from 'vitest';
import {
  dockerHubCredentials,
  githubCredentials,
  googleCredentials,
  harborCredentials,
  quayCredentials,
} from '../../src/registries/index.ts';
import { everythingOf, failure, thrown } from './support.ts';

const KEY = JSON.stringify({ type: 'service_account', private_key: 'key-secret' });

const cases = [
  {
    name: 'Docker Hub',
    find: dockerHubCredentials({ username: 'me', token: 't' }),
    hosts: {
      'docker.io': { username: 'me', password: 't' },
      'registry-1.docker.io': { username: 'me', password: 't' },
      'docker.io:443': { username: 'me', password: 't' },
    },
    others: ['auth.docker.io', 'docker.io.evil.example', 'docker.io:80'],
  },
  {
    name: 'the GitHub Container Registry',
    find: githubCredentials({ username: 'me', token: 't' }),
    hosts: { 'ghcr.io': { username: 'me', password: 't' } },
    others: ['github.com', 'x.ghcr.io', 'ghcr.io.evil.example'],
  },
  {
    name: 'the Google Artifact Registry',
    find: googleCredentials({ accessToken: async () => 'ya29.x' }),
    hosts: {
      'europe-docker.pkg.dev': { username: 'oauth2accesstoken', password: 'ya29.x' },
      'us-central1-docker.pkg.dev': { username: 'oauth2accesstoken', password: 'ya29.x' },
    },
    others: [
      'docker.pkg.dev',
      'europe-npm.pkg.dev',
      'europe-docker.pkg.dev.evil.example',
      'evil.example/europe-docker.pkg.dev',
      'europe-docker.pkg.dev:8443',
      'europe-docker-pkg.dev',
      'europe-docker.pkg.dev\n',
    ],
  },
  {
    name: 'the Google Artifact Registry by a key',
    find: googleCredentials({ serviceAccountKey: KEY }),
    hosts: { 'europe-docker.pkg.dev': { username: '_json_key', password: KEY } },
    others: ['europe-docker.pkg.dev.evil.example'],
  },
  {
    name: 'a robot account of a project of Harbor',
    find: harborCredentials({ host: 'harbor.example.com:8443', project: 'team', robot: 'ci', secret: 's' }),
    hosts: { 'harbor.example.com:8443': { username: 'robot$team+ci', password: 's' } },
    others: ['harbor.example.com', 'example.com'],
  },
  {
    name: 'a robot account of the system of a Harbor with a prefix of its own',
    find: harborCredentials({ host: 'harbor.example.com', robot: 'ci', secret: 's', prefix: 'bot@' }),
    hosts: { 'harbor.example.com': { username: 'bot@ci', password: 's' } },
    others: [],
  },
  {
    name: 'quay.io',
    find: quayCredentials({ namespace: 'team', robot: 'ci_1', token: 's' }),
    hosts: { 'quay.io': { username: 'team+ci_1', password: 's' } },
    others: ['cdn.quay.io', 'quay.example.com'],
  },
  {
    name: 'a Quay of its own',
    find: quayCredentials({ host: 'quay.example.com', namespace: 'team', robot: 'ci', token: 's' }),
    hosts: { 'quay.example.com': { username: 'team+ci', password: 's' } },
    others: ['quay.io'],
  },
  {
    name: 'a Quay of its own that is named with the port of HTTPS',
    find: quayCredentials({ host: 'quay.example.com:443', namespace: 'team', robot: 'ci', token: 's' }),
    hosts: {
      'quay.example.com:443': { username: 'team+ci', password: 's' },
      'quay.example.com': { username: 'team+ci', password: 's' },
    },
    others: ['quay.example.com:80', 'quay.example.com:8443'],
  },
];

describe.each(cases)('the credential for $name', ({ find, hosts, others }) => {
  it('is returned for its hosts in the documented form', async () => {
    for (const [host, credential] of Object.entries(hosts)) expect(await find(host)).toEqual(credential);
  });

  it('is not returned for other hosts', async () => {
    for (const host of [...others, '', 'evil.example']) expect(await find(host), host).toBeUndefined();
  });
});

describe('invalid arguments', () => {
  it.each([
    ['username', () => dockerHubCredentials({ username: 'me:x', token: 't' })],
    ['username', () => githubCredentials({ username: '', token: 't' })],
    ['robot (without prefix', () => harborCredentials({ host: 'h.example', robot: 'robot$ci', secret: 's' })],
    ['project', () => harborCredentials({ host: 'h.example', project: 'a+b', robot: 'ci', secret: 's' })],
    ['prefix', () => harborCredentials({ host: 'h.example', robot: 'ci', secret: 's', prefix: 'a:' })],
    ['host', () => harborCredentials({ host: 'https://h.example', robot: 'ci', secret: 's' })],
    ['host', () => quayCredentials({ host: 'h.example/x', namespace: 'a', robot: 'ci', token: 's' })],
    ['robot (without namespace', () => quayCredentials({ namespace: 'a', robot: 'a+ci', token: 's' })],
    ['namespace', () => quayCredentials({ namespace: 'a+b', robot: 'ci', token: 's' })],
  ])('are rejected by the name of %s', async (name, make) => {
    expect(await thrown(make)).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(name),
    });
  });

  it.each([
    () => dockerHubCredentials({ username: 'me', token: 'a secret\n' }),
    () => githubCredentials({ username: 'me', token: 'a secret\n' }),
    () => googleCredentials({ accessToken: 'a secret\n' }),
    () => googleCredentials({ serviceAccountKey: '{"a secret"' }),
    () => googleCredentials({ serviceAccountKey: '{"type":"a secret"}' }),
    () => harborCredentials({ host: 'h.example', robot: 'ci', secret: 'a secret\n' }),
    () => quayCredentials({ namespace: 'a', robot: 'ci', token: 'a secret\n' }),
  ])('are rejected without showing a secret', async (make) => {
    const error = await thrown(make);
    expect(error.code).toBe('ERR_ARGUMENT_INVALID');
    expect(everythingOf(error)).not.toContain('a secret');
  });

  it('are rejected if a function returns them', async () => {
    const find = googleCredentials({ accessToken: () => 'a secret\n' });
    const error = await failure(find('europe-docker.pkg.dev'));
    expect(error.code).toBe('ERR_ARGUMENT_INVALID');
    expect(everythingOf(error)).not.toContain('a secret');
  });
});
