import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { type Descriptor, parseReference } from '../../../src/oci/index.ts';
import { bytesOf, failure, image, MANIFEST, utf8 } from '../../oci/support.ts';

const MIB = 1024 * 1024;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function open() {
  return createImageLayout(directory).repository(parseReference('registry.example.com/team/app'));
}

function blobPath({ digest }: Descriptor): string {
  return join(directory, 'blobs/sha256', digest.slice(7));
}

describe('a damaged blob in an image layout', () => {
  it.each([
    ['changed', '{}', 'ERR_CONTENT_MISMATCH'],
    ['emptied', '', 'ERR_CONTENT_MISMATCH'],
    ['blown up', 'x'.repeat(5 * MIB), 'ERR_LIMIT_EXCEEDED'],
  ])('is detected when it is %s', async (_, content, code) => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await writeFile(blobPath(descriptor), content);
    expect(await failure(open().resolve('v1'))).toMatchObject({ code });
    expect(await failure(open().resolve(descriptor.digest))).toMatchObject({ code });
    expect(await failure(open().fetchManifest(descriptor))).toMatchObject({ code });
  });

  it('is rejected if its entry has another size', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const path = join(directory, 'index.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"size":\d+/, '"size":1'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('is rejected if its entry has another media type', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const path = join(directory, 'index.json');
    const index = await readFile(path, 'utf8');
    await writeFile(path, index.replace('"mediaType":"application/vnd.oci.image.manifest', '"mediaType":"x'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    await writeFile(path, index.replace(MANIFEST, 'application/vnd.docker.distribution.manifest.v2+json'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_MANIFEST_INVALID' });
  });

  it('fails with ERR_NOT_FOUND if the file does not exist', async () => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await rm(blobPath(descriptor));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('is not read when it is larger than the limit', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 3 }))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
  });

  it('is not looked for outside of the layout', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    const descriptor = { mediaType: 'a/b', digest: 'sha256:../../oci-layout', size: 30 };
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 30 }))).toMatchObject({
      code: 'ERR_DESCRIPTOR_INVALID',
    });
  });

  it('is rejected when it is a directory', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    await rm(blobPath(descriptor));
    await mkdir(blobPath(descriptor));
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 9 }))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
    });
    expect(await failure(open().pushBlob('a/b', utf8('blob')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });

  it('is not read when its size differs from its descriptor', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    await truncate(blobPath(descriptor), 2 ** 40);
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 2 ** 41 }))).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining('should have 4 bytes and has more'),
    });
  });
});
