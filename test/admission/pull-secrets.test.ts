import { describe, expect, it } from 'vitest';
import {
  type AdmissionWebhookOptions,
  createAdmissionWebhook,
  type KubernetesSecret,
  type KubernetesSecrets,
} from '../../src/admission/index.ts';
import { credentialFor, readPullSecret } from '../../src/admission/pull-secrets.ts';
import { encodeBase64 } from '../../src/encoding/base64.ts';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { NotationError } from '../../src/errors/index.ts';
import { parseReference, type Reference } from '../../src/oci/index.ts';
import type { VerifyOptions } from '../../src/verifier/index.ts';
import { rejection } from '../support/artifact.ts';
import { evaluatorByName, image } from './evaluators.ts';
import { podSpec, sendPod } from './reviews.ts';

function base64(text: string): string {
  return encodeBase64(encodeUtf8(text));
}

/** Makes a pull secret with a password for each server. */
function secretFor(passwords: Record<string, string>, type = 'dockerconfigjson'): KubernetesSecret {
  const auths = Object.fromEntries(
    Object.entries(passwords).map(([server, password]) => [server, { auth: base64(`robot:${password}`) }]),
  );
  const content = JSON.stringify(type === 'dockercfg' ? auths : { auths });
  return { type: `kubernetes.io/${type}`, data: { [`.${type}`]: base64(content) } };
}

function passwordFor(passwords: Record<string, string>, reference: string): string | undefined {
  const credential = credentialFor(readPullSecret(secretFor(passwords), 'pull'), parseReference(reference));
  return credential && 'password' in credential ? credential.password : undefined;
}

