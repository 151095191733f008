import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, LOCK } from '../../../src/node/files/lock.ts';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { updateIndex, withEntry } from '../../../src/node/layout/index-json.ts';
import type { ImageIndex } from '../../../src/oci/documents.ts';
import { type Descriptor, parseReference } from '../../../src/oci/index.ts';
import { bytesOf, failure, image, MANIFEST, notes, referrer, utf8 } from '../../oci/support.ts';

const MIB = 1024 * 1024;

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
  folder = join(parent, 'layout');
});

afterEach(() => rm(parent, { recursive: true, force: true }));

function open(path = folder) {
  return createImageLayout(path).repository(parseReference('registry.example.com/team/app'));
}

function blobPath({ digest }: Descriptor): string {
  return join(folder, 'blobs/sha256', digest.slice(7));
}

describe('createImageLayout', () => {
  it.each(['', 'a\0b'])('refuses the path %j', (path) => {
    expect(() => createImageLayout(path)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }));
  });
});

describe('reading what is no image layout', () => {
  it('says so of a missing folder', async () => {
    expect(await failure(open().resolve('v1'))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('oci-layout is missing'),
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('says so of a file', async () => {
    await writeFile(folder, '');
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    expect(await failure(open().pushBlob('a/b', utf8('a')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });

  it.each(['', '{', '{}', '[]', '{"imageLayoutVersion":"2.0.0"}', 'x'.repeat(65 * 1024)])(
    'says so of a folder with another file oci-layout (case %#)',
    async (content) => {
      await mkdir(folder);
      await writeFile(join(folder, 'oci-layout'), content);
      const { code } = await failure(open().resolve('v1'));
      expect(code).toBe(content.length > 65_536 ? 'ERR_LIMIT_EXCEEDED' : 'ERR_LAYOUT_INVALID');
    },
  );

  it.each([undefined, '', '{', '[]', '{"manifests":{}}', '{"manifests":[],"manifests":[]}'])(
    'says so where index.json is %j',
    async (content) => {
      await mkdir(folder);
      await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      if (content !== undefined) await writeFile(join(folder, 'index.json'), content);
      expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    },
  );

  it('reads no index.json that is larger than 4 MiB', async () => {
    await open().pushBlob('a/b', utf8('a'));
    await writeFile(join(folder, 'index.json'), Buffer.alloc(4 * MIB + 1, 0x20));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });
});

describe('a damaged blob in an image layout', () => {
  it.each([
    ['changed', '{}', 'ERR_CONTENT_MISMATCH'],
    ['emptied', '', 'ERR_CONTENT_MISMATCH'],
    ['blown up', 'x'.repeat(5 * MIB), 'ERR_LIMIT_EXCEEDED'],
  ])('is found out when it is %s', async (_, content, code) => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await writeFile(blobPath(descriptor), content);
    expect(await failure(open().resolve('v1'))).toMatchObject({ code });
    expect(await failure(open().resolve(descriptor.digest))).toMatchObject({ code });
    expect(await failure(open().fetchManifest(descriptor))).toMatchObject({ code });
  });

  it('is found out when its entry gives another size', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const path = join(folder, 'index.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"size":\d+/, '"size":1'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('is found out when its entry gives another type', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const path = join(folder, 'index.json');
    const index = await readFile(path, 'utf8');
    await writeFile(path, index.replace('"mediaType":"application/vnd.oci.image.manifest', '"mediaType":"x'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    await writeFile(path, index.replace(MANIFEST, 'application/vnd.docker.distribution.manifest.v2+json'));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_MANIFEST_INVALID' });
  });

  it('is missing where there is none', async () => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await rm(blobPath(descriptor));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('is not read when it is larger than the ceiling', async () => {
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

  it('is refused when it is a folder', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    await rm(blobPath(descriptor));
    await mkdir(blobPath(descriptor));
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 9 }))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
    });
    expect(await failure(open().pushBlob('a/b', utf8('blob')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });
});

describe.skipIf(process.platform === 'win32')('links and pipes in an image layout', () => {
  it('are followed within it', async () => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await rename(join(folder, 'blobs'), join(folder, 'store'));
    await symlink('store', join(folder, 'blobs'));
    expect(await open().resolve('v1')).toEqual(descriptor);
  });

  it('are followed to the layout itself', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await symlink(folder, join(parent, 'link'));
    await expect(open(join(parent, 'link')).resolve('v1')).resolves.toBeDefined();
  });

  it('do not lead out of it to read', async () => {
    const descriptor = await open().pushBlob('a/b', utf8('blob'));
    await rename(blobPath(descriptor), join(parent, 'outside'));
    await symlink(join(parent, 'outside'), blobPath(descriptor));
    expect(await failure(open().fetchBlob(descriptor, { maxBytes: 9 }))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('leads out of the layout'),
    });
  });

  it('do not lead out of it to write', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rm(join(folder, 'blobs'), { recursive: true });
    await mkdir(join(parent, 'outside'));
    await symlink(join(parent, 'outside'), join(folder, 'blobs'));
    expect(await failure(open().pushBlob('a/b', utf8('blob')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    expect(await readdir(join(parent, 'outside'))).toEqual([]);
  });

  it('are replaced, not followed, when index.json is written', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await writeFile(join(folder, 'other.json'), '{"schemaVersion":2,"manifests":[]}');
    await rm(join(folder, 'index.json'));
    await symlink('other.json', join(folder, 'index.json'));
    await open().pushManifest(MANIFEST, bytesOf(image()));
    expect(await readFile(join(folder, 'other.json'), 'utf8')).toBe('{"schemaVersion":2,"manifests":[]}');
  });

  it('are not waited for', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await rm(join(folder, 'index.json'));
    await promisify(execFile)('mkfifo', [join(folder, 'index.json')]);
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });
});

describe('writers of one image layout', () => {
  it('lose nothing of each other when they share it', async () => {
    const repository = open();
    const subject = await repository.pushManifest(MANIFEST, bytesOf(image()));
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    await Promise.all(
      names.map((note) => repository.pushManifest(MANIFEST, bytesOf(referrer(subject, note)))),
    );
    expect((await notes(repository, subject)).sort()).toEqual(names.sort());
  });

  it('lose nothing of each other when each has its own, as in processes of their own', async () => {
    const subject = await open().pushManifest(MANIFEST, bytesOf(image()));
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    await Promise.all(names.map((note) => open().pushManifest(MANIFEST, bytesOf(referrer(subject, note)))));
    expect((await notes(open(), subject)).sort()).toEqual(names.sort());
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('make one layout together', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `v${i}`);
    await Promise.all(names.map((tag) => open().pushManifest(MANIFEST, bytesOf(image(tag)), { tag })));
    for (const tag of names) await expect(open().resolve(tag)).resolves.toBeDefined();
  });

  it('wait for a lock that is held', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    const lock = await acquireLock(folder, undefined);
    const order: string[] = [];
    const pushed = open()
      .pushManifest(MANIFEST, bytesOf(image()))
      .then(() => order.push('pushed'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push('released');
    await lock.release();
    await pushed;
    expect(order).toEqual(['released', 'pushed']);
  });

  it('stop waiting when they are told to', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    const lock = await acquireLock(folder, undefined);
    const signal = AbortSignal.timeout(50);
    expect(await failure(open().pushManifest(MANIFEST, bytesOf(image()), { signal }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    await lock.release();
  });

  it('do not wait for a lock that was left behind', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    await writeFile(join(folder, LOCK), 'gone');
    const past = new Date(Date.now() - 60_000);
    await utimes(join(folder, LOCK), past, past);
    const names = Array.from({ length: 8 }, (_, i) => `v${i}`);
    await Promise.all(names.map((tag) => open().pushManifest(MANIFEST, bytesOf(image(tag)), { tag })));
    for (const tag of names) await expect(open().resolve(tag)).resolves.toBeDefined();
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('whose lock is taken over write on top of what the other one wrote', async () => {
    const theirs = await open().pushManifest(MANIFEST, bytesOf(image('theirs')), { tag: 'theirs' });
    const ours = await open().pushManifest(MANIFEST, bytesOf(image('ours')));
    const written = await readFile(join(folder, 'index.json'));
    await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    let calls = 0;
    const change = (index: ImageIndex) => {
      if (calls++ === 0) {
        writeFileSync(join(folder, LOCK), 'another');
        writeFileSync(join(folder, 'index.json'), written);
        setTimeout(() => rmSync(join(folder, LOCK)), 30);
      }
      return withEntry(index, ours, 'ours');
    };
    await updateIndex(folder, change, undefined);
    expect(await open().resolve('theirs')).toEqual(theirs);
    expect(await open().resolve('ours')).toEqual(ours);
  });

  it('notice that their lock was taken over, and do not release that of another', async () => {
    await open().pushBlob('a/b', utf8('blob'));
    const lock = await acquireLock(folder, undefined);
    await writeFile(join(folder, LOCK), 'another');
    expect(await lock.held()).toBe(false);
    await lock.release();
    expect(await readFile(join(folder, LOCK), 'utf8')).toBe('another');
  });
});
