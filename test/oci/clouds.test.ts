import { describe, expect, it, vi } from 'vitest';
import { isPrivateAddress } from '../../src/net/addresses.ts';
import { createRegistry, parseReference } from '../../src/oci/index.ts';
import { sha256 } from '../support/registry-server.ts';
import { accounts, credentialsFor } from './accounts.ts';
import {
  bytesOf,
  connect,
  failure,
  image,
  MANIFEST,
  NAME,
  notes,
  open,
  referrer,
  requestMethods,
  start,
  utf8,
} from './support.ts';

describe('a token server', () => {
  /** Requests of a registry at a host, which names a realm; the realm gives a token. */
  async function tokenRequests(host: string, realm: string, trustedRealms?: string[]) {
    const seen: { url: string; authorization: string | null }[] = [];
    const fetch = async (input: RequestInfo | URL) => {
      const { url, headers } = new Request(input);
      if (url.startsWith(realm)) {
        seen.push({ url: new URL(url).host, authorization: headers.get('authorization') });
        return Response.json({ token: 'abc' });
      }
      const challenge = { 'www-authenticate': `Bearer realm="${realm}",service="registry"` };
      return headers.has('authorization')
        ? new Response(null, { status: 404 })
        : new Response(null, { status: 401, headers: challenge });
    };
    const registry = createRegistry({
      fetch,
      trustedRealms,
      retries: 0,
      credentials: () => ({ username: 'me', password: 'password-of-me' }),
    });
    const error = await failure(registry.repository(parseReference(`${host}/app:v1`)).resolve('v1'));
    return { seen, error };
  }

  it.each([
    'https://10.0.0.5/token',
    'https://172.16.3.4/token',
    'https://192.168.1.1:8443/token',
    'https://100.64.0.1/token',
    'https://[fd00::1]/token',
    'https://[::ffff:10.0.0.5]/token',
    'https://0xa000005/token',
  ])('in a private network that a registry elsewhere names gets no credentials: %s', async (realm) => {
    const { seen, error } = await tokenRequests('registry.example.com', realm);
    expect(error).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('private network'),
      nextStep: expect.stringContaining('trustedRealms'),
    });
    expect(seen).toEqual([]);
  });

  it.each([
    ['10.0.0.5:5000', 'https://10.0.0.6/token'],
    ['10.0.0.5:5000', 'https://10.0.0.5:5001/token'],
    ['[fd00::1]:5000', 'https://10.0.0.6/token'],
    ['registry.example.com', 'https://auth.example.com/token'],
  ])(
    'is used if the registry is in a private network too, or the server is public: %s, %s',
    async (host, realm) => {
      const { seen } = await tokenRequests(host, realm);
      expect(seen).toEqual([{ url: new URL(realm).host, authorization: expect.stringMatching(/^Basic /) }]);
    },
  );

  it.each([
    ['https://10.0.0.5/token', ['10.0.0.5']],
    ['https://auth.example.com/token', ['AUTH.example.com:443']],
    ['https://registry.example.com/token', ['auth.example.com']],
  ])('is used if it is among trustedRealms, or is the registry: %s', async (realm, trusted) => {
    const { seen } = await tokenRequests('registry.example.com', realm, trusted);
    expect(seen).toHaveLength(1);
  });

  it.each(['https://evil.example/token', 'https://auth.example.com:8443/token', 'https://10.0.0.5/token'])(
    'is not used if it is not among trustedRealms: %s',
    async (realm) => {
      const { seen, error } = await tokenRequests('registry.example.com', realm, ['auth.example.com']);
      expect(error).toMatchObject({
        code: 'ERR_REGISTRY_RESPONSE',
        message: expect.stringContaining('is not among trustedRealms'),
      });
      expect(seen).toEqual([]);
    },
  );

  it('may send a token as null next to access_token', async () => {
    const server = await start({ accounts: accounts() });
    server.put(NAME, image(), { tag: 'v1' });
    server.switches.intercept = ({ path }, response) => {
      if (!path.startsWith('/token')) return false;
      server.tokens.set('abc', [`repository:${NAME}:pull`]);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"token":null,"access_token":"abc","refresh_token":null,"expires_in":null}');
      return true;
    };
    const repository = open(server, { credentials: credentialsFor(server) });
    expect(await repository.resolve('v1')).toMatchObject({ mediaType: MANIFEST });
  });

  it.each([
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['172.15.0.1', false],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['192.169.0.1', false],
    ['100.63.0.1', false],
    ['100.127.0.1', true],
    ['[fc00::]', true],
    ['[fe00::]', false],
    ['[2001:db8::1]', false],
    ['fd.example', false],
    ['registry.example.com', false],
  ])('is in a private network by its literal address only: %s', (host, expected) => {
    expect(isPrivateAddress(new URL(`https://${host}/`))).toBe(expected);
  });
});

describe('an option that lists hosts', () => {
  it.each(['trustedRealms', 'uploadHosts'])('is checked: %s', (option) => {
    for (const host of ['https://auth.example.com', '', '*', 'a b']) {
      expect(() => createRegistry({ [option]: [host] })).toThrow(option);
    }
  });
});

