import { beforeEach, describe, expect, it } from 'vitest';
import { REALM, type Seen, TOKEN } from './fake-upstream.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const MANIFEST = `/v2/${NAME}/manifests/v1`;
const ELSEWHERE = 'https://elsewhere.example';
const encoded = (realm: string) => btoa(realm).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
});

/** A gateway that pulls by its own credentials, for anyone. */
function owning() {
  const credentials = { 'registry.example.com': { username: 'gateway', password: 'its-password' } };
  return stage.gateway({ pushes: 'pass', authentication: { credentials, authorize: () => true } });
}

describe('the challenge of an upstream', () => {
  it.each([MANIFEST, `/v2/${NAME}/tags/list`])(
    'is not shown to a client whose credentials it does not get: %s',
    async (path) => {
      stage.upstream.switches.authorization = `Bearer ${TOKEN}`;
      const upstreams = [{ registry: 'registry.example.com' }, { registry: 'docker.io', path: 'hub' }];

      const response = await stage.gateway({ upstreams })(path);

      expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null]);
      expect((await errorOf(response)).message).toContain('another registry is at the same host');
    },
  );

  it('is not shown after the manifest was served, either', async () => {
    stage.upstream.switches.intercept = ({ path }) =>
      path.endsWith('/manifests/v1')
        ? undefined
        : new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer realm="${REALM}"` } });
    const upstreams = [{ registry: 'registry.example.com' }, { registry: 'docker.io', path: 'hub' }];

    const response = await stage.gateway({ upstreams })(MANIFEST);

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([502, null]);
  });

  it.each([MANIFEST, `/v2/${NAME}/tags/list`])(
    'is not shown to the callers of a gateway with credentials of its own: %s',
    async (path) => {
      stage.upstream.switches.authorization = `Bearer ${TOKEN}`;
      stage.upstream.switches.intercept = ({ url }) =>
        url.href.startsWith(REALM) ? Response.json({ token: 'of-no-use' }) : undefined;

      const response = await owning()(path);

      expect([response.status, response.headers.get('www-authenticate')]).toEqual([502, null]);
    },
  );
});

describe('a refusal that the gateway answers with its own credentials', () => {
  it('is not kept open', async () => {
    let cancelled = 0;
    const open = new ReadableStream({
      cancel: () => {
        cancelled++;
      },
    });
    stage.upstream.switches.intercept = ({ url, headers }) => {
      if (url.href.startsWith(REALM)) return Response.json({ token: TOKEN });
      if (headers.has('authorization')) return undefined;
      const challenge = { 'www-authenticate': `Bearer realm="${REALM}"` };
      return new Response(open, { status: 401, headers: challenge });
    };

    expect((await owning()(`/v2/${NAME}/tags/list`)).status).toBe(200);
    expect(cancelled).toBe(1);
  });
});

describe('a host to which the request for a manifest is redirected', () => {
  const redirecting =
    (response: () => Response) =>
    ({ url }: Seen) =>
      url.host === 'registry.example.com'
        ? new Response(null, { status: 307, headers: { location: `${ELSEWHERE}/x` } })
        : url.origin === ELSEWHERE
          ? response()
          : Response.json({ token: 'x' });
  const challenge = () =>
    new Response('secret', {
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="https://evil.example/token"', etag: '"x"' },
    });

  it.each(['GET', 'HEAD'])('cannot lead a client to send credentials, for %s', async (method) => {
    stage.upstream.switches.intercept = redirecting(challenge);

    const response = await stage.gateway()(MANIFEST, { method });

    expect(response.status).toBe(502);
    for (const name of ['www-authenticate', 'etag']) expect(response.headers.get(name)).toBeNull();
    expect(await response.text()).not.toContain('secret');
  });

  it('gets none of the gateway, and neither does the token server that it names', async () => {
    stage.upstream.switches.intercept = redirecting(challenge);

    expect((await owning()(MANIFEST)).status).toBe(502);

    expect(stage.upstream.seen.map(({ url }) => url.host)).toEqual([
      'registry.example.com',
      'elsewhere.example',
    ]);
  });

  it.each([404, 429, 503])(
    'may say that it has none, or that the client is to come back: %d',
    async (status) => {
      const headers = { 'retry-after': '9' };
      stage.upstream.switches.intercept = redirecting(() => new Response('x', { status, headers }));

      const response = await stage.gateway()(MANIFEST);

      expect([response.status, response.headers.get('retry-after')]).toEqual([status, '9']);
    },
  );
});

describe('the way to a token server', () => {
  const through = (realm: string, answer?: () => Response) => {
    if (answer)
      stage.upstream.switches.intercept = ({ url }) => (url.href.startsWith(realm) ? answer() : undefined);
    const pull = stage.gateway({ challenges: 'rewrite' });
    return (query = '', init?: RequestInit) =>
      pull(`/token/registry.example.com/${encoded(realm)}${query}`, init);
  };
  const own = 'https://registry.example.com';

  it.each([
    `${own}/v2/${NAME}/manifests/v1`,
    `${own}/v2/${NAME}/manifests/v%31`,
    `${own}//v2/${NAME}/manifests/v1`,
    `${own}/v2/${NAME}/tags/list`,
    `${own}/v2/${NAME}/blobs/uploads/`,
    `${own}/x/../v2/${NAME}/manifests/v1`,
  ])('leads to no part of the API: %s', async (realm) => {
    expect((await through(realm)()).status).toBe(403);
    const body = new URLSearchParams({ grant_type: 'password' });
    expect((await through(realm)('?mount=x', { method: 'POST', body })).status).toBe(403);
    expect(stage.upstream.seen).toEqual([]);
  });

  it('gives a token and nothing else', async () => {
    const answer = () =>
      Response.json(
        { token: 't', expires_in: 60, layers: [{ digest: 'sha256:x' }], config: {} },
        { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } },
      );

    const response = await through(`${own}/service/token`, answer)();

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ token: 't', expires_in: 60 });
  });

  it.each<[string, () => Response]>([
    ['a document without a token', () => Response.json({ schemaVersion: 2 })],
    ['something that is not JSON', () => new Response('layer')],
  ])('does not pass on %s', async (_, answer) => {
    const response = await through(`${own}/service/token`, answer)();

    expect([response.status, response.headers.get('notarykit-code')]).toEqual([503, 'ERR_REGISTRY_RESPONSE']);
  });
});

describe('an upload with credentials of the gateway', () => {
  it('mounts no blob of another repository, which the caller may not be allowed to read', async () => {
    stage.upstream.switches.intercept = () => new Response(null, { status: 202 });
    const query = `?mount=sha256:${'a'.repeat(64)}&from=private/app&digest-algorithm=sha512`;

    await owning()(`/v2/${NAME}/blobs/uploads/${query}`, { method: 'POST' });
    await stage.gateway({ pushes: 'pass' })(`/v2/${NAME}/blobs/uploads/${query}`, { method: 'POST' });

    const [withOwn, withCallers] = stage.upstream.seen.map(({ url }) => [...url.searchParams.keys()]);
    expect(withOwn).toEqual(['digest-algorithm']);
    expect(withCallers).toEqual(['mount', 'from', 'digest-algorithm']);
  });
});
