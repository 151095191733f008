import { describe, expect, it, vi } from 'vitest';
import { createRepeatingSend } from '../../src/net/repeating-send.ts';
import { recordingFetch } from './support.ts';

const HOME = new URL('https://peer.example.com/');

/** Sends a request to a peer that fails twice. */
async function send(method: string, fail: () => Response, limit = 2) {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { fetch, seen } = recordingFetch((_, index) => (index < 2 ? fail() : new Response('end')));
  let repeats = 0;
  const response = await createRepeatingSend(fetch, limit)(HOME, { method }, () => repeats++).catch(
    (error: Error) => error,
  );
  vi.restoreAllMocks();
  return { response, repeats, count: seen.length };
}

const overloaded = (status: number) => () => new Response(null, { status });
const lost = () => {
  throw new TypeError('fetch failed');
};

describe('an idempotent request', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('is repeated when the connection fails: %s', async (method) => {
    expect(await send(method, lost)).toMatchObject({ response: { status: 200 }, repeats: 2, count: 3 });
  });

  it.each([429, 500, 502, 503, 504])('is repeated after the status %i', async (status) => {
    expect(await send('GET', overloaded(status))).toMatchObject({ response: { status: 200 }, count: 3 });
  });

  it.each([400, 401, 404, 405, 501])('is not repeated after the status %i', async (status) => {
    expect(await send('GET', overloaded(status))).toMatchObject({ response: { status }, count: 1 });
  });

  it('ends with the last response', async () => {
    expect(await send('GET', overloaded(503), 1)).toMatchObject({
      response: { status: 503 },
      repeats: 1,
      count: 2,
    });
  });

  it('ends with the last failure', async () => {
    expect(await send('GET', lost, 1)).toMatchObject({ response: { message: 'fetch failed' }, count: 2 });
  });
});

describe('a request that is not idempotent', () => {
  it.each(['POST', 'PATCH'])('is sent once: %s', async (method) => {
    expect(await send(method, overloaded(503))).toMatchObject({ response: { status: 503 }, count: 1 });
    expect(await send(method, lost)).toMatchObject({ response: { message: 'fetch failed' }, count: 1 });
  });
});
