import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { everythingOf, failure } from '../oci/support.ts';
import {
  fakeFetch,
  type Handler,
  honest,
  MESSAGE,
  SECRET,
  SERVICES,
  type TestOptions,
  testKey,
} from './support.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** The address of a server that ends with the test. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

describe.each(SERVICES)('%s', (_name, service) => {
  const create = async (options: Partial<TestOptions>) => {
    const { certificates } = await testKey('EC-256');
    return service.create({ certificates, retries: 0, ...options });
  };
  const refused = (options: Partial<TestOptions>) => failure(create(options));
  /** The outcome of signing when the first request gets this response. */
  const answered = (handler: Handler, options: Partial<TestOptions> = {}) => {
    const { fetch, requests } = fakeFetch(handler);
    return { requests, error: refused({ fetch, ...options }) };
  };
  /** A signer whose service changes its response to a request for a signature. */
  const tampered = async (change: (response: string) => string) => {
    const key = await testKey('EC-256');
    const { fetch } = fakeFetch(async (request, index) => {
      const response = await honest(service, key)(request, index);
      return service.isSigning(request) ? new Response(change(await response.text())) : response;
    });
    return (await create({ fetch })).sign(MESSAGE);
  };

  it.each([
    ['a page', '<html><body>Log in</body></html>', 'is not JSON'],
    ['nothing', '', 'is not JSON'],
    ['no object', '[1]', 'malformed'],
    ['an empty object', '{}', 'malformed'],
    ['members twice', '{"a":1,"a":2}', 'twice'],
  ])('rejects %s in place of a key', async (_, body, message) => {
    const error = await answered(() => new Response(body)).error;
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(message);
  });

  it.each([
    ['a page', () => '<html>', 'is not JSON'],
    ['an empty object', () => '{}', 'malformed'],
  ])('rejects %s in place of a signature', async (_, change, message) => {
    const error = await failure(tampered(change));
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(message);
  });

  it('rejects a signature that is not base64', async () => {
    const error = await failure(
      tampered((response) => response.replace(/("(?:value|[sS]ignature)":"(?:vault:v1:)?)/, '$1%%%')),
    );
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('is not base64');
  });

  it('rejects an endless response', async () => {
    let sent = 0;
    const base = await listen((_request, response) => {
      const more = () => {
        while (sent < 64 * 1024 * 1024 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(' '.repeat(65_536))) return;
        }
      };
      response.on('drain', more);
      more();
    });
    expect(await refused({ base })).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it.each([301, 302, 307, 308])('does not follow a redirect: %i', async (status) => {
    let requested = 0;
    const elsewhere = await listen((_request, response) => {
      requested++;
      response.end('{}');
    });
    const base = await listen((_request, response) => {
      response.writeHead(status, { location: elsewhere }).end();
    });
    const error = await refused({ base });
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(`responded with ${status}`);
    expect(requested).toBe(0);
  });

  it('rejects a fetch that follows redirects by itself', async () => {
    const error = await answered(() =>
      Object.defineProperty(Response.json({}), 'redirected', { value: true }),
    ).error;
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('follows redirects');
  });

  it('waits for a slow response no longer than the timeout', async () => {
    const base = await listen((_request, response) => {
      response.writeHead(200).write('{');
    });
    const error = await refused({ base, timeout: 50 });
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(error.message).toContain('longer than 50 ms');
  });

  it('stops when the signal is aborted', async () => {
    const controller = new AbortController();
    const base = await listen(() => controller.abort());
    expect(await refused({ base, signal: controller.signal })).toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('stops at once although the token never comes', async () => {
    const controller = new AbortController();
    const token = () => {
      controller.abort();
      return new Promise<string>(() => undefined);
    };
    const { error } = answered(() => Response.json({}), { token, signal: controller.signal });
    expect(await error).toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('reports an unreachable service', async () => {
    const base = await listen(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const error = await refused({ base });
    expect(error).toMatchObject({ code: 'ERR_KMS_UNREACHABLE' });
    expect(error.message).toContain('cannot be reached (ECONNREFUSED)');
  });

  it('repeats the request when a connection is lost', async () => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch((request, index) => {
      if (index === 0) throw new TypeError('fetch failed');
      return honest(service, key)(request, index);
    });
    await create({ fetch, retries: 1 });
    expect(requests).toHaveLength(2);
  });

  it.each([429, 500, 503])('repeats the request when it is overloaded: %i', async (status) => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch((request, index) =>
      index % 2 === 0
        ? new Response('', { status, headers: { 'retry-after': '0' } })
        : honest(service, key)(request, index),
    );
    const signer = await create({ fetch, retries: 1 });
    expect(await signer.sign(MESSAGE)).toHaveLength(64);
    expect(requests).toHaveLength(4);
  });

  it('gives up if it stays overloaded', async () => {
    const { error, requests } = answered(
      () => new Response('', { status: 429, headers: { 'retry-after': '0' } }),
      { retries: 3 },
    );
    expect(await error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect((await error).message).toContain('responded with 429');
    expect(requests).toHaveLength(4);
  });

  it('waits as long as Retry-After requires, within a limit', async () => {
    const key = await testKey('EC-256');
    const { fetch } = fakeFetch((request, index) =>
      index === 0
        ? new Response('', { status: 503, headers: { 'retry-after': '1' } })
        : honest(service, key)(request, index),
    );
    const start = performance.now();
    await create({ fetch, retries: 1 });
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it('gets another token once after a refusal', async () => {
    const key = await testKey('EC-256');
    let tokens = 0;
    const { fetch, requests } = fakeFetch((request, index) =>
      index === 0 ? new Response('', { status: 401 }) : honest(service, key)(request, index),
    );
    await create({ fetch, token: async () => `token-${++tokens}` });
    expect(tokens).toBe(2);
    expect(JSON.stringify(requests[1]?.headers)).toContain('token-2');
  });

  it('gets no third token', async () => {
    let tokens = 0;
    const { error, requests } = answered(() => new Response('', { status: 401 }), {
      token: () => `token-${++tokens}`,
      retries: 4,
    });
    expect(await error).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
    expect(requests).toHaveLength(2);
  });

  it.each([
    [401, 'ERR_KMS_UNAUTHORIZED'],
    [403, 'ERR_KMS_UNAUTHORIZED'],
    [404, 'ERR_KEY_NOT_FOUND'],
    [400, 'ERR_KMS_RESPONSE'],
  ])('says what a status %i means, and sends one request', async (status, code) => {
    const { error, requests } = answered(() => new Response('<html>', { status }), { retries: 4 });
    expect(await error).toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['a failure that repeats it', (text: string) => failureResponse(text, 403)],
    [
      'a failure that repeats it as a code',
      (text: string) =>
        Response.json(
          { __type: text, errors: [text], error: { code: text, status: text, message: text } },
          { status: 400 },
        ),
    ],
    ['a key that repeats it', (text: string) => failureResponse(text, 200)],
    ['what is not JSON and repeats it', (text: string) => new Response(text)],
    [
      'a connection that fails and repeats it',
      (text: string): Response => {
        throw new TypeError(text, { cause: new Error(text) });
      },
    ],
  ])('contains no secret: %s', async (_, respond) => {
    const seen: string[] = [];
    const { error } = answered(({ headers }) => {
      const text = [
        headers.authorization,
        headers['x-vault-token'],
        headers['x-amz-security-token'],
        SECRET,
      ].join(' ');
      seen.push(text);
      return respond(text);
    });
    const told = everythingOf(await error);
    expect(seen).toHaveLength(1);
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain(/Signature=(\w+)/.exec(seen[0] ?? '')?.[1] ?? SECRET);
  });

  it('shows no secret that a response repeats as its type of key', async () => {
    const text = SECRET;
    const response = {
      key: { kid: 'https://acme.vault.azure.net/keys/release/1', kty: text },
      ...{ PublicKey: '', KeyUsage: text },
      data: { type: text, keys: {} },
      ...{ pem: '', algorithm: text },
    };
    const error = await answered(() => Response.json(response)).error;
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(everythingOf(error)).not.toContain(SECRET.slice(0, 16));
  });

  it('shows the message of the service on one short line', async () => {
    const text = `one\ntwo\u001b[31m${'x'.repeat(5000)}`;
    const { message } = await answered(() => failureResponse(text, 400)).error;
    expect(message).toContain('one two [31m');
    expect(message.length).toBeLessThan(400);
  });

  it.each([
    'http://kms.example.com',
    'ftp://127.0.0.1',
    'kms.example.com',
    'https://user:pass@kms.example.com',
  ])('rejects the address %s, and sends nothing there', async (base) => {
    const { error, requests } = answered(() => Response.json({}), { base });
    expect(await error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect((await error).message).not.toContain('pass');
    expect(requests).toHaveLength(0);
  });

  it.each([
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'timeout'],
    [{ retries: -1 }, 'retries'],
    [{ retries: 1.5 }, 'retries'],
    [{ retries: Number.POSITIVE_INFINITY }, 'retries'],
  ])('rejects invalid bounds: %o', async (bounds, name) => {
    const { error, requests } = answered(() => Response.json({}), bounds);
    expect(await error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect((await error).message).toContain(name);
    expect(requests).toHaveLength(0);
  });

  it.each(['', 'two words', 'line\nbreak', 'ключ'])(
    'rejects the token %j, and sends nothing',
    async (token) => {
      const { error, requests } = answered(() => Response.json({}), { token });
      expect(await error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
      expect(requests).toHaveLength(0);
    },
  );
});

/** A failure in the forms of all services at once. */
function failureResponse(text: string, status: number): Response {
  const body = {
    message: text,
    errors: [text],
    error: { code: 'Forbidden', status: 'FAILED', message: text },
  };
  return Response.json(body, { status });
}
