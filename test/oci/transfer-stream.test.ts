import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Descriptor, RegistryOptions, Repository } from '../../src/oci/index.ts';
import { sha256 } from '../support/registry-server.ts';
import { connect, failure, NAME, requestMethods } from './support.ts';

const MIB = 1024 * 1024;
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const blob = { mediaType: 'text/plain', digest: sha256(BYTES), size: BYTES.length };
const OPTIONS = { createHash, maxBytes: 100_000 };

async function withBlob({ ranges = true, ...options }: RegistryOptions & { ranges?: boolean } = {}) {
  const { server, repository } = await connect({ ranges }, { chunkSize: 300, ...options });
  server.repository(NAME).blobs.set(blob.digest, Buffer.from(BYTES));
  return { server, repository };
}

function stream(
  { fetchBlobStream }: Repository,
  descriptor: Descriptor = blob,
  options: object = {},
): ReadableStream<Uint8Array> {
  if (!fetchBlobStream) throw new Error('the repository does not stream');
  return fetchBlobStream(descriptor, { ...OPTIONS, ...options });
}

/** Everything that a stream yields, even before it fails. */
async function read(from: ReadableStream<Uint8Array>, into: Uint8Array[] = []): Promise<Uint8Array> {
  const reader = from.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) into.push(next.value);
  return new Uint8Array(Buffer.concat(into));
}

describe('a blob that is read as a stream', () => {
  it('comes in parts, and reports its progress', async () => {
    const { server, repository } = await withBlob();
    const told: number[] = [];
    const onProgress = ({ received }: { received: number }) => told.push(received);
    expect(await read(stream(repository, blob, { onProgress }))).toEqual(BYTES);
    expect(requestMethods(server, '')).toHaveLength(4);
    expect(told).toEqual([300, 600, 900, 1000]);
  });

  it.each(['sha384', 'sha512'])('may have a digest by %s', async (algorithm) => {
    const { server, repository } = await withBlob();
    const digest = `${algorithm}:${createHash(algorithm).update(BYTES).digest('hex')}`;
    server.repository(NAME).blobs.set(digest, Buffer.from(BYTES));
    expect(await read(stream(repository, { ...blob, digest }))).toEqual(BYTES);
  });

  it('comes at once if it is short', async () => {
    const { server, repository } = await withBlob({ chunkSize: 1000 });
    expect(await read(stream(repository))).toEqual(BYTES);
    expect(requestMethods(server, '')).toEqual(['GET']);
  });

  it('comes whole if the registry does not support ranges', async () => {
    const { repository } = await withBlob({ ranges: false });
    expect(await read(stream(repository))).toEqual(BYTES);
  });

  it('may be empty', async () => {
    const { server, repository } = await withBlob();
    const digest = sha256('');
    server.repository(NAME).blobs.set(digest, Buffer.alloc(0));
    expect(await read(stream(repository, { ...blob, digest, size: 0 }))).toHaveLength(0);
  });

  it('is not requested before it is read', async () => {
    const { server, repository } = await withBlob();
    const unread = stream(repository);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests).toEqual([]);
    const reader = unread.getReader();
    await reader.read();
    await reader.cancel();
    expect(server.requests).toHaveLength(1);
  });

  it('fails with another digest, before its last part is yielded', async () => {
    const { server, repository } = await withBlob();
    const changed = Buffer.from(BYTES);
    changed[0] = 99;
    server.repository(NAME).blobs.set(blob.digest, changed);
    const parts: Uint8Array[] = [];
    expect(await failure(read(stream(repository), parts))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    expect(parts).toHaveLength(3);
  });

  it('fails if the registry has fewer bytes', async () => {
    const { server, repository } = await withBlob();
    server.repository(NAME).blobs.set(blob.digest, Buffer.from(BYTES.subarray(0, 700)));
    expect(await failure(read(stream(repository)))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('fails if the registry returns another part', async () => {
    const { server, repository } = await withBlob();
    server.switches.intercept = (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 1-300/1000' }).end(BYTES.subarray(1, 301));
      return true;
    };
    expect(await failure(read(stream(repository)))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
  });

  it('continues if a connection was lost in the middle of a part', async () => {
    const { server, repository } = await withBlob({ retries: 1 });
    server.switches.intercept = (_, response) => {
      if (server.requests.length !== 3) return false;
      response.writeHead(206, { 'content-length': 300 });
      response.write(BYTES.subarray(600, 650), () => response.destroy());
      return true;
    };
    expect(await read(stream(repository))).toEqual(BYTES);
    expect(server.requests).toHaveLength(5);
  });

  it('ends when its reader aborts', async () => {
    const { server, repository } = await withBlob();
    const controller = new AbortController();
    server.switches.intercept = () => {
      if (server.requests.length === 2) controller.abort();
      return server.requests.length === 2;
    };
    const work = read(stream(repository, blob, { signal: controller.signal }));
    expect(await failure(work)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(server.requests).toHaveLength(2);
  });

  it('is rejected above its limit', async () => {
    const { server, repository } = await withBlob();
    expect(() => stream(repository, blob, { maxBytes: 999 })).toThrow('more than the 999 allowed');
    expect(server.requests).toEqual([]);
  });

  it('is not buffered if it is long and the registry does not support ranges', async () => {
    const { repository } = await withBlob({ ranges: false });
    const long = { ...blob, size: 33 * MIB };
    const error = await failure(read(stream(repository, long, { maxBytes: 100 * MIB })));
    expect(error).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('does not support ranges'),
    });
  });
});