describe('an upload that a registry opens at another host', () => {
  async function twoHosts(location: (host: string) => string) {
    const other = await start();
    const server = await start();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'POST') response.writeHead(202, { location: location(other.host) }).end();
      return method === 'POST';
    };
    return { other, server };
  }
  const session = (host: string) => `http://${host}/v2/x/blobs/uploads/1`;

  it('gets nothing', async () => {
    const { other, server } = await twoHosts(session);
    expect(await failure(open(server).pushBlob('text/plain', utf8('blob')))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining(`opened the upload at another host: ${other.host}`),
      nextStep: expect.stringContaining('uploadHosts'),
    });
    expect(other.requests).toEqual([]);
  });

  it('gets the blob without credentials if the host is among uploadHosts', async () => {
    const { other, server } = await twoHosts(session);
    server.switches.accounts = undefined;
    const credentials = credentialsFor(server);
    await open(server, { credentials, uploadHosts: [other.host] }).pushBlob('text/plain', utf8('blob'));
    expect(other.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
      ['PUT', undefined],
    ]);
  });

  it('gets nothing after the first chunk either', async () => {
    const other = await start();
    const server = await start();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'PATCH') response.writeHead(202, { location: session(other.host), range: '0-3' }).end();
      return method === 'PATCH';
    };
    const work = open(server, { chunkSize: 4 }).pushBlob('text/plain', utf8('a longer blob'));
    expect(await failure(work)).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(other.requests).toEqual([]);
  });
});

describe('whether a blob is stored', () => {
  const bytes = utf8('blob');

  it.each([301, 302, 303, 307, 308])(
    'is answered by a redirect, which is not followed: %i',
    async (status) => {
      const { server, repository } = await connect();
      server.switches.intercept = ({ method, path }, response) => {
        if (path.startsWith('/storage')) response.writeHead(403).end();
        else if (method === 'HEAD') response.writeHead(status, { location: '/storage/x' }).end();
        else return false;
        return true;
      };
      await repository.pushBlob('text/plain', bytes);
      expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
    },
  );

  it('is answered by the opaque redirect of a browser', async () => {
    const { server, repository } = await connect(
      {},
      {
        fetch: async (input) => {
          const request = new Request(input);
          if (request.method !== 'HEAD') return globalThis.fetch(request);
          return Object.defineProperties(Response.error(), { type: { value: 'opaqueredirect' } });
        },
      },
    );
    await repository.pushBlob('text/plain', bytes);
    expect(server.requests).toEqual([]);
  });

  it.each([401, 403, 405])('is not known after %i: the blob is sent', async (status) => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'HEAD') response.writeHead(status).end();
      return method === 'HEAD';
    };
    const { digest } = await repository.pushBlob('text/plain', bytes);
    expect(server.repository(NAME).blobs.get(digest)?.toString()).toBe('blob');
  });

  it('is an error of the credentials if the upload is refused as well', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = (_, response) => {
      response.writeHead(401).end();
      return true;
    };
    expect(await failure(repository.pushBlob('text/plain', bytes))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
    });
  });
});

describe('requests that the runtime sends twice', () => {
  const twice: typeof globalThis.fetch = async (input) => {
    const request = new Request(input);
    if (request.method === 'GET' || request.method === 'HEAD') return globalThis.fetch(request);
    const body = await request.arrayBuffer();
    const { method, headers, redirect } = request;
    const again = () => globalThis.fetch(request.url, { method, headers, redirect, body });
    await (await again()).arrayBuffer();
    return again();
  };

  it.each([true, false])(
    'do no harm to a referrer and its list (referrers API: %s)',
    async (referrersApi) => {
      const { server, repository } = await connect({ referrersApi }, { fetch: twice });
      const subject = server.put(NAME, image());
      await repository.pushBlob('text/plain', utf8('envelope'));
      await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
      expect(await notes(repository, subject)).toEqual(['a']);
      expect(server.repository(NAME).blobs.get(sha256('envelope'))?.toString()).toBe('envelope');
    },
  );

  it('do no harm to a blob that is sent in chunks', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { server, repository } = await connect({}, { fetch: twice, chunkSize: 5 });
    const { digest } = await repository.pushBlob('text/plain', utf8('a longer blob'));
    expect(server.repository(NAME).blobs.get(digest)?.toString()).toBe('a longer blob');
  });

  it('do no harm if the registry appends a chunk twice: the upload starts again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { server, repository } = await connect({}, { chunkSize: 5 });
    let garbled = false;
    server.switches.intercept = ({ method, url }, response) => {
      if (method !== 'PATCH' || garbled) return false;
      garbled = true;
      response.writeHead(202, { location: url.pathname, range: '0-9' }).end();
      return true;
    };
    const { digest } = await repository.pushBlob('text/plain', utf8('a longer blob'));
    expect(server.repository(NAME).blobs.get(digest)?.toString()).toBe('a longer blob');
    expect(requestMethods(server, 'uploads/').filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('do no harm to a deletion', async () => {
    const { server, repository } = await connect({}, { fetch: twice });
    const stored = server.put(NAME, image());
    let deletions = 0;
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'DELETE') return false;
      response.writeHead(deletions++ === 0 ? 202 : 404).end();
      server.repository(NAME).manifests.delete(stored.digest);
      return true;
    };
    await repository.deleteManifest?.(stored);
    expect(deletions).toBe(2);
  });
});
