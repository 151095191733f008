import { beforeEach, describe, expect, it } from 'vitest';
import { createPullGateway } from '../../src/gateway/index.ts';
import { createMemoryRegistry, createVerdictCache, NotationError } from '../../src/index.ts';
import { until } from '../support/until.ts';
import { REALM, TOKEN } from './fake-upstream.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const MANIFEST = `/v2/${NAME}/manifests/v1`;
const bearer = { authorization: `Bearer ${TOKEN}` };

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
  await stage.sign(stage.image);
});

describe('a private image', () => {
  beforeEach(() => {
    stage.upstream.switches.authorization = bearer.authorization;
  });

  it.each(['GET', 'HEAD'])(
    'tells an anonymous caller nothing, for %s, even if its verdict is known',
    async (method) => {
      const pull = stage.gateway();
      expect((await pull(MANIFEST, { headers: bearer })).status).toBe(200);
      stage.upstream.seen.length = 0;
      stage.events.length = 0;

      const response = await pull(MANIFEST, { method });

      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain(`realm="${REALM}"`);
      expect(response.headers.get('docker-content-digest')).toBeNull();
      expect(response.headers.get('notarykit-verdict')).toBeNull();
      expect(stage.upstream.lines()).toEqual([`${method} ${NAME}/manifests/v1`]);
      expect(stage.events).toEqual([]);
    },
  );

  it('is evaluated with the credentials of the caller, and nothing else is sent', async () => {
    const headers = {
      ...bearer,
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'if-none-match': '"x"',
      range: 'bytes=0-1',
    };
    await stage.gateway()(MANIFEST, { headers });

    for (const { headers } of stage.upstream.seen) {
      expect(headers.get('authorization')).toBe(bearer.authorization);
      for (const name of ['cookie', 'x-forwarded-for', 'if-none-match', 'range'])
        expect(headers.has(name)).toBe(false);
    }
  });

  it('leads a client whose token does not suffice any more to a new one', async () => {
    stage.upstream.switches.intercept = () =>
      stage.upstream.seen.length > 1
        ? new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer realm="${REALM}"` } })
        : undefined;

    const response = await stage.gateway()(MANIFEST, { headers: bearer });

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(`Bearer realm="${REALM}"`);
  });

  it.each([401, 403, 429, 503])('passes on a %i to the GET that a HEAD needs', async (status) => {
    const challenge = `Bearer realm="${REALM}"`;
    stage.upstream.switches.intercept = ({ method, path }) =>
      method === 'GET' && path.includes('/manifests/')
        ? new Response(null, { status, headers: { 'www-authenticate': challenge, 'retry-after': '7' } })
        : undefined;

    const response = await stage.gateway()(MANIFEST, { method: 'HEAD', headers: bearer });

    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it('never shows the token in events or errors', async () => {
    stage.upstream.switches.intercept = ({ path }) =>
      path.includes('/referrers/')
        ? Response.json({ errors: [{ code: 'X', message: `bad token ${TOKEN}` }] }, { status: 418 })
        : undefined;
    const response = await stage.gateway()(MANIFEST, { headers: bearer });

    expect(await response.text()).not.toContain(TOKEN);
    expect(JSON.stringify(stage.events)).not.toContain(TOKEN);
    expect(stage.events).toHaveLength(1);
  });
});

describe('the responses of an upstream', () => {
  it.each([404, 429, 500])('that are not a success are passed on: %d', async (status) => {
    stage.upstream.switches.intercept = () =>
      Response.json(
        { errors: [{ code: 'X', message: 'no' }] },
        { status, headers: { 'retry-after': '7', 'set-cookie': 'a=b' } },
      );
    const response = await stage.gateway()(MANIFEST);

    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7']);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect((await errorOf(response)).code).toBe('X');
    expect(stage.upstream.seen).toHaveLength(1);
  });

  it('may not be stored for others', async () => {
    for (const path of [MANIFEST, `/v2/${NAME}/tags/list`])
      expect((await stage.gateway()(path)).headers.get('cache-control')).toBe('private, no-store');
  });

  it('may lead to another host for a manifest, without the credentials', async () => {
    stage.upstream.switches.intercept = ({ url }) =>
      url.host === 'registry.example.com' && url.pathname.endsWith('/v1')
        ? new Response(null, {
            status: 307,
            headers: { location: `https://elsewhere.example${url.pathname}` },
          })
        : undefined;

    const response = await stage.gateway()(MANIFEST, { headers: bearer });

    expect(response.status).toBe(200);
    const elsewhere = stage.upstream.seen.filter(({ url }) => url.host === 'elsewhere.example');
    expect(elsewhere.map(({ headers }) => headers.get('authorization'))).toEqual([null]);
  });

  it.each(['http://169.254.169.254/', 'http://127.0.0.1/', 'https://a:b@c.example/'])(
    'may not lead a manifest to %s',
    async (location) => {
      stage.upstream.switches.intercept = () => new Response(null, { status: 302, headers: { location } });

      expect((await stage.gateway()(MANIFEST)).status).toBe(503);
      expect(stage.upstream.seen).toHaveLength(1);
    },
  );

  it('that do not come are given up after the timeout', async () => {
    stage.upstream.switches.intercept = () => new Promise(() => undefined);

    const response = await stage.gateway({ timeout: 5 })(MANIFEST);

    expect([response.status, response.headers.get('notarykit-code')]).toEqual([503, 'ERR_TIMEOUT']);
    expect(response.headers.get('retry-after')).not.toBeNull();
  });

  it('that come later are not kept open', async () => {
    let release: (response: Response) => void = () => undefined;
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    stage.upstream.switches.intercept = () => late;
    expect((await stage.gateway({ timeout: 5 })(MANIFEST)).status).toBe(503);

    const cancelled = new Promise<void>((cancel) => {
      release(new Response(new ReadableStream({ cancel: () => cancel() })));
    });

    await expect(cancelled).resolves.toBeUndefined();
  });

  it('that fail are no reason to let anything pass', async () => {
    stage.upstream.switches.intercept = () => Promise.reject(new TypeError('fetch failed'));

    const response = await stage.gateway()(MANIFEST);

    expect([response.status, response.headers.get('notarykit-code')]).toEqual([
      503,
      'ERR_REGISTRY_UNREACHABLE',
    ]);
  });
});