describe('readPullSecret', () => {
  it.each(['dockerconfigjson', 'dockercfg'])('reads kubernetes.io/%s', (type) => {
    expect(readPullSecret(secretFor({ 'registry.example.com': 'secret' }, type), 'pull')).toEqual([
      { host: 'registry.example.com', path: '', credential: { username: 'robot', password: 'secret' } },
    ]);
  });

  it('reads user names, identity tokens and registry tokens, and passes over empty entries', () => {
    const auths = {
      a: { username: 'robot', password: 'secret' },
      b: { identitytoken: 'refresh' },
      c: { registrytoken: 'bearer' },
      d: {},
      e: null,
    };
    const data = { '.dockerconfigjson': base64(JSON.stringify({ auths })) };
    const read = readPullSecret({ type: 'kubernetes.io/dockerconfigjson', data }, 'pull');
    expect(read.map(({ credential }) => credential)).toEqual([
      { username: 'robot', password: 'secret' },
      { identityToken: 'refresh' },
      { registryToken: 'bearer' },
    ]);
  });

  it.each([
    ['of another type', { type: 'Opaque', data: { '.dockerconfigjson': base64('{}') } }],
    ['without its key', { type: 'kubernetes.io/dockerconfigjson', data: {} }],
    [
      'that is not base64',
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'hunter2!' } },
    ],
    [
      'that is not JSON',
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('hunter2') } },
    ],
    [
      'with a malformed credential',
      { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('{"a":{"auth":"hunter2"}}') } },
    ],
  ])('rejects a secret %s, and does not show it', async (_, secret) => {
    const error = await rejection((async () => readPullSecret(secret, 'team/pull'))());
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).toContain('"team/pull"');
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('credentialFor', () => {
  it('finds the registry in any spelling', () => {
    expect(passwordFor({ 'https://Registry.Example.com:443/v2/': 'a' }, 'registry.example.com/app:v1')).toBe(
      'a',
    );
    expect(passwordFor({ 'registry.example.com': 'a' }, 'REGISTRY.example.com/app:v1')).toBe('a');
    expect(passwordFor({ 'https://index.docker.io/v1/': 'a' }, 'alpine')).toBe('a');
  });

  it('does not find another port, host or part of a host', () => {
    expect(passwordFor({ 'registry.example.com': 'a' }, 'registry.example.com:5000/app:v1')).toBeUndefined();
    expect(passwordFor({ 'example.com': 'a' }, 'registry.example.com/app:v1')).toBeUndefined();
    expect(
      passwordFor({ 'registry.example.com': 'a' }, 'registry.example.com.evil.example/app:v1'),
    ).toBeUndefined();
  });

  it('prefers the longest path, in whole components', () => {
    const passwords = { 'r.example': 'all', 'r.example/team': 'team', 'r.example/team/app': 'app' };
    expect(passwordFor(passwords, 'r.example/team/app:v1')).toBe('app');
    expect(passwordFor(passwords, 'r.example/team/app-two:v1')).toBe('team');
    expect(passwordFor(passwords, 'r.example/teammate/app:v1')).toBe('all');
  });

  it('takes "*" for a part of one label', () => {
    expect(passwordFor({ '*.example.com': 'a' }, 'eu.example.com/app:v1')).toBe('a');
    expect(passwordFor({ 'eu-*-1.example.com': 'a' }, 'eu-west-1.example.com/app:v1')).toBe('a');
    expect(passwordFor({ '*.example.com': 'a' }, 'a.b.example.com/app:v1')).toBeUndefined();
    expect(passwordFor({ '*.com': 'a' }, 'eu.example.com/app:v1')).toBeUndefined();
    expect(passwordFor({ 'e*u*x.example.com': 'a' }, 'eux.example.com/app:v1')).toBe('a');
    expect(passwordFor({ 'eu*ux.example.com': 'a' }, 'eux.example.com/app:v1')).toBeUndefined();
    expect(passwordFor({ '*.example.com': 'a', 'eu.example.com': 'b' }, 'eu.example.com/app:v1')).toBe('b');
  });
});

/** Secrets by `namespace/name`, which note what is read. */
function secretsOf(
  stored: Record<string, KubernetesSecret>,
  accounts: Record<string, string[]> = {},
): KubernetesSecrets & { read: string[] } {
  const read: string[] = [];
  return {
    read,
    async secret(namespace, name) {
      read.push(`secret ${namespace}/${name}`);
      if (name === 'forbidden') throw new NotationError('ERR_REGISTRY_UNAUTHORIZED', 'secrets are forbidden');
      return stored[`${namespace}/${name}`];
    },
    async serviceAccount(namespace, name) {
      read.push(`account ${namespace}/${name}`);
      const names = accounts[`${namespace}/${name}`];
      return names && { imagePullSecrets: names.map((name) => ({ name })) };
    },
  };
}

const stored = { 'team/pull': secretFor({ 'registry.example.com': 'secret' }) };

async function evaluateWith(
  spec: object,
  secrets: KubernetesSecrets,
  changes: Partial<AdmissionWebhookOptions> = {},
) {
  const verifier = evaluatorByName();
  const answer = await sendPod({ ...podSpec(image('app')), ...spec }, { verifier, secrets, ...changes });
  return { ...answer, registries: verifier.seen.map(({ options }) => options.registry) };
}

describe('a webhook with secrets', () => {
  it('evaluates with the pull secrets of the pod', async () => {
    const secrets = secretsOf(stored);
    const { allowed, registries } = await evaluateWith({ imagePullSecrets: [{ name: 'pull' }] }, secrets);
    expect(allowed).toBe(true);
    expect(registries).toEqual([expect.objectContaining({ repository: expect.any(Function) })]);
    expect(secrets.read).toEqual(['secret team/pull']);
  });

  it('evaluates with those of the service account if the pod has none', async () => {
    const secrets = secretsOf(stored, { 'team/robot': ['pull'] });
    const { registries } = await evaluateWith({ serviceAccountName: 'robot', imagePullSecrets: [] }, secrets);
    expect(registries[0]).toBeDefined();
    expect(secrets.read).toEqual(['account team/robot', 'secret team/pull']);
  });

  it('takes the service account "default" if the pod names none', async () => {
    const secrets = secretsOf(stored, { 'team/default': ['pull'] });
    expect((await evaluateWith({}, secrets)).registries[0]).toBeDefined();
  });

  it('reads nothing if no image is evaluated', async () => {
    const secrets = secretsOf(stored);
    const spec = podSpec(image('app'));
    await sendPod(spec, { secrets }, { operation: 'UPDATE', oldObject: { spec } });
    expect(secrets.read).toEqual([]);
  });

  it('gives the credential to the registry that it is for, and to no other', async () => {
    const sent = new Set<string>();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const authorization = request.headers.get('authorization');
      sent.add(`${new URL(request.url).host} ${authorization}`);
      if (authorization) return Response.json({}, { status: 404 });
      return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } });
    };
    const verifier = {
      async evaluate(reference: string | Reference, { registry }: VerifyOptions = {}): Promise<never> {
        const parsed = parseReference(String(reference));
        await registry
          ?.repository(parsed)
          .resolve(parsed.tag ?? '')
          .catch(() => undefined);
        const other = parseReference('other.example.com/team/app:v1');
        await registry?.repository(other).resolve('v1');
        throw new Error('it should have been refused');
      },
    };
    const spec = { ...podSpec(image('app')), imagePullSecrets: [{ name: 'pull' }] };
    await sendPod(spec, { verifier, secrets: secretsOf(stored), registry: { fetch, retries: 0 } });
    expect([...sent]).toEqual([
      'registry.example.com null',
      `registry.example.com Basic ${base64('robot:secret')}`,
      'other.example.com null',
    ]);
  });

  it('leaves the registry to the verifier for images for which there is no secret', async () => {
    const secrets = secretsOf({ 'team/pull': secretFor({ 'other.example.com': 'secret' }) });
    const { registries } = await evaluateWith(
      { imagePullSecrets: [{ name: 'pull' }, { name: 'gone' }] },
      secrets,
    );
    expect(registries).toEqual([undefined]);
  });

  it('uses one client for the images of a registry, so that they share tokens', async () => {
    const verifier = evaluatorByName();
    const spec = { ...podSpec(image('app'), image('other')), imagePullSecrets: [{ name: 'pull' }] };
    await sendPod(spec, { verifier, secrets: secretsOf(stored) });
    const [first, second] = verifier.seen.map(({ options }) => options.registry);
    expect(first).toBeDefined();
    expect(second).toBe(first);
  });

  it('reads no secret whose name or namespace could lead to another one', async () => {
    const secrets = secretsOf(stored);
    const names = ['../kube-system/secrets/admin', '..', 'a/b', 'UPPER', '', 'pull?x=1'];
    await evaluateWith({ imagePullSecrets: names.map((name) => ({ name })) }, secrets);
    await evaluateWith({ serviceAccountName: '../kube-system/serviceaccounts/admin' }, secrets);
    expect(secrets.read).toEqual([]);
  });

  it('reads at most 20 secrets of a pod', async () => {
    const secrets = secretsOf(stored);
    const names = Array.from({ length: 1000 }, (_, index) => ({ name: `pull-${index}` }));
    await evaluateWith({ imagePullSecrets: names }, secrets);
    expect(secrets.read).toHaveLength(20);
  });

  it('says why a secret could not be read if the registry refuses', async () => {
    const spec = { ...podSpec(image('private')), imagePullSecrets: [{ name: 'forbidden' }] };
    const { allowed, review } = await sendPod(spec, { secrets: secretsOf({}) });
    expect(allowed).toBe(false);
    expect(review.response.status?.message).toMatch(/not allowed; secrets are forbidden/);
  });

  it('verifies a public image although a secret cannot be read', async () => {
    expect((await evaluateWith({ imagePullSecrets: [{ name: 'forbidden' }] }, secretsOf({}))).allowed).toBe(
      true,
    );
  });

  it('does not wait for secrets beyond its deadline', async () => {
    const hanging = {
      secret: () => new Promise<never>(() => undefined),
      serviceAccount: async () => undefined,
    };
    const { allowed } = await evaluateWith({ imagePullSecrets: [{ name: 'pull' }] }, hanging, {
      deadline: 20,
    });
    expect(allowed).toBe(false);
  });

  it('is not made with what cannot read secrets, or with wrong options of a registry', async () => {
    const verifier = evaluatorByName();
    const wrong = [{ secrets: {} }, { secrets: secretsOf({}), registry: { timeout: -1 } }];
    for (const options of wrong) {
      const make = async () => createAdmissionWebhook({ verifier, ...options } as AdmissionWebhookOptions);
      expect(await rejection(make())).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    }
  });
});
