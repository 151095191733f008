import { describe, expect, it } from 'vitest';
import { resolveUrl } from '../../src/net/addresses.ts';
import { followRedirects } from '../../src/net/redirects.ts';
import { type HttpRequest, sendRequest } from '../../src/net/transport.ts';
import { failure } from '../oci/support.ts';
import { policyOf, recordingFetch } from './support.ts';

const HOME = new URL('https://home.example.com/start');

/** Sends a request that is redirected along some URLs; the last one responds. */
async function through(locations: readonly string[], request: Partial<HttpRequest> = {}) {
  const { fetch, seen } = recordingFetch((_, index) => {
    const location = locations[index];
    return location === undefined
      ? new Response('end')
      : new Response(null, { status: 307, headers: { location } });
  });
  const follow = followRedirects({ max: 3, resolve: resolveUrl });
  const whole = { method: 'GET' as const, url: HOME, maxBytes: 10, ...request };
  const outcome = await sendRequest(whole, policyOf({ fetch, follow })).catch((error: Error) => error);
  return { outcome, seen };
}

describe('redirects', () => {
  it('are followed, and the response has the URL of the last one', async () => {
    const { outcome } = await through(['/next', 'https://other.example.com/end']);
    expect(outcome).toMatchObject({ status: 200, url: new URL('https://other.example.com/end') });
  });

  it('are not followed further than allowed', async () => {
    const { outcome, seen } = await through(['/1', '/2', '/3', '/4', '/5']);
    expect(outcome).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'home.example.com redirects more than 3 times',
    });
    expect(seen).toHaveLength(4);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'of a %s are followed within the origin, with the body',
    async (method) => {
      const bodies: string[] = [];
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const request = new Request(input, init);
        bodies.push(`${request.method} ${await request.text()}`);
        return bodies.length === 1
          ? new Response(null, { status: 308, headers: { location: '/next' } })
          : new Response('end');
      };
      const follow = followRedirects({ max: 3, resolve: resolveUrl });
      const request = { method, url: HOME, maxBytes: 10, body: Uint8Array.of(0x61, 0x62) };
      const { url } = await sendRequest(request, policyOf({ fetch, follow }));
      expect(url.pathname).toBe('/next');
      expect(bodies).toEqual([`${method} ab`, `${method} ab`]);
    },
  );

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'of a %s to another origin are rejected',
    async (method) => {
      const { outcome, seen } = await through(['https://other.example.com/'], { method });
      expect(outcome).toMatchObject({
        message: `home.example.com redirects a ${method} to "https://other.example.com", which is another origin`,
      });
      expect(seen).toHaveLength(1);
    },
  );

  it.each([301, 302, 303])('of a POST with %i, which would make it a GET, are rejected', async (status) => {
    const { fetch, seen } = recordingFetch(() => new Response(null, { status, headers: { location: '/' } }));
    const follow = followRedirects({ max: 3, resolve: resolveUrl });
    const work = sendRequest({ method: 'POST', url: HOME, maxBytes: 10 }, policyOf({ fetch, follow }));
    expect((await failure(work)).message).toBe(`home.example.com redirects a POST with ${status}`);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['http://home.example.com/', 'to "http://home.example.com", which is not allowed'],
    ['https://127.0.0.1/?signature=hidden', 'to "https://127.0.0.1", which is not allowed'],
    ['https://ci:hidden@other.example.com/', 'to "https://other.example.com", which is not allowed'],
    ['https://', 'to a malformed URL'],
  ])('to %s are rejected without showing what may be secret', async (location, reason) => {
    const { outcome, seen } = await through([location]);
    expect(outcome).toMatchObject({ message: `home.example.com redirects ${reason}` });
    expect(seen).toHaveLength(1);
  });

  it('without a location are responses like any other', async () => {
    const { fetch } = recordingFetch(() => new Response(null, { status: 307 }));
    const follow = followRedirects({ max: 3, resolve: resolveUrl });
    const request = { method: 'GET', url: HOME, maxBytes: 10 } as const;
    expect((await sendRequest(request, policyOf({ fetch, follow }))).status).toBe(307);
  });
});

/** What goes to any origin. */
const PUBLIC = { accept: 'text/plain', 'accept-encoding': 'identity', range: 'bytes=0-1' };

describe('secrets', () => {
  const request = {
    authorization: 'Bearer secret',
    headers: { accept: 'text/plain', range: 'bytes=0-1', 'x-api-key': 'secret' },
  };

  it('are sent along within the origin', async () => {
    const { seen } = await through(['/next'], request);
    expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'secret' });
  });

  it('never go to another origin, in whatever header they are', async () => {
    const { seen } = await through(['https://other.example.com/'], request);
    expect(seen[1]?.headers).toEqual(PUBLIC);
  });

  it('are not sent again when a redirect leads back to the first origin', async () => {
    const { seen } = await through(['https://other.example.com/', 'https://home.example.com/'], request);
    expect(seen[2]?.headers).toEqual(PUBLIC);
  });
});

describe('a redirect that the browser hides', () => {
  const hidden = () => Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });

  function send(byBrowser: boolean, end: string) {
    const modes: unknown[] = [];
    const sent: string[][] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      modes.push(init?.redirect);
      sent.push([...new Headers(init?.headers).keys()]);
      return init?.redirect === 'follow'
        ? Object.defineProperty(new Response('end'), 'url', { value: end })
        : hidden();
    };
    const follow = followRedirects({ max: 3, resolve: resolveUrl, byBrowser });
    const request = {
      method: 'GET',
      url: HOME,
      maxBytes: 10,
      authorization: 'Bearer secret',
      headers: { accept: 'text/plain', 'x-api-key': 'secret' },
    } as const;
    return { work: sendRequest(request, policyOf({ fetch, follow })), modes, sent };
  }

  it('is followed by the browser if the policy allows it', async () => {
    const { work, modes } = send(true, 'https://other.example.com/');
    expect((await work).url.href).toBe('https://other.example.com/');
    expect(modes).toEqual(['manual', 'follow']);
  });

  it('gets no secret in a header that browsers keep at another origin', async () => {
    const { work, sent } = send(true, 'https://other.example.com/');
    await work;
    expect(sent).toEqual([
      ['accept', 'accept-encoding', 'authorization', 'x-api-key'],
      ['accept', 'accept-encoding', 'authorization'],
    ]);
  });

  it('is rejected if it ends at a forbidden URL', async () => {
    const { work } = send(true, 'https://127.0.0.1/');
    expect(await failure(work)).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
  });

  it('of a POST is rejected: browsers would send the body to any origin', async () => {
    const fetch = async () => hidden();
    const follow = followRedirects({ max: 3, resolve: resolveUrl, byBrowser: true });
    const work = sendRequest({ method: 'POST', url: HOME, maxBytes: 10 }, policyOf({ fetch, follow }));
    expect(await failure(work)).toMatchObject({
      message: 'home.example.com redirects a POST, and browsers hide where to',
      nextStep: expect.stringContaining('Use the address that the server redirects to'),
    });
  });

  it('is rejected if the browser must not follow it', async () => {
    const { work, modes } = send(false, 'https://other.example.com/');
    expect(await failure(work)).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(modes).toEqual(['manual']);
  });
});
