import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { type Descriptor, parseReference } from '../../../src/oci/index.ts';
import { bytesOf, failure, image, MANIFEST, utf8 } from '../../oci/support.ts';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
  directory = join(parent, 'layout');
});

afterEach(() => rm(parent, { recursive: true, force: true }));

function open(path = directory) {
  return createImageLayout(path).repository(parseReference('registry.example.com/team/app'));
}

function blobPath({ digest }: Descriptor): string {
  return join(directory, 'blobs/sha256', digest.slice(7));
}

describe.skipIf(process.platform === 'win32')('links and pipes in an image layout', () => {
  it('are followed within it', async () => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await rename(join(directory, 'blobs'), join(directory, 'store'));
    await symlink('store', join(directory, 'blobs'));
    expect(await open().resolve('v1')).toEqual(descriptor);
  });

  it('are followed to the layout itself', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await symlink(directory, join(parent, 'link'));
    await expect(open(join(parent, 'link')).resolve('v1')).resolves.toBeDefined();
  });

  it('are not followed out of it when reading', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    await rename(blobPath(descriptor), join(parent, 'outside'));
    await symlink(join(parent, 'outside'), blobPath(descriptor));
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 9 }))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('leads out of the layout'),
    });
  });

  it('are not followed out of it when writing', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rm(join(directory, 'blobs'), { recursive: true });
    await mkdir(join(parent, 'outside'));
    await symlink(join(parent, 'outside'), join(directory, 'blobs'));
    expect(await failure(open().pushBlob('a/b', utf8('blob')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    expect(await readdir(join(parent, 'outside'))).toEqual([]);
  });

  it('are followed when index.json is written, and stay', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rename(join(directory, 'index.json'), join(directory, 'other.json'));
    await symlink('other.json', join(directory, 'index.json'));
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await readlink(join(directory, 'index.json'))).toBe('other.json');
    expect(await readFile(join(directory, 'other.json'), 'utf8')).toContain('"v1"');
  });

  it('may lead to nothing when index.json is written', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rm(join(directory, 'index.json'));
    await symlink('nothing.json', join(directory, 'index.json'));
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await readFile(join(directory, 'index.json'), 'utf8')).toContain('"v1"');
  });

  it('are not followed out of the layout when index.json is written', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rename(join(directory, 'index.json'), join(parent, 'index.json'));
    await symlink(join(parent, 'index.json'), join(directory, 'index.json'));
    const before = await readFile(join(parent, 'index.json'), 'utf8');
    expect(await failure(open().pushManifest(MANIFEST, bytesOf(image())))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
    });
    expect(await readFile(join(parent, 'index.json'), 'utf8')).toBe(before);
  });

  it('out of it are rejected with the way to make them files, as of Bazel and Nix', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await rename(join(directory, 'blobs'), join(parent, 'store'));
    await symlink(join(parent, 'store'), join(directory, 'blobs'));
    expect(await failure(open().resolve('v1'))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringMatching(/leads out of the layout; copy the layout with the files/),
    });
    await cp(directory, join(parent, 'copy'), { recursive: true, dereference: true });
    await expect(open(join(parent, 'copy')).resolve('v1')).resolves.toBeDefined();
  });

  it('are not waited for', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rm(join(directory, 'index.json'));
    await promisify(execFile)('mkfifo', [join(directory, 'index.json')]);
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });
});