describe('blobs, tags and the root', () => {
  async function layer(): Promise<string> {
    const response = await stage.gateway()(MANIFEST);
    const { layers } = (await response.json()) as { layers: { digest: string }[] };
    return layers[0]?.digest ?? '';
  }

  it('pass, with Range and HEAD', async () => {
    const path = `/v2/${NAME}/blobs/${await layer()}`;
    const pull = stage.gateway();
    const part = await pull(path, { headers: { range: 'bytes=2-' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/5',
      'yer',
    ]);
    const head = await pull(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
    expect((await pull('/v2/')).status).toBe(200);
  });

  it('lead to storage elsewhere, and through the gateway to paths of the upstream itself', async () => {
    const targets: string[] = ['https://storage.example/x?sig=1', `/v2/${NAME}/blobs/x?y=1`];
    stage.upstream.switches.intercept = () =>
      new Response(null, { status: 307, headers: { location: targets.shift() ?? '' } });
    const pull = stage.gateway();
    const path = `/v2/${NAME}/blobs/sha256:${'0'.repeat(64)}`;

    expect((await pull(path)).headers.get('location')).toBe('https://storage.example/x?sig=1');
    expect((await pull(path)).headers.get('location')).toBe(`/v2/${NAME}/blobs/x?y=1`);
  });

  it('have links to pages that lead through the gateway', async () => {
    const response = await stage.gateway()(`/v2/${NAME}/tags/list?n=1`);

    expect(response.headers.get('link')).toBe(`</v2/${NAME}/tags/list?last=z&n=1>; rel="next"`);
    expect(stage.upstream.seen.at(-1)?.url.search).toBe('?n=1');
  });

  it('are refused in an encoding that was not requested', async () => {
    stage.upstream.switches.intercept = () => new Response('x', { headers: { 'content-encoding': 'gzip' } });

    expect((await stage.gateway()(`/v2/${NAME}/blobs/sha256:${'0'.repeat(64)}`)).status).toBe(503);
  });
});

describe('what is not a pull', () => {
  it.each([
    '/',
    '/v2/_catalog',
    `/v2/${NAME}/manifests/v%31`,
    `/v2/${NAME}/manifests/v1/`,
    '/v2/A/manifests/v1',
  ])('is refused: %s', async (path) => {
    const response = await stage.gateway()(path);

    expect(response.status).toBe(403);
    expect((await errorOf(response)).code).toBe('DENIED');
    expect(stage.upstream.seen).toEqual([]);
  });

  it.each([
    ['PUT', MANIFEST],
    ['POST', `/v2/${NAME}/blobs/uploads/`],
    ['DELETE', MANIFEST],
    ['GET', `/v2/${NAME}/blobs/uploads/x`],
  ])('is refused: %s', async (method, path) => {
    const response = await stage.gateway()(path, { method, ...(method === 'PUT' && { body: '{}' }) });

    expect([response.status, (await errorOf(response)).code]).toEqual([405, 'UNSUPPORTED']);
    expect(stage.upstream.seen).toEqual([]);
  });

  it('may be uploaded for longer than a response may take', async () => {
    stage.upstream.switches.intercept = () =>
      new Promise((resolve) => setTimeout(() => resolve(new Response(null, { status: 202 })), 50));

    const response = await stage.gateway({ pushes: 'pass', timeout: 5 })(`/v2/${NAME}/blobs/uploads/x`, {
      method: 'PATCH',
      body: 'layer',
    });

    expect(response.status).toBe(202);
  });

  it('is passed on if pushes are', async () => {
    stage.upstream.switches.intercept = ({ path }) =>
      new Response(null, { status: 202, headers: { location: `/v2/${path}1?state=x` } });

    const response = await stage.gateway({ pushes: 'pass' })(`/v2/${NAME}/blobs/uploads/`, {
      method: 'POST',
    });

    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v2/${NAME}/blobs/uploads/1?state=x`);
    expect(
      (await stage.gateway({ pushes: 'pass' })(`/v2/${NAME}/tags/list`, { method: 'PUT', body: '' })).status,
    ).toBe(405);
  });
});

describe('several upstreams', () => {
  const upstreams = [
    { registry: 'registry.example.com' },
    { registry: 'docker.io', path: 'hub' },
    { registry: 'other.example', hosts: ['other.gateway.example'] },
  ];

  it.each([
    [`https://gateway.example/v2/${NAME}/tags/list`, `https://registry.example.com/v2/${NAME}/tags/list`],
    [
      'https://gateway.example/v2/hub/library/alpine/tags/list',
      'https://registry-1.docker.io/v2/library/alpine/tags/list',
    ],
    [
      'https://gateway.example/v2/library/alpine/tags/list?ns=docker.io',
      'https://registry-1.docker.io/v2/library/alpine/tags/list',
    ],
  ])('are chosen by path and ns: %s', async (from, to) => {
    await stage.gateway({ upstreams })(from.slice('https://gateway.example'.length));

    expect(stage.upstream.seen.map(({ url }) => url.href)).toEqual([to]);
  });

  it.each(['ns=unknown.example', 'ns=docker.io&ns=docker.io', 'ns=', 'ns=other.example'])(
    'refuse %s',
    async (query) => {
      const response = await stage.gateway({ upstreams })(`/v2/a/tags/list?${query}`);

      expect([response.status, (await errorOf(response)).code]).toEqual([403, 'DENIED']);
      expect(stage.upstream.seen).toEqual([]);
    },
  );

  it('at one host get no credentials of callers, unless one is named to get them', async () => {
    const [first, second] = upstreams;
    if (!first || !second) throw new Error('two upstreams were expected');
    await stage.gateway({ upstreams: [first, second] })(MANIFEST, { headers: bearer });
    await stage.gateway({ upstreams: [{ ...first, passCredentials: true }, second] })(MANIFEST, {
      headers: bearer,
    });
    const sent = stage.upstream.seen.map(({ headers }) => headers.get('authorization'));

    expect(sent[0]).toBeNull();
    expect(sent.at(-1)).toBe(bearer.authorization);
  });
});

describe('the modes', () => {
  const unsigned = () => `/v2/${NAME}/manifests/${stage.amd64.digest}`;

  it('warn lets everything pass, with a warning and an event', async () => {
    const response = await stage.gateway({ mode: 'warn' })(unsigned());

    expect(response.status).toBe(200);
    expect(response.headers.get('warning')).toMatch(/^299 - ".*ERR_NO_SIGNATURE\)"$/);
    expect(stage.events).toMatchObject([
      { verdict: 'unsigned', served: true, code: 'ERR_NO_SIGNATURE', mode: 'warn' },
    ]);
  });

  it('audit lets everything pass at once, and tells afterwards', async () => {
    const work: Promise<unknown>[] = [];
    const { fetch } = createPullGateway({
      verifier: stage.verifier(),
      upstreams: 'registry.example.com',
      fetch: stage.upstream.fetch,
      mode: 'audit',
      onEvent: (event) => stage.events.push(event),
    });

    const response = await fetch(new Request(`https://gateway.example${unsigned()}`), {
      waitUntil: (one) => work.push(one),
    });

    expect([
      response.status,
      response.headers.get('warning'),
      response.headers.get('notarykit-code'),
    ]).toEqual([200, null, null]);
    await Promise.all(work);
    expect(stage.events).toMatchObject([{ verdict: 'unsigned', served: true, mode: 'audit' }]);
  });

  it('audit finds the manifests of a trusted index trusted', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway({ mode: 'audit' });
    for (const target of ['multi', stage.amd64.digest]) {
      await pull(`/v2/${NAME}/manifests/${target}`);
      await until(() => stage.events.at(-1)?.reference.includes(target) === true);
    }

    expect(stage.events.map(({ verdict }) => verdict)).toEqual(['verified', 'verified']);
  });

  it('enforce refuses what has warnings, unless they are accepted', async () => {
    const statement = {
      signatureVerification: { level: 'audit' },
      trustedIdentities: ['x509.subject: C=DE, ST=BE, O=Other'],
    };
    const verifier = stage.verifier({}, statement);

    expect((await stage.gateway({ verifier })(MANIFEST)).status).toBe(403);
    expect((await stage.gateway({ verifier, accept: ['warned'] })(MANIFEST)).status).toBe(200);
  });

  it('do not depend on a listener that throws, or rejects', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    for (const onEvent of [broken, async () => broken()])
      expect((await stage.gateway({ onEvent })(MANIFEST)).status).toBe(200);
  });
});

