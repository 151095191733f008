import { beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../src/gateway/index.ts';
import { REALM, TOKEN } from './fake-upstream.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const MANIFEST = `/v2/${NAME}/manifests/v1`;
const encoded = (realm: string) => btoa(realm).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
  await stage.sign(stage.image);
  stage.upstream.switches.authorization = `Bearer ${TOKEN}`;
});

function rewriting(upstream: Partial<UpstreamOptions> = {}) {
  const upstreams = [{ registry: 'registry.example.com', trustedRealms: ['auth.example.com'], ...upstream }];
  return stage.gateway({ challenges: 'rewrite', upstreams });
}

/** Answers requests to the token server. */
function serveTokens(): void {
  stage.upstream.switches.intercept = ({ url }) =>
    url.href.startsWith(REALM) ? Response.json({ token: TOKEN }) : undefined;
}

describe('challenges that are rewritten', () => {
  it('lead a client to its token through the gateway', async () => {
    serveTokens();
    const pull = rewriting();
    const refused = await pull(MANIFEST);
    const [, realm = ''] = /realm="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
    expect(realm.startsWith('https://gateway.example/token/registry.example.com/')).toBe(true);

    const query = '?service=registry.example.com&scope=repository:team/app:pull';
    const headers = { authorization: 'Basic dTpw' };
    const response = await pull(realm.slice('https://gateway.example'.length) + query, { headers });

    const sent = stage.upstream.seen.at(-1);
    expect(sent?.url.href).toBe(`${REALM}?service=registry.example.com&scope=repository%3Ateam%2Fapp%3Apull`);
    expect(sent?.headers.get('authorization')).toBe('Basic dTpw');
    const { token } = (await response.json()) as { token: string };
    expect((await pull(MANIFEST, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  it('have the scope of the repository as the client names it, and the token server its own', async () => {
    serveTokens();
    const pull = rewriting({ path: 'mirror' });
    const refused = await pull(`/v2/mirror/${NAME}/manifests/v1`);
    expect(refused.headers.get('www-authenticate')).toContain(`scope="repository:mirror/${NAME}:pull"`);

    await pull(`/token/registry.example.com/${encoded(REALM)}?scope=repository:mirror/${NAME}:pull`);

    expect(stage.upstream.seen.at(-1)?.url.searchParams.get('scope')).toBe(`repository:${NAME}:pull`);
  });

  it.each([
    ['elsewhere', 'https://evil.example/token'],
    ['at an address of this machine', 'http://127.0.0.1/token'],
    ['of another scheme', 'ftp://auth.example.com/token'],
    ['over plain HTTP', 'http://auth.example.com/token'],
  ])('never send credentials to a token server %s', async (_, realm) => {
    const path = `/token/registry.example.com/${encoded(realm)}`;
    const response = await rewriting()(path, { headers: { authorization: 'Basic dTpw' } });

    expect([response.status, (await errorOf(response)).code]).toEqual([403, 'DENIED']);
    expect(stage.upstream.seen).toEqual([]);
  });

  it('are for registries behind the gateway only, and malformed names are none', async () => {
    for (const path of [
      `/token/other.example/${encoded(REALM)}`,
      '/token/registry.example.com/%%%',
      '/token/',
    ])
      expect((await rewriting()(path)).status).toBe(403);
    expect(stage.upstream.seen).toEqual([]);
  });

  it('pass on a form, and not a redirect', async () => {
    serveTokens();
    const path = `/token/registry.example.com/${encoded(REALM)}`;
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'r',
      scope: 'repository:a:pull',
    });
    expect((await rewriting()(path, { method: 'POST', body })).status).toBe(200);

    stage.upstream.switches.intercept = () =>
      new Response(null, { status: 307, headers: { location: 'https://evil.example/' } });
    expect((await rewriting()(path)).status).toBe(503);
  });
});

describe('a gateway with credentials of its own', () => {
  const credentials = { 'registry.example.com': { username: 'gateway', password: 'its-password' } };

  beforeEach(() => {
    stage.upstream.switches.intercept = ({ url, headers }) => {
      if (!url.href.startsWith(REALM)) return undefined;
      const given = headers.get('authorization') === `Basic ${btoa('gateway:its-password')}`;
      return given ? Response.json({ token: TOKEN }) : Response.json({}, { status: 401 });
    };
  });

  it('pulls with them for a caller who may read, whose own are not sent', async () => {
    const seen: object[] = [];
    const pull = stage.gateway({
      authentication: {
        credentials,
        authorize: ({ headers }, access) => {
          seen.push(access);
          return headers.get('authorization') === 'Bearer of-the-caller';
        },
      },
    });
    const response = await pull(MANIFEST, { headers: { authorization: 'Bearer of-the-caller' } });

    expect(response.status).toBe(200);
    expect(seen).toEqual([{ registry: 'registry.example.com', repository: NAME, action: 'pull' }]);
    const sent = stage.upstream.seen.map(({ headers }) => headers.get('authorization'));
    expect(sent).not.toContain('Bearer of-the-caller');
    expect(
      (await pull(`/v2/${NAME}/tags/list`, { headers: { authorization: 'Bearer of-the-caller' } })).status,
    ).toBe(200);
  });

  it.each<[string, boolean | Response, number]>([
    ['false', false, 403],
    [
      'a challenge',
      new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="gateway"' } }),
      401,
    ],
    ['anything else', 'yes' as never, 403],
  ])('requests nothing for a caller who may not: %s', async (_, answer, status) => {
    const authentication = { credentials, authorize: () => answer };
    for (const path of [MANIFEST, '/v2/', `/v2/${NAME}/tags/list`]) {
      const response = await stage.gateway({ authentication })(path);
      expect(response.status).toBe(status);
    }
    expect(stage.upstream.seen).toEqual([]);
  });

  it('needs a check of its callers', () => {
    expect(() => stage.gateway({ authentication: { credentials } as never })).toThrow('authorize');
  });
});

describe('the options of a gateway', () => {
  it.each<[object, RegExp]>([
    [{ verifier: {} }, /verifier/],
    [{ upstreams: [] }, /upstreams/],
    [{ upstreams: [{ registry: 'a b' }] }, /registry/],
    [{ upstreams: [{ registry: 'a.example', url: 'https://a.example/x' }] }, /url/],
    [{ upstreams: [{ registry: 'a.example', path: '/x/' }] }, /path/],
    [{ mode: 'off' }, /mode/],
    [{ accept: ['rejected'] }, /accept/],
    [{ challenges: 'drop' }, /challenges/],
    [{ pushes: true }, /pushes/],
    [{ staleIfError: -1 }, /staleIfError/],
    [{ limits: { time: 0 } }, /limits/],
    [{ onEvent: 'log' }, /onEvent/],
    [{ fetch: {} }, /fetch/],
    [{ verdictCache: {} }, /verdictCache/],
    [{ timeout: 0 }, /timeout/],
  ])('are checked: %j', (options, message) => {
    expect(() => stage.gateway(options)).toThrow(message);
  });
});
