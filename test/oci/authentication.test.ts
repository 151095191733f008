import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRegistry, parseReference } from '../../src/oci/index.ts';
import { json, sha256 } from '../support/registry-server.ts';
import { accounts, authenticated, credentialsFor, PAIR, USERNAME } from './accounts.ts';
import { bytesOf, everythingOf, failure, image, MANIFEST, NAME, open, start, utf8 } from './support.ts';

describe('basic authentication', () => {
  it('is used when the registry requires it', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    const repository = open(server, { credentials: credentialsFor(server) });
    expect(await repository.resolve('v1')).toEqual(descriptor);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([undefined, `Basic ${PAIR}`]);
  });

  it('is sent at once from the second request on', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    server.put(NAME, image(), { tag: 'v1' });
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.resolve('v1');
    await repository.resolve('v1');
    expect(server.requests).toHaveLength(3);
  });

  it('is not sent to a registry that does not require it', async () => {
    const server = await start();
    server.put(NAME, image(), { tag: 'v1' });
    await open(server, { credentials: credentialsFor(server) }).resolve('v1');
    expect(authenticated(server.requests)).toEqual([]);
  });

  it('fails without credentials', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    expect(await failure(open(server).resolve('v1'))).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
  });

  it('fails after one attempt with wrong credentials', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    const credentials = { [server.host]: { username: USERNAME, password: 'wrong' } };
    expect(await failure(open(server, { credentials }).resolve('v1'))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe('token authentication', () => {
  it('exchanges name and password for a token', async () => {
    const server = await start({ accounts: accounts() });
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    const repository = open(server, { credentials: credentialsFor(server) });
    expect(await repository.resolve('v1')).toEqual(descriptor);
    const [, exchange, again] = server.requests;
    expect(exchange?.path).toBe('/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull');
    expect(exchange?.authorization).toBe(`Basic ${PAIR}`);
    expect(again?.authorization).toBe('Bearer token-1');
  });

  it('exchanges an identity token in the body of a request', async () => {
    const server = await start({ accounts: accounts({ identityToken: 'refresh-secret' }) });
    server.put(NAME, image(), { tag: 'v1' });
    await open(server, { credentials: { [server.host]: { identityToken: 'refresh-secret' } } }).resolve('v1');
    const exchange = server.requests[1];
    expect(exchange?.method).toBe('POST');
    expect(exchange?.path).toBe('/token');
    expect(Object.fromEntries(new URLSearchParams(String(exchange?.body)))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'notarykit',
      refresh_token: 'refresh-secret',
      service: 'registry',
      scope: 'repository:team/app:pull',
    });
  });

  it('sends a registry token as it is', async () => {
    const server = await start({ accounts: accounts() });
    server.tokens.set('given', [`repository:${NAME}:pull`]);
    server.put(NAME, image(), { tag: 'v1' });
    await open(server, { credentials: { [server.host]: { registryToken: 'given' } } }).resolve('v1');
    expect(server.requests.map(({ path }) => path)).not.toContain('/token');
  });

  it('requests one token when many requests need it at a time', async () => {
    const server = await start({ accounts: accounts() });
    server.put(NAME, image(), { tag: 'v1' });
    const repository = open(server, { credentials: credentialsFor(server) });
    await Promise.all(Array.from({ length: 8 }, () => repository.resolve('v1')));
    expect(server.tokens.size).toBe(1);
  });

  it('requests the right to push only when something is pushed', async () => {
    const server = await start({ accounts: accounts() });
    const repository = open(server, { credentials: credentialsFor(server) });
    await failure(repository.resolve('v1'));
    await repository.pushManifest(MANIFEST, bytesOf(image()));
    expect([...server.tokens.values()]).toEqual([
      ['repository:team/app:pull'],
      ['repository:team/app:pull,push'],
    ]);
  });

  it('reads with the token that it pushes with', async () => {
    const server = await start({ accounts: accounts() });
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await repository.resolve('v1');
    expect(server.tokens.size).toBe(1);
  });

  it('gets a new token when the old one has expired, in the middle of an upload too', async () => {
    const server = await start({ accounts: accounts() });
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.pushBlob('text/plain', utf8('first'));
    server.switches.intercept = ({ method }) => {
      if (method === 'PUT') server.tokens.delete('token-1');
      return false;
    };
    const { digest } = await repository.pushBlob('text/plain', utf8('second'));
    expect(server.repository(NAME).blobs.has(digest)).toBe(true);
  });

  it('requests no more rights than it needs, whatever the registry names', async () => {
    const extra =
      'repository:mirror/app:pull repository:other/app:pull,push registry:catalog:* repository:x:delete';
    const server = await start({ accounts: accounts({ extraScope: extra }) });
    server.put(NAME, image(), { tag: 'v1' });
    await open(server, { credentials: credentialsFor(server) }).resolve('v1');
    expect([...server.tokens.values()]).toEqual([['repository:team/app:pull', 'repository:mirror/app:pull']]);
  });

  it('requests only read access to a second repository that the registry names', async () => {
    const extra = 'repository:team/base:pull,push repository:team/base:pull repository:x:delete';
    const server = await start({ accounts: accounts({ extraScope: extra }) });
    const repository = open(server, { credentials: credentialsFor(server) });
    server.repository('team/base').blobs.set(sha256(utf8('base')), Buffer.from('base'));
    await repository.pushBlob('text/plain', utf8('base'), { mountFrom: 'team/base' });
    const pushing = [...server.tokens.values()].filter(([scope]) => scope?.endsWith('push'));
    expect(pushing).toEqual([['repository:team/app:pull,push', 'repository:team/base:pull']]);
  });

  it('shares the tokens of a registry between its repositories by name', async () => {
    const server = await start({ accounts: accounts() });
    const registry = createRegistry({ credentials: credentialsFor(server), retries: 0 });
    server.put(NAME, image(), { tag: 'v1' });
    for (let i = 0; i < 2; i++) {
      await registry.repository(parseReference(`${server.host}/${NAME}`)).resolve('v1');
    }
    expect(server.tokens.size).toBe(1);
  });

  it.each([{}, { token: '' }, { token: 'a b' }, { token: 'a\r\nx: y' }, { token: 1 }, [[]]])(
    'rejects the token response %j',
    async (body) => {
      const server = await start({ accounts: accounts() });
      server.switches.intercept = ({ path }, response) => {
        if (path.startsWith('/token')) json(response, 200, body);
        return path.startsWith('/token');
      };
      const error = await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
      expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    },
  );

  it('shows nothing of a token response that is cut off', async () => {
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ path }, response) => {
      if (path.startsWith('/token')) response.end('{"token": word-secret');
      return path.startsWith('/token');
    };
    const error = await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(everythingOf(error)).not.toContain('word-s');
  });

  it('names the registry to log in to when its token server refuses', async () => {
    const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
    const fetch: typeof globalThis.fetch = async (input) =>
      new URL(new Request(input).url).host === 'auth.docker.io'
        ? Response.json({ errors: [{ code: 'UNAUTHORIZED', message: 'invalid account' }] }, { status: 401 })
        : new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    const credentials = { 'docker.io': { username: 'ci', password: 'wrong' } };
    const repository = createRegistry({ fetch, credentials }).repository(parseReference('alpine:3'));
    expect(await failure(repository.resolve('3'))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message:
        'auth.docker.io responded with 401 to the request for a token for the registry docker.io (UNAUTHORIZED: invalid account)',
    });
  });

  it('tries again after a token server failed', async () => {
    const server = await start({ accounts: accounts() });
    server.put(NAME, image(), { tag: 'v1' });
    let failures = 1;
    server.switches.intercept = ({ path }, response) => {
      const fails = path.startsWith('/token') && failures-- > 0;
      if (fails) response.writeHead(400).end();
      return fails;
    };
    const repository = open(server, { credentials: credentialsFor(server) });
    await failure(repository.resolve('v1'));
    await expect(repository.resolve('v1')).resolves.toBeDefined();
  });
});

