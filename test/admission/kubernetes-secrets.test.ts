import { describe, expect, it } from 'vitest';
import { createKubernetesSecrets, type KubernetesSecretsOptions } from '../../src/admission/index.ts';
import { rejection } from '../support/artifact.ts';

const { signal } = new AbortController();

/** A `fetch` of an API server that has one secret and one service account, and notes what is requested. */
function apiServer(respond: (path: string) => Response = serve) {
  const seen: { url: string; authorization: string | null; redirect: string }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    seen.push({
      url: request.url,
      authorization: request.headers.get('authorization'),
      redirect: String(init?.redirect),
    });
    return respond(new URL(request.url).pathname);
  };
  return { fetch, seen };
}

function serve(path: string): Response {
  if (path === '/api/v1/namespaces/team/secrets/pull') {
    const metadata = { name: 'pull', namespace: 'team' };
    return Response.json({
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': 'e30=' },
    });
  }
  if (path === '/api/v1/namespaces/team/serviceaccounts/default') {
    return Response.json({ kind: 'ServiceAccount', imagePullSecrets: [{ name: 'pull' }] });
  }
  return Response.json({ kind: 'Status', code: 404 }, { status: 404 });
}

function secretsWith(changes: Partial<KubernetesSecretsOptions>) {
  return createKubernetesSecrets({ token: 'a.service.token', ...changes });
}

describe('createKubernetesSecrets', () => {
  it('reads a secret with the token', async () => {
    const { fetch, seen } = apiServer();
    expect(await secretsWith({ fetch }).secret('team', 'pull', { signal })).toEqual({
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': 'e30=' },
    });
    expect(seen).toEqual([
      {
        url: 'https://kubernetes.default.svc/api/v1/namespaces/team/secrets/pull',
        authorization: 'Bearer a.service.token',
        redirect: 'manual',
      },
    ]);
  });

  it('reads a service account', async () => {
    const { fetch } = apiServer();
    expect(await secretsWith({ fetch }).serviceAccount('team', 'default', { signal })).toEqual({
      imagePullSecrets: [{ name: 'pull' }],
    });
  });

  it('returns undefined for what is not there', async () => {
    const { fetch } = apiServer();
    expect(await secretsWith({ fetch }).secret('team', 'gone', { signal })).toBeUndefined();
  });

  it('takes the current token for each request, without the line break of a file', async () => {
    const { fetch, seen } = apiServer();
    let count = 0;
    const secrets = secretsWith({ fetch, token: async () => `token-number-${++count}\n`, maxAge: 0 });
    await secrets.secret('team', 'pull', { signal });
    await secrets.secret('team', 'pull', { signal });
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-number-1',
      'Bearer token-number-2',
    ]);
  });

  it('reads again only after a while, and each namespace for itself', async () => {
    const { fetch, seen } = apiServer();
    const secrets = secretsWith({ fetch, server: 'https://api.example:6443/' });
    await secrets.secret('team', 'pull', { signal });
    await secrets.secret('team', 'pull', { signal });
    await secrets.secret('other', 'pull', { signal });
    expect(seen.map(({ url }) => new URL(url).pathname)).toEqual([
      '/api/v1/namespaces/team/secrets/pull',
      '/api/v1/namespaces/other/secrets/pull',
    ]);
  });

  it('keeps names within their part of the URL', async () => {
    const { fetch, seen } = apiServer();
    const secrets = secretsWith({ fetch });
    await secrets.secret('a/../b', 'x?y#z', { signal });
    expect(seen[0]?.url).toBe(
      'https://kubernetes.default.svc/api/v1/namespaces/a%2F..%2Fb/secrets/x%3Fy%23z',
    );
    for (const name of ['', '.', '..']) {
      expect(await rejection(secrets.secret('team', name, { signal }))).toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
      });
    }
    expect(seen).toHaveLength(1);
  });

  it.each([
    [401, 'ERR_REGISTRY_UNAUTHORIZED'],
    [403, 'ERR_REGISTRY_UNAUTHORIZED'],
    [500, 'ERR_REGISTRY_RESPONSE'],
    [307, 'ERR_REGISTRY_RESPONSE'],
  ])('rejects at the status %s without showing the response', async (status, code) => {
    const headers = { location: 'https://evil.example/' };
    const { fetch } = apiServer(() => new Response(JSON.stringify({ data: 'hunter2' }), { status, headers }));
    const error = await rejection(secretsWith({ fetch }).secret('team', 'pull', { signal }));
    expect(error).toMatchObject({ code, message: expect.stringContaining('team/pull') });
    expect(String(error)).not.toContain('hunter2');
  });

  it('rejects a response that is not an object of Kubernetes', async () => {
    const { fetch } = apiServer(() => new Response('hunter2'));
    const error = await rejection(secretsWith({ fetch }).secret('team', 'pull', { signal }));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(error).not.toHaveProperty('cause');
  });

  it('rejects if the API server cannot be reached', async () => {
    const fetch: typeof globalThis.fetch = async () => {
      throw new TypeError('no route');
    };
    expect(await rejection(secretsWith({ fetch }).secret('team', 'pull', { signal }))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
  });

  it.each([
    ['plain HTTP', { server: 'http://kubernetes.default.svc' }],
    ['a server that is not a URL', { server: 'kubernetes' }],
    ['an empty token', { token: '' }],
    ['a timeout that is not a time', { timeout: 0 }],
    ['an age that is not a time', { maxAge: -1 }],
  ])('is not made with %s', async (_, wrong) => {
    expect(await rejection((async () => secretsWith(wrong))())).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});
