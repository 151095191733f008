import { describe, expect, it } from 'vitest';
import { NotationError } from '../../src/errors/index.ts';
import { type HttpRequest, sendRequest, wholeBody } from '../../src/net/transport.ts';
import { everythingOf, failure } from '../oci/support.ts';
import { policyOf, recordingFetch } from './support.ts';

const SECRET = 'correct-horse-battery';
const URL_OF_PEER = new URL('https://peer.example.com/path');

function get(request: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: URL_OF_PEER, maxBytes: 1000, ...request };
}

/** A body of ten bytes that breaks off. */
function interrupted(): Response {
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: (controller) => controller.error(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    }),
  );
}

describe('a response', () => {
  it('is returned whatever its status', async () => {
    const { fetch } = recordingFetch(() => new Response('no', { status: 418 }));
    const { status, body } = await sendRequest(get(), policyOf({ fetch }));
    expect([status, new TextDecoder().decode(body)]).toEqual([418, 'no']);
  });

  it('of the largest length allowed is whole', async () => {
    const { fetch } = recordingFetch(() => new Response('x'.repeat(1000)));
    expect(wholeBody(await sendRequest(get(), policyOf({ fetch })))).toHaveLength(1000);
  });

  it('that is longer is cut off and reported', async () => {
    const { fetch } = recordingFetch(() => new Response('x'.repeat(5000)));
    const response = await sendRequest(get({ peer: 'the peer' }), policyOf({ fetch }));
    expect(response.body).toHaveLength(1001);
    await expect(async () => wholeBody(response)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'the peer sent more than 1000 bytes',
    });
  });

  it('that explains a failure may be longer than a successful one', async () => {
    const { fetch } = recordingFetch(() => new Response('x'.repeat(5000), { status: 500 }));
    expect((await sendRequest(get({ maxBytes: 0 }), policyOf({ fetch }))).body).toHaveLength(5000);
  });

  it('that explains a failure without end is cut off', async () => {
    const { fetch } = recordingFetch(() => new Response('x'.repeat(100_000), { status: 500 }));
    const { body, truncated } = await sendRequest(get(), policyOf({ fetch }));
    expect([body.length, truncated]).toEqual([65_537, true]);
  });

  it('reports the bytes that have arrived', async () => {
    const { fetch } = recordingFetch(() => new Response('12345'));
    const lengths: number[] = [];
    await sendRequest(get({ onReceived: (bytes) => lengths.push(bytes) }), policyOf({ fetch }));
    expect(lengths.at(-1)).toBe(5);
  });

  it('may be a redirect if none are followed', async () => {
    const { fetch, seen } = recordingFetch(
      () => new Response(null, { status: 307, headers: { location: '/' } }),
    );
    expect((await sendRequest(get(), policyOf({ fetch }))).status).toBe(307);
    expect(seen).toHaveLength(1);
  });

  it('of a fetch that follows redirects by itself is rejected', async () => {
    const { fetch } = recordingFetch(() =>
      Object.defineProperty(new Response('x'), 'redirected', { value: true }),
    );
    expect(await failure(sendRequest(get(), policyOf({ fetch })))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('follows redirects by itself'),
    });
  });
});