describe('a token that expires', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A server whose tokens expire, and may come with a refresh token. */
  async function expiring(
    lifetime: (count: number) => object,
    overrides: Parameters<typeof accounts>[0] = {},
  ) {
    const server = await start({ accounts: accounts(overrides) });
    server.put(NAME, image(), { tag: 'v1' });
    const forms: string[] = [];
    server.switches.intercept = ({ path, method, body }, response) => {
      if (!path.startsWith('/token')) return false;
      forms.push(`${method} ${new URLSearchParams(body.toString()).get('refresh_token') ?? ''}`.trim());
      const token = `token-${forms.length}`;
      server.tokens.set(token, [`repository:${NAME}:pull`]);
      json(response, 200, { token, ...lifetime(forms.length) });
      return true;
    };
    return { server, forms };
  }

  it('is renewed once for all requests before it has', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { server, forms } = await expiring(() => ({ expires_in: 60 }));
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.resolve('v1');
    vi.setSystemTime(Date.now() + 50_000);
    await repository.resolve('v1');
    expect(forms).toHaveLength(1);
    vi.setSystemTime(Date.now() + 5000);
    server.requests.length = 0;
    await Promise.all([repository.resolve('v1'), repository.resolve('v1'), repository.resolve('v1')]);
    expect(forms).toHaveLength(2);
    const reads = server.requests.filter(({ path }) => path.includes('/manifests/'));
    expect(reads.map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer token-2'));
  });

  it.each(['60', -1, 0, null, {}])('is used until it is refused if it says %j', async (expires_in) => {
    const { server, forms } = await expiring(() => ({ expires_in }));
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.resolve('v1');
    await repository.resolve('v1');
    expect(forms).toHaveLength(1);
  });

  it('is renewed with the refresh token that came with it', async () => {
    const { server, forms } = await expiring((count) => ({ refresh_token: `refresh-${count}` }), {
      identityToken: 'given',
    });
    const repository = open(server, { credentials: { [server.host]: { identityToken: 'given' } } });
    await repository.resolve('v1');
    server.tokens.clear();
    await repository.resolve('v1');
    expect(forms).toEqual(['POST given', 'POST refresh-1']);
  });

  it('is not requested again when the one just given is refused', async () => {
    const { server, forms } = await expiring(() => ({ token: 'never-good' }));
    const error = await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(forms).toHaveLength(1);
  });
});

