import { describe, expect, it } from 'vitest';
import { createRegistry, parseReference, type RegistryOptions } from '../../src/oci/index.ts';
import { json } from '../support/registry-server.ts';
import { accounts, authenticated, credentialsFor, PAIR, PASSWORD, USERNAME } from './accounts.ts';
import {
  bytesOf,
  connect,
  everythingOf,
  failure,
  image,
  MANIFEST,
  NAME,
  notes,
  open,
  referrer,
  start,
  utf8,
} from './support.ts';

/** The origins that a registry object sends a token to when it resolves an artifact. */
async function originsWithToken(registry: string, options: RegistryOptions): Promise<string[]> {
  const origins: string[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const { url, headers } = new Request(input, init);
    if (headers.get('authorization') === 'Bearer the-token') origins.push(new URL(url).origin);
    const challenge = { 'www-authenticate': 'Bearer realm="https://token.example.com/"' };
    return new Response(null, { status: 401, headers: challenge });
  };
  const repository = createRegistry({ ...options, fetch, retries: 0 }).repository({
    registry,
    repository: 'a',
  });
  await failure(repository.resolve('v1'));
  return origins;
}

describe('credentials', () => {
  it('may come from a function that is called when the registry requires it', async () => {
    const server = await start({ accounts: accounts() });
    server.put(NAME, image(), { tag: 'v1' });
    const requested: string[] = [];
    const credentials = async (registry: string) => {
      requested.push(registry);
      return { username: USERNAME, password: PASSWORD };
    };
    await open(server, { credentials }).resolve('v1');
    expect(requested).toEqual([server.host]);
  });

  it('come from their registry only', async () => {
    const server = await start({ accounts: accounts() });
    const credentials = { 'localhost:1': { username: USERNAME, password: PASSWORD } };
    await failure(open(server, { credentials }).resolve('v1'));
    expect(authenticated(server.requests)).toEqual([]);
  });

  describe.each([
    ['https', 'Registry.Example.com', 'registry.example.com:443', 'https://registry.example.com'],
    ['https', 'registry.example.com:443', 'registry.example.com', 'https://registry.example.com'],
    ['http', 'registry.example.com:80', 'registry.example.com', 'http://registry.example.com'],
    ['https', '0x7f000002:5000', '127.0.0.2:5000', 'https://127.0.0.2:5000'],
    ['https', 'registry-1.docker.io', 'docker.io', 'https://registry-1.docker.io'],
  ])('over %s, for %s', (scheme, registry, key, origin) => {
    const credential = { registryToken: 'the-token' };
    const originsFor = (credentials: RegistryOptions['credentials']) =>
      originsWithToken(registry, { credentials, plainHttp: scheme === 'http' });

    it(`are those that are kept for ${key}`, async () => {
      expect(await originsFor({ [key]: credential })).toEqual([origin]);
    });

    it(`are found by a function that knows ${key}`, async () => {
      const canonical = key === 'registry.example.com:443' ? 'registry.example.com' : key;
      expect(await originsFor((name) => (name === canonical ? credential : undefined))).toEqual([origin]);
    });

    it('are found by a function that knows the spelling of the reference', async () => {
      expect(await originsFor((name) => (name === registry ? credential : undefined))).toEqual([origin]);
    });
  });

  it.each([
    ['https', 'registry.example.com:80', 'registry.example.com'],
    ['https', 'registry.example.com', 'registry.example.com:80'],
    ['http', 'registry.example.com:443', 'registry.example.com'],
    ['http', 'registry.example.com', 'registry.example.com:443'],
    ['https', 'registry.example.com:5000', 'registry.example.com'],
    ['https', 'auth.docker.io', 'docker.io'],
  ])('over %s, are not sent to %s if they are kept for %s', async (scheme, registry, key) => {
    const credential = { registryToken: 'the-token' };
    const plainHttp = scheme === 'http';
    expect(await originsWithToken(registry, { plainHttp, credentials: { [key]: credential } })).toEqual([]);
    const credentials = (name: string) => (name === key ? credential : undefined);
    expect(await originsWithToken(registry, { plainHttp, credentials })).toEqual([]);
  });

  it('under the spelling of the reference go before those under another', async () => {
    const credentials = {
      'Registry.example.com': { registryToken: 'another-token' },
      'registry.example.com': { registryToken: 'the-token' },
    };
    expect(await originsWithToken('registry.example.com', { credentials })).toHaveLength(1);
  });

  it.each(['https://index.docker.io/v1/', 'registry.example.com/team', 'registry.example.com.', ''])(
    'are rejected under the key %j, which no registry has',
    (key) => {
      const credentials = { [key]: { registryToken: 'the-token' } };
      expect(() => createRegistry({ credentials })).toThrow(
        expect.objectContaining({
          code: 'ERR_ARGUMENT_INVALID',
          message: expect.stringContaining(JSON.stringify(key)),
        }),
      );
    },
  );

  it.each([
    {},
    { username: 'a' },
    { username: 'a:b', password: 'shown' },
    { identityToken: '' },
    null,
    'shown',
  ])('are rejected when they are %j, without being shown', async (credential) => {
    const server = await start({ accounts: accounts() });
    const credentials = { [server.host]: credential as never };
    const error = await failure(open(server, { credentials }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(everythingOf(error)).not.toContain('shown');
  });

  it('that cannot be found are an error with its cause', async () => {
    const server = await start({ accounts: accounts() });
    const cause = new Error('the helper is missing');
    const credentials = () => Promise.reject(cause);
    expect(await failure(open(server, { credentials }).resolve('v1'))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      cause,
    });
  });

  it('do not follow a redirect to another host', async () => {
    const other = await start();
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    const descriptor = other.put(NAME, image());
    server.switches.intercept = ({ path, authorization }, response) => {
      const redirects = authorization !== undefined;
      if (redirects) response.writeHead(307, { location: `http://${other.host}${path}` }).end();
      return redirects;
    };
    await open(server, { credentials: credentialsFor(server) }).fetchManifest(descriptor);
    expect(authenticated(server.requests)).toHaveLength(1);
    expect(other.requests).toHaveLength(1);
    expect(authenticated(other.requests)).toEqual([]);
  });

  it('are not sent again when a redirect leads back to the registry', async () => {
    const other = await start();
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    const descriptor = server.put(NAME, image());
    other.switches.intercept = (_, response) => {
      response.writeHead(302, { location: `http://${server.host}/home` }).end();
      return true;
    };
    server.switches.intercept = ({ path, authorization }, response) => {
      if (path === '/home') json(response, 200, {}, MANIFEST);
      else if (authorization) response.writeHead(302, { location: `http://${other.host}/` }).end();
      return path === '/home' || authorization !== undefined;
    };
    await failure(open(server, { credentials: credentialsFor(server) }).fetchManifest(descriptor));
    expect(server.requests.find(({ path }) => path === '/home')?.authorization).toBeUndefined();
  });

  it('are not sent to the target of a redirect that sends a challenge', async () => {
    const other = await start({ accounts: accounts({ scheme: 'basic' }) });
    const server = await start();
    server.switches.intercept = ({ path }, response) => {
      response.writeHead(307, { location: `http://${other.host}${path}` }).end();
      return true;
    };
    const credentials = { ...credentialsFor(server), ...credentialsFor(other) };
    expect(await failure(open(server, { credentials }).resolve('v1'))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
    });
    expect(authenticated([...server.requests, ...other.requests])).toEqual([]);
  });

  it('do not go to an upload address of another host', async () => {
    const other = await start();
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ method, authorization }, response) => {
      const redirects = method === 'POST' && authorization !== undefined;
      if (redirects) response.writeHead(202, { location: `http://${other.host}/v2/x/blobs/uploads/1` }).end();
      return redirects;
    };
    const options = { credentials: credentialsFor(server), uploadHosts: [other.host] };
    await open(server, options).pushBlob('text/plain', utf8('blob'));
    expect(other.requests.map(({ method }) => method)).toEqual(['PUT']);
    expect(authenticated(other.requests)).toEqual([]);
  });

  it('are sent to no host other than the token server, even if that redirects', async () => {
    const other = await start();
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ path }, response) => {
      const redirects = path.startsWith('/token');
      if (redirects) response.writeHead(307, { location: `http://${other.host}/token` }).end();
      return redirects;
    };
    await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
    expect(authenticated(other.requests)).toEqual([]);
    const identity = { credentials: { [server.host]: { identityToken: 'refresh-secret' } } };
    expect(await failure(open(server, identity).resolve('v1'))).toMatchObject({
      message: expect.stringContaining('redirects a POST'),
    });
    expect(authenticated(other.requests)).toEqual([]);
  });

  it.each([
    'http://token.example.com/token',
    'ftp://127.0.0.1/token',
    'http://user:secret@127.0.0.1/token',
    'not an address://',
    '',
  ])('do not go to the token server %j', async (realm) => {
    const server = await start({ accounts: accounts({ realm }) });
    const error = await failure(open(server, { credentials: credentialsFor(server) }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(error.message).toContain('token server');
    expect(authenticated(server.requests)).toEqual([]);
  });

  it('of an HTTPS registry do not go to a token server on plain HTTP, not even on this machine', async () => {
    const seen: string[] = [];
    const fetch = async (request: RequestInfo | URL) => {
      seen.push(request instanceof Request ? request.url : String(request));
      const headers = { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"' };
      return new Response(null, { status: 401, headers });
    };
    const credentials = { 'registry.example.com': { username: USERNAME, password: PASSWORD } };
    const registry = createRegistry({ fetch, credentials, retries: 0 });
    const work = registry.repository(parseReference('registry.example.com/a')).resolve('v1');
    expect(await failure(work)).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(seen).toEqual(['https://registry.example.com/v2/a/manifests/v1']);
  });

  it('are not used with a fetch that follows redirects by itself', async () => {
    const other = await start({ accounts: accounts({ scheme: 'basic' }) });
    const server = await start();
    server.switches.intercept = ({ path }, response) => {
      response.writeHead(307, { location: `http://${other.host}${path}` }).end();
      return true;
    };
    const fetch = (input: RequestInfo | URL) => globalThis.fetch(new Request(input, { redirect: 'follow' }));
    const repository = open(server, { fetch, credentials: credentialsFor(server) });
    expect(await failure(repository.resolve('v1'))).toMatchObject({
      message: expect.stringContaining('a fetch that follows redirects by itself'),
    });
    expect(authenticated([...server.requests, ...other.requests])).toEqual([]);
  });

  it('do not show in errors when the registry repeats them', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    server.switches.intercept = ({ authorization }, response) => {
      if (!authorization) return false;
      const message = `got ${authorization} for ${Buffer.from(authorization.slice(6), 'base64')}`;
      json(response, 400, { errors: [{ code: 'DENIED', message }] });
      return true;
    };
    const descriptor = server.put(NAME, image());
    const repository = open(server, { credentials: credentialsFor(server) });
    const error = await failure(repository.fetchManifest(descriptor));
    expect(error.message).toContain('DENIED');
    for (const secret of [PAIR, PASSWORD]) expect(everythingOf(error)).not.toContain(secret);
  });

  it('do not show in errors when the token server repeats them', async () => {
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ method, body }, response) => {
      if (method === 'POST') json(response, 400, { errors: [{ code: 'DENIED', message: String(body) }] });
      return method === 'POST';
    };
    const credentials = { [server.host]: { identityToken: 'refresh/secret' } };
    const error = await failure(open(server, { credentials }).resolve('v1'));
    expect(error.message).toContain('DENIED');
    expect(everythingOf(error)).not.toMatch(/refresh(\/|%2F)secret/);
  });

  it('do not show in errors of a fetch that keeps its request', async () => {
    const server = await start({ accounts: accounts({ scheme: 'basic' }) });
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const authorization = request.headers.get('authorization');
      if (!authorization) return globalThis.fetch(request);
      throw Object.assign(new TypeError(`cannot send ${authorization} to ${request.url}?sig=hidden`), {
        request: { authorization },
        code: 'ECONNRESET',
      });
    };
    const error = await failure(open(server, { fetch, credentials: credentialsFor(server) }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
    expect(error.message).toContain('ECONNRESET');
    for (const secret of [PAIR, PASSWORD, 'sig=hidden']) expect(everythingOf(error)).not.toContain(secret);
  });

  it('work for signing: push a referrer and list it', async () => {
    const { server } = await connect({ accounts: accounts(), referrersApi: false });
    const subject = server.put(NAME, image());
    const repository = open(server, { credentials: credentialsFor(server) });
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(await notes(repository, subject)).toEqual(['a']);
  });
});