describe('a gateway without a verdict', () => {
  it('answers that it is to be tried again if that may help', async () => {
    const evaluate = () => Promise.reject(new NotationError('ERR_REGISTRY_UNREACHABLE', 'down'));
    const response = await stage.gateway({ verifier: { evaluate } })(MANIFEST);

    expect([response.status, response.headers.get('notarykit-verdict')]).toEqual([503, 'undecided']);
  });

  it('tells nobody why there is no verifier, such as what is wrong with the policy', async () => {
    const verifier = () => {
      throw new NotationError('ERR_POLICY_INVALID', 'the statement "secret-project" is invalid');
    };
    const response = await stage.gateway({ verifier })(MANIFEST);

    expect([response.status, (await errorOf(response)).message]).toEqual([500, 'the gateway failed']);
    expect(stage.upstream.seen).toEqual([]);
  });

  it('fails closed on any other error', async () => {
    const evaluate = () => Promise.reject(new TypeError('a mistake'));
    const response = await stage.gateway({ verifier: { evaluate } })(MANIFEST);

    expect([response.status, (await errorOf(response)).message]).toEqual([500, 'the gateway failed']);
  });

  it('uses a verdict past its age if that was allowed, and never an invalid one', async () => {
    let now = Date.now() + 60_000;
    const verdictCache = createVerdictCache({
      storage: new Map<string, string>(),
      trustedStorage: true,
      maxAge: 1000,
    });
    const verifier = stage.verifier({ verdictCache, clock: () => new Date(now) });
    expect((await stage.gateway({ verifier })(MANIFEST)).status).toBe(200);
    now += 2000;
    stage.upstream.switches.intercept = ({ path }) =>
      path.includes('/referrers/') ? Response.json({}, { status: 429 }) : undefined;
    const limits = { time: 200 };

    expect((await stage.gateway({ verifier, limits })(MANIFEST)).status).toBe(503);
    const stale = await stage.gateway({ verifier, limits, staleIfError: 60_000 })(MANIFEST);

    expect([stale.status, stage.events.at(-1)?.cache]).toEqual([200, 'stale']);
    now += 100_000;
    expect((await stage.gateway({ verifier, limits, staleIfError: 60_000 })(MANIFEST)).status).toBe(503);
  });

  it('uses the verifier that there was when the request began', async () => {
    let calls = 0;
    const first = stage.verifier();
    const other = stage.verifier(
      { registry: createMemoryRegistry() },
      { registryScopes: ['other.example/x'] },
    );
    const verifier = () => (calls++ === 0 ? first : other);
    const pull = stage.gateway({ verifier });

    expect((await pull(MANIFEST)).status).toBe(200);
    expect((await pull(MANIFEST)).status).toBe(403);
    expect(calls).toBe(2);
  });
});