describe('a token server that rejects GET', () => {
  it.each([404, 405])('and answers %d is sent the password in a form', async (status) => {
    const server = await start({ accounts: accounts() });
    server.put(NAME, image(), { tag: 'v1' });
    server.switches.intercept = ({ path, method, body }, response) => {
      if (!path.startsWith('/token')) return false;
      const form = new URLSearchParams(body.toString());
      const good = form.get('grant_type') === 'password' && form.get('username') === USERNAME;
      if (method === 'GET') response.writeHead(status).end();
      else if (good) {
        server.tokens.set('posted', (form.get('scope') ?? '').split(' '));
        json(response, 200, { access_token: 'posted' });
      } else json(response, 401, {});
      return true;
    };
    await open(server, { credentials: credentialsFor(server) }).resolve('v1');
    expect(server.requests.at(-1)?.authorization).toBe('Bearer posted');
  });

  it('and repeats the password does not get it into the error', async () => {
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ path, method, body }, response) => {
      if (!path.startsWith('/token')) return false;
      const message = `${body} ${new URLSearchParams(body.toString()).get('password')}`;
      json(response, method === 'GET' ? 405 : 401, { errors: [{ code: 'DENIED', message }] });
      return true;
    };
    const error = await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(everythingOf(error)).not.toMatch(/word(?:-|%2D)secret/);
  });
});
