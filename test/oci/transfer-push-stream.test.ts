import { describe, expect, it } from 'vitest';
import type { RegistryOptions, Repository } from '../../src/oci/index.ts';
import { type RegistryServer, sha256 } from '../support/registry-server.ts';
import { connect, failure, NAME, requestMethods } from './support.ts';

const MIB = 1024 * 1024;
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const blob = { mediaType: 'text/plain', digest: sha256(BYTES), size: BYTES.length };
const CHUNKED: RegistryOptions = { chunkSize: 300 };

/** A stream whose pieces are not aligned with the chunks. */
function streamOf(bytes: Uint8Array, piece = 70): ReadableStream<Uint8Array> {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(start, start + piece));
      start += piece;
    },
  });
}

function push(
  { pushBlobStream }: Repository,
  open: Parameters<NonNullable<Repository['pushBlobStream']>>[1],
  ...[descriptor = blob, options = {}]: [typeof blob?, object?]
) {
  if (!pushBlobStream) throw new Error('the repository does not take streams');
  return pushBlobStream(descriptor, open, options);
}

function stored(server: RegistryServer): Uint8Array {
  return new Uint8Array(server.repository(NAME).blobs.get(blob.digest) ?? []);
}

describe('a blob that is pushed from a stream', () => {
  it('is sent in chunks, and reports its progress', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    const told: number[] = [];
    const onProgress = ({ sent }: { sent: number }) => told.push(sent);
    expect(await push(repository, () => streamOf(BYTES), blob, { onProgress })).toEqual(blob);
    expect(stored(server)).toEqual(BYTES);
    expect(told).toEqual([300, 600, 900, 1000, 1000]);
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH', 'PATCH', 'PATCH', 'PUT']);
  });

  it('is sent at once if it is short, and may be empty', async () => {
    const { server, repository } = await connect();
    await push(repository, () => streamOf(BYTES));
    const empty = { ...blob, digest: sha256(''), size: 0 };
    await push(repository, () => streamOf(new Uint8Array()), empty);
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PUT', 'HEAD', 'POST', 'PUT']);
    expect(stored(server)).toEqual(BYTES);
  });

  it('is not opened if the registry has it, or takes it from another repository', async () => {
    const { server, repository } = await connect();
    const never = () => Promise.reject(new Error('it was opened'));
    server.repository('team/base').blobs.set(blob.digest, Buffer.from(BYTES));
    await push(repository, never, blob, { mountFrom: 'team/base' });
    await push(repository, never);
    expect(stored(server)).toEqual(BYTES);
  });

  it('is resumed from the buffered chunk after a lost response, and opened once', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    let [chunks, opened] = [0, 0];
    server.switches.intercept = ({ method }, response) => {
      if (method === 'PATCH' && ++chunks === 2) response.writeHead = () => response.destroy() && response;
      return false;
    };
    await push(repository, () => {
      opened++;
      return streamOf(BYTES);
    });
    expect(opened).toBe(1);
    expect(stored(server)).toEqual(BYTES);
  });

  it('is opened again if the session is gone', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    let [chunks, opened] = [0, 0];
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'PATCH' || ++chunks !== 3) return false;
      server.uploads.clear();
      response.writeHead(404).end();
      return true;
    };
    await push(repository, async () => {
      opened++;
      return streamOf(BYTES);
    });
    expect(opened).toBe(2);
    expect(stored(server)).toEqual(BYTES);
  });

  it.each([
    ['other bytes', BYTES.with(500, 255)],
    ['fewer bytes', BYTES.subarray(1)],
    ['more bytes', new Uint8Array(1001)],
  ])('is not stored when it gives %s', async (_, given) => {
    for (const options of [CHUNKED, {}]) {
      const { server, repository } = await connect({}, options);
      // A registry that takes anything.
      server.switches.intercept = ({ method }, response) => {
        if (method === 'PUT') response.writeHead(201).end();
        return method === 'PUT';
      };
      expect(await failure(push(repository, () => streamOf(given)))).toMatchObject({
        code: 'ERR_CONTENT_MISMATCH',
        message: expect.stringContaining(blob.digest),
      });
      expect(requestMethods(server, 'digest=')).toEqual([]);
    }
  });

  it('fails as its stream fails, which is not taken for a lost connection', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    const failing = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error('the disk is gone')),
      });
    expect(await failure(push(repository, failing))).toMatchObject({ message: 'the disk is gone' });
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST']);
  });

  it('is given up when its caller aborts, even if it hangs', async () => {
    const { repository } = await connect({}, CHUNKED);
    let cancelled = false;
    const controller = new AbortController();
    const hanging = () =>
      new ReadableStream<Uint8Array>({
        pull() {
          setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')));
          return new Promise<void>(() => undefined);
        },
        cancel() {
          cancelled = true;
        },
      });
    const { signal } = controller;
    expect(await failure(push(repository, hanging, blob, { signal }))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/^the reading of the stream of sha256:/),
    });
    expect(cancelled).toBe(true);
  });

  it('is rejected with a malformed digest', async () => {
    const { repository } = await connect();
    const work = push(repository, () => streamOf(BYTES), { ...blob, digest: 'sha256:0' });
    expect(await failure(work)).toMatchObject({ code: 'ERR_DESCRIPTOR_INVALID' });
  });

  it.each([
    ['takes no chunks', (length: number) => ({ status: length > 0 ? 405 : 202, least: '' })],
    ['wants chunks that are too long', () => ({ status: 202, least: String(64 * MIB) })],
  ])('is not buffered if it is long and the registry %s', async (_, answerOf) => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method, body, path }, response) => {
      if (method === 'HEAD') response.writeHead(404).end();
      else {
        const { status, least } = answerOf(body.length);
        const location = path.split('?')[0] ?? '';
        response.writeHead(status, { location, ...(least && { 'oci-chunk-min-length': least }) }).end();
      }
      return true;
    };
    const long = { ...blob, size: 33 * MIB };
    const zeros = () => streamOf(new Uint8Array(long.size), MIB);
    expect(await failure(push(repository, zeros, long))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('too long to buffer'),
    });
  });
});
