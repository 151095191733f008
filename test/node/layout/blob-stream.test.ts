import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { parseReference } from '../../../src/oci/index.ts';
import { failure } from '../../oci/support.ts';
import { sha256 } from '../../support/registry-server.ts';

const MIB = 1024 * 1024;
const BYTES = Uint8Array.from({ length: 2.5 * MIB }, (_, index) => index % 251);
const blob = { mediaType: 'text/plain', digest: sha256(BYTES), size: BYTES.length };
const OPTIONS = { createHash, maxBytes: 10 * MIB };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'layout-blobs-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function open() {
  const repository = createImageLayout(directory).repository(parseReference('registry.example.com/team/app'));
  const { fetchBlobStream, pushBlobStream } = repository;
  if (!fetchBlobStream || !pushBlobStream) throw new Error('the layout does not stream');
  return { ...repository, fetchBlobStream, pushBlobStream };
}

const pathOf = ({ digest }: { digest: string }) => join(directory, 'blobs', ...digest.split(':'));
const streamOf = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)]).stream();

async function read(from: ReadableStream<Uint8Array>, into: Uint8Array[] = []): Promise<Uint8Array> {
  const reader = from.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) into.push(next.value);
  return new Uint8Array(Buffer.concat(into));
}

describe('a blob of an image layout that is read as a stream', () => {
  it('comes in parts of a mebibyte', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', BYTES);
    const parts: Uint8Array[] = [];
    expect(sha256(await read(repository.fetchBlobStream(blob, OPTIONS), parts))).toBe(blob.digest);
    expect(parts.map(({ length }) => length)).toEqual([MIB, MIB, MIB / 2]);
  });

  it('may be empty', async () => {
    const repository = open();
    const empty = await repository.pushBlob('text/plain', new Uint8Array());
    expect(await read(repository.fetchBlobStream(empty, OPTIONS))).toHaveLength(0);
  });

  it.each([
    ['other bytes', BYTES.with(5, 255), 'another digest'],
    ['fewer bytes', BYTES.subarray(1), 'has only'],
    ['more bytes', new Uint8Array(3 * MIB), 'has more'],
  ])('fails with %s, before its last part is yielded', async (_, bytes, message) => {
    const repository = open();
    await repository.pushBlob('text/plain', BYTES);
    await writeFile(pathOf(blob), bytes);
    const parts: Uint8Array[] = [];
    expect(await failure(read(repository.fetchBlobStream(blob, OPTIONS), parts))).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining(message),
    });
    expect(parts.length).toBeLessThan(3);
  });

  it('fails if it is truncated while it is read', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', BYTES);
    const reader = repository.fetchBlobStream(blob, OPTIONS).getReader();
    await reader.read();
    await writeFile(pathOf(blob), BYTES.subarray(0, MIB));
    expect(await failure(reader.read())).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('fails with ERR_NOT_FOUND if the file does not exist', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', new Uint8Array());
    expect(await failure(read(repository.fetchBlobStream(blob, OPTIONS)))).toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('is rejected above its limit, and with a malformed digest', () => {
    const { fetchBlobStream } = open();
    expect(() => fetchBlobStream(blob, { ...OPTIONS, maxBytes: 5 })).toThrow(/more than the 5 allowed/);
    expect(() => fetchBlobStream({ ...blob, digest: 'sha256:../../x' }, OPTIONS)).toThrow(/sha256:/);
  });

  it('does not lead out of the layout', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', new Uint8Array());
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    try {
      await writeFile(join(outside, 'file'), BYTES);
      await symlink(join(outside, 'file'), pathOf(blob));
      expect(await failure(read(repository.fetchBlobStream(blob, OPTIONS)))).toMatchObject({
        code: 'ERR_LAYOUT_INVALID',
      });
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('stops when its signal is aborted, or when its reader has enough', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', BYTES);
    const controller = new AbortController();
    const reader = repository.fetchBlobStream(blob, { ...OPTIONS, signal: controller.signal }).getReader();
    await reader.read();
    controller.abort();
    expect(await failure(reader.read())).toMatchObject({ code: 'ERR_ABORTED' });
    const other = repository.fetchBlobStream(blob, OPTIONS).getReader();
    await other.read();
    await other.cancel();
    // On Linux: no file is left open.
    const open_ = await readdir('/proc/self/fd').catch(() => []);
    expect(open_.length).toBeLessThan(200);
  });
});

describe('a blob that is pushed to an image layout from a stream', () => {
  it('is stored, even in a directory that is not a layout yet', async () => {
    expect(await open().pushBlobStream(blob, () => streamOf(BYTES))).toEqual(blob);
    expect(sha256(await readFile(pathOf(blob)))).toBe(blob.digest);
    const empty = { ...blob, digest: sha256(''), size: 0 };
    await open().pushBlobStream(empty, () => streamOf(new Uint8Array()));
    expect(await readFile(pathOf(empty))).toHaveLength(0);
  });

  it('may have a digest by sha512', async () => {
    const digest = `sha512:${createHash('sha512').update(BYTES).digest('hex')}`;
    await open().pushBlobStream({ ...blob, digest }, () => streamOf(BYTES));
    expect(sha256(await open().fetchBlob({ ...blob, digest }, OPTIONS))).toBe(blob.digest);
  });

  it('is kept if it is intact, and replaced if it is not', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', BYTES);
    const never = () => Promise.reject(new Error('it was opened'));
    await repository.pushBlobStream(blob, never);
    await writeFile(pathOf(blob), 'damaged');
    await repository.pushBlobStream(blob, () => streamOf(BYTES));
    expect(sha256(await readFile(pathOf(blob)))).toBe(blob.digest);
  });

  it.each([
    ['other bytes', BYTES.with(5, 255)],
    ['fewer bytes', BYTES.subarray(1)],
    ['more bytes', new Uint8Array(3 * MIB)],
  ])('is not stored if it yields %s, and leaves nothing behind', async (_, bytes) => {
    expect(await failure(open().pushBlobStream(blob, () => streamOf(bytes)))).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
    });
    expect(await readdir(join(directory, 'blobs/sha256'))).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('is not written if a link leads out of the layout', async () => {
    const repository = open();
    await repository.pushBlob('text/plain', new Uint8Array());
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    try {
      await rm(join(directory, 'blobs'), { recursive: true });
      await mkdir(join(outside, 'sha256'));
      await symlink(outside, join(directory, 'blobs'));
      expect(await failure(repository.pushBlobStream(blob, () => streamOf(BYTES)))).toMatchObject({
        code: 'ERR_LAYOUT_INVALID',
      });
      expect(await readdir(join(outside, 'sha256'))).toEqual([]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });
});
