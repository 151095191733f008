import ky from 'ky';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendRequest } from '../../../src/net/transport.ts';
import { registryPolicy } from '../../../src/oci/registry/policy.ts';
import { recordingFetch } from '../../net/support.ts';

const HOME = new URL('https://registry.example.com/v2/');
const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'] as const;

/** The responses of a server to the first requests; it answers the last one with 200. */
type Script = readonly (number | 'lost')[];

/** A fetch that responds by a script. */
function playing(script: Script) {
  return recordingFetch((_, index) => {
    const act = script[index] ?? 200;
    if (act === 'lost') throw new TypeError('fetch failed');
    return new Response(null, { status: act });
  });
}

beforeEach(() => {
  // Without pauses.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function byPolicy(method: (typeof METHODS)[number], script: Script, retries: number) {
  const { fetch, seen } = playing(script);
  const policy = registryPolicy({ fetch, timeout: 5000, retries });
  const outcome = await sendRequest({ method, url: HOME, maxBytes: 0 }, policy).then(
    ({ status, repeated }) => ({ status, repeated }),
    () => 'lost',
  );
  return { outcome, requests: seen.length };
}

/** The same by ky, which has its own list of methods, statuses and pauses. */
async function byKy(method: (typeof METHODS)[number], script: Script, limit: number) {
  const { fetch, seen } = playing(script);
  const outcome = await ky(HOME, {
    method,
    fetch,
    throwHttpErrors: (status) => status >= 500 || status === 429,
    retry: { limit, methods: ['get', 'head', 'put', 'delete'], delay: () => 0 },
  }).then(
    ({ status }) => ({ status, repeated: seen.length > 1 }),
    (error) => (error.response ? { status: error.response.status, repeated: seen.length > 1 } : 'lost'),
  );
  return { outcome, requests: seen.length };
}

describe.each(METHODS)('a %s', (method) => {
  it.each<[string, Script]>([
    ['lost once', ['lost']],
    ['lost twice', ['lost', 'lost']],
    ['lost too often', ['lost', 'lost', 'lost']],
    ['answered by 429', [429]],
    ['answered by 500', [500]],
    ['answered by 502 and lost', [502, 'lost']],
    ['answered by 503 too often', [503, 503, 503]],
    ['answered by 504', [504]],
    ['answered by 400', [400]],
    ['answered by 401', [401]],
    ['answered by 404', [404]],
    ['answered by 501', [501]],
  ])('is repeated as by ky if it is %s', async (_, script) => {
    expect(await byPolicy(method, script, 2)).toEqual(await byKy(method, script, 2));
  });
});

describe('a request that fails', () => {
  it('is repeated in as many attempts as allowed', async () => {
    expect(await byPolicy('GET', ['lost', 503], 2)).toEqual({
      outcome: { status: 200, repeated: true },
      requests: 3,
    });
  });

  it('is not repeated if repetitions are off', async () => {
    expect(await byPolicy('GET', ['lost'], 0)).toEqual({ outcome: 'lost', requests: 1 });
  });
});