describe('a request', () => {
  it('requests a body that is not encoded', async () => {
    const { fetch, seen } = recordingFetch(() => new Response('x'));
    await sendRequest(get(), policyOf({ fetch }));
    expect(seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });
});

describe('a connection', () => {
  it('that fails has the code of the policy and names peer and reason', async () => {
    const { fetch } = recordingFetch(() => {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      });
    });
    expect(await failure(sendRequest(get({ peer: 'the peer' }), policyOf({ fetch })))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: 'the peer cannot be reached (ECONNREFUSED)',
    });
  });

  it('that fails without a code has the message of the runtime', async () => {
    const { fetch } = recordingFetch(() => {
      throw new TypeError('fetch failed', { cause: new Error('no\nroute') });
    });
    expect((await failure(sendRequest(get(), policyOf({ fetch })))).message).toBe(
      'peer.example.com cannot be reached (no route)',
    );
  });

  it('that breaks off in the middle of a body says so', async () => {
    const { fetch } = recordingFetch(interrupted);
    expect(await failure(sendRequest(get(), policyOf({ fetch })))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: 'peer.example.com broke off in the middle of a response (ECONNRESET)',
    });
  });

  it.each([
    ['Node', { code: 'UND_ERR_HEADERS_OVERFLOW' }, 'Headers Overflow Error'],
    ['node:http', { code: 'HPE_HEADER_OVERFLOW' }, 'Parse Error: Header overflow'],
    ['Deno', {}, 'client error (SendRequest): message head is too large'],
    [
      'Bun',
      { code: 'Malformed_HTTP_Response' },
      'Malformed_HTTP_Response fetching "https://peer.example.com/"',
    ],
  ])('whose headers %s rejects says so', async (_, code, words) => {
    const { fetch } = recordingFetch(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(words), code) });
    });
    expect(await failure(sendRequest(get(), policyOf({ fetch })))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'peer.example.com sends headers that are too long or too many for this runtime, or malformed',
      nextStep: expect.stringContaining('send fewer and shorter headers'),
      cause: expect.objectContaining({ message: 'fetch failed' }),
    });
  });

  it('that fails shows no secret of the request', async () => {
    const { fetch } = recordingFetch(({ headers }) => {
      const inner = new Error(`${headers.authorization} ${encodeURIComponent('a/b+c d')}`);
      throw Object.assign(new TypeError(`cannot send ${SECRET}`, { cause: inner }), { request: headers });
    });
    const request = get({ authorization: `Bearer ${SECRET}-token`, secrets: [SECRET, 'a/b+c d'] });
    const told = everythingOf(await failure(sendRequest(request, policyOf({ fetch }))));
    for (const secret of [SECRET, `${SECRET}-token`, 'a%2Fb%2Bc%20d']) expect(told).not.toContain(secret);
  });

  it('keeps a NotationError of the fetch', async () => {
    const own = new NotationError('ERR_NOT_FOUND', 'mine');
    const { fetch } = recordingFetch(() => Promise.reject(own));
    expect(await failure(sendRequest(get(), policyOf({ fetch })))).toBe(own);
  });

  it('is not opened to a URL that the policy forbids', async () => {
    const { fetch, seen } = recordingFetch(() => new Response('x'));
    const check = () => {
      throw new NotationError('ERR_PLAIN_HTTP_BLOCKED', 'not there');
    };
    expect(await failure(sendRequest(get(), policyOf({ fetch, check })))).toMatchObject({
      code: 'ERR_PLAIN_HTTP_BLOCKED',
    });
    expect(seen).toEqual([]);
  });
});

describe('the time limit', () => {
  it('ends a request that never gets a response', async () => {
    const { fetch } = recordingFetch(() => new Promise<Response>(() => undefined));
    expect(await failure(sendRequest(get(), policyOf({ fetch, timeout: 20 })))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the request to peer.example.com took longer than 20 ms',
    });
  });

  it('aborts the signal of a copy of the request, too', async () => {
    const { fetch } = recordingFetch(() => new Promise<never>(() => undefined));
    let signal: AbortSignal | undefined;
    const copying: typeof fetch = (url, request) => {
      const copy = { ...request };
      ({ signal } = copy as { signal: AbortSignal });
      return fetch(url, copy);
    };
    await failure(sendRequest(get(), policyOf({ fetch: copying, timeout: 5 })));
    expect(signal?.aborted).toBe(true);
  });

  it('ends a body that never ends, and cancels it', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const { fetch } = recordingFetch(() => new Response(body));
    expect(await failure(sendRequest(get(), policyOf({ fetch, timeout: 20 })))).toMatchObject({
      code: 'ERR_TIMEOUT',
    });
    expect(cancelled).toBe(true);
  });

  it('is not waited for once the signal is aborted', async () => {
    const controller = new AbortController();
    const { fetch } = recordingFetch(() => {
      controller.abort();
      return new Promise<Response>(() => undefined);
    });
    const request = get({ signal: controller.signal });
    expect(await failure(sendRequest(request, policyOf({ fetch })))).toMatchObject({ code: 'ERR_ABORTED' });
  });
});
