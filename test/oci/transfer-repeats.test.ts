import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../support/registry-server.ts';
import { bytesOf, connect, failure, image, MANIFEST, NAME, requestMethods } from './support.ts';

const BYTES = new Uint8Array(300_000).fill(7);
const blob = { mediaType: 'text/plain', digest: sha256(BYTES), size: BYTES.length };
const MAX = { maxBytes: 1_000_000 };

// No time before a repetition, by default.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

async function withBlob(options: Parameters<typeof connect>[1] = {}) {
  const { server, repository } = await connect({}, { retries: 2, timeout: 20_000, ...options });
  server.repository(NAME).blobs.set(blob.digest, Buffer.from(BYTES));
  return { server, repository };
}

describe('a request that only reads', () => {
  it('is repeated if its response broke off in the middle, and progress starts again', async () => {
    const { server, repository } = await withBlob();
    server.switches.intercept = (_, response) => {
      if (server.requests.length > 1) return false;
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
      return true;
    };
    const told: { received: number; total: number }[] = [];
    const onProgress = (at: { received: number; total: number }) => told.push(at);
    expect(await repository.fetchBlob(blob, { ...MAX, onProgress })).toEqual(BYTES);
    expect(server.requests).toHaveLength(2);
    expect(told[0]).toEqual({ received: 1000, total: BYTES.length });
    expect(told.at(-1)).toEqual({ received: BYTES.length, total: BYTES.length });
  });

  it('is repeated no more often than it may be', async () => {
    const { server, repository } = await withBlob();
    server.switches.intercept = (_, response) => {
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 1000), () => response.destroy());
      return true;
    };
    expect(await failure(repository.fetchBlob(blob, MAX))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
    expect(server.requests).toHaveLength(3);
  });

  it('is not repeated for content that is wrong', async () => {
    const { server, repository } = await withBlob();
    server.repository(NAME).blobs.set(blob.digest, Buffer.from('other'));
    expect(await failure(repository.fetchBlob(blob, MAX))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])('is repeated after %i', async (status) => {
    const { server, repository } = await withBlob();
    server.switches.intercept = (_, response) => {
      if (server.requests.length > 1) return false;
      response.writeHead(status).end();
      return true;
    };
    expect(await repository.fetchBlob(blob, MAX)).toHaveLength(BYTES.length);
  });

  it('ends at its timeout even if repetitions are left', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const { server, repository } = await withBlob({ retries: 10, timeout: 300 });
    server.switches.intercept = (_, response) => {
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 1000), () => response.destroy());
      return true;
    };
    const error = await failure(repository.fetchBlob(blob, MAX));
    expect(['ERR_TIMEOUT', 'ERR_REGISTRY_UNREACHABLE']).toContain(error.code);
    expect(server.requests.length).toBeLessThanOrEqual(11);
  });
});

describe('Retry-After', () => {
  it('is waited for, and not the time that would be waited without it', async () => {
    const { server, repository } = await withBlob({ retries: 1 });
    server.switches.intercept = (_, response) => {
      if (server.requests.length > 1) return false;
      response.writeHead(503, { 'retry-after': '2' }).end();
      return true;
    };
    const waits = vi.spyOn(globalThis, 'setTimeout');
    await repository.fetchBlob(blob, MAX);
    // The length of the pause for each header is tested in test/net/retry.test.ts.
    expect(waits.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(2000);
  });
});

describe('a request that opens an upload', () => {
  it('is repeated: an upload that was opened but not used expires', async () => {
    const { server, repository } = await withBlob();
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'POST' || requestMethods(server, '').filter((name) => name === 'POST').length > 1)
        return false;
      response.writeHead(429).end();
      return true;
    };
    await repository.pushBlob('text/plain', Uint8Array.of(1));
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'POST', 'PUT']);
  });
});

describe('a request that stores a manifest', () => {
  it('is repeated with all of its body', async () => {
    const { server, repository } = await withBlob();
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'PUT' || requestMethods(server, '').filter((name) => name === 'PUT').length > 1)
        return false;
      response.writeHead(503).end();
      return true;
    };
    await repository.pushManifest(MANIFEST, bytesOf(image()));
    const bodies = server.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ body }) => body.toString());
    expect(bodies).toEqual([JSON.stringify(image()), JSON.stringify(image())]);
  });
});
