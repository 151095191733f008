import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { LOCK_NAME } from '../../../src/node/files/lock.ts';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { updateIndex, withEntry } from '../../../src/node/layout/index-json.ts';
import type { ImageIndex } from '../../../src/oci/documents.ts';
import { parseReference } from '../../../src/oci/index.ts';
import {
  bytesOf,
  collect,
  failure,
  INDEX,
  image,
  MANIFEST,
  notes,
  referrer,
  SIGNATURE,
  utf8,
} from '../../oci/support.ts';
import { sha256 } from '../../support/registry-server.ts';

const MIB = 1024 * 1024;

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
  directory = join(parent, 'layout');
});

afterEach(() => rm(parent, { recursive: true, force: true }));

function open() {
  return createImageLayout(directory).repository(parseReference('registry.example.com/team/app'));
}

describe('reading a directory that is not an image layout', () => {
  it('reports a missing directory', async () => {
    expect(await failure(open().resolve('v1'))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('oci-layout is missing'),
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('reports a file', async () => {
    await writeFile(directory, '');
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    expect(await failure(open().pushBlob('a/b', utf8('a')))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });

  it.each(['', '{', '{}', '[]', '{"imageLayoutVersion":"2.0.0"}', 'x'.repeat(65 * 1024)])(
    'says so of a directory with another file oci-layout (case %#)',
    async (content) => {
      await mkdir(directory);
      await writeFile(join(directory, 'oci-layout'), content);
      const { code } = await failure(open().resolve('v1'));
      expect(code).toBe(content.length > 65_536 ? 'ERR_LIMIT_EXCEEDED' : 'ERR_LAYOUT_INVALID');
    },
  );

  it.each([undefined, '', '{', '[]', '{"manifests":{}}', '{"manifests":[],"manifests":[]}'])(
    'says so if index.json is %j',
    async (content) => {
      await mkdir(directory);
      await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      if (content !== undefined) await writeFile(join(directory, 'index.json'), content);
      expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
    },
  );

  it('rejects an index.json larger than 4 MiB', async () => {
    await open().pushBlob('a/b', utf8('a'));
    await writeFile(join(directory, 'index.json'), Buffer.alloc(4 * MIB + 1, 0x20));
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });
});

describe('writers of one image layout', () => {
  it('lose no entry when they share one object', async () => {
    const repository = open();
    const subject = await repository.pushManifest(MANIFEST, bytesOf(image()));
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    await Promise.all(
      names.map((note) => repository.pushManifest(MANIFEST, bytesOf(referrer(subject, note)))),
    );
    expect((await notes(repository, subject)).sort()).toEqual(names.sort());
  });

  it('lose no entry when each has its own object, as in separate processes', async () => {
    const subject = await open().pushManifest(MANIFEST, bytesOf(image()));
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    await Promise.all(names.map((note) => open().pushManifest(MANIFEST, bytesOf(referrer(subject, note)))));
    expect((await notes(open(), subject)).sort()).toEqual(names.sort());
    expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('make one layout together', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `v${i}`);
    await Promise.all(names.map((tag) => open().pushManifest(MANIFEST, bytesOf(image(tag)), { tag })));
    for (const tag of names) await expect(open().resolve(tag)).resolves.toBeDefined();
  });

  it.each([0, 1, -1])('take over a lock that was left behind, dated %d days ahead', async (days) => {
    await open().pushBlob('a/b', utf8('blob'));
    await writeFile(join(directory, LOCK_NAME), 'gone');
    const date = new Date(Date.now() + days * 24 * 60 * 60 * 1000);
    await utimes(join(directory, LOCK_NAME), date, date);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => 20 * now());
    const names = Array.from({ length: 8 }, (_, i) => `v${i}`);
    await Promise.all(names.map((tag) => open().pushManifest(MANIFEST, bytesOf(image(tag)), { tag })));
    for (const tag of names) await expect(open().resolve(tag)).resolves.toBeDefined();
    expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('whose lock is taken over write on top of the changes of the other', async () => {
    const theirs = await open().pushManifest(MANIFEST, bytesOf(image('theirs')), { tag: 'theirs' });
    const ours = await open().pushManifest(MANIFEST, bytesOf(image('ours')));
    const written = await readFile(join(directory, 'index.json'));
    await writeFile(join(directory, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    let calls = 0;
    const change = (index: ImageIndex) => {
      if (calls++ === 0) {
        writeFileSync(join(directory, LOCK_NAME), 'another');
        writeFileSync(join(directory, 'index.json'), written);
        setTimeout(() => rmSync(join(directory, LOCK_NAME)), 30);
      }
      return withEntry(index, ours, 'ours');
    };
    await updateIndex(directory, change, undefined);
    expect(await open().resolve('theirs')).toEqual(theirs);
    expect(await open().resolve('ours')).toEqual(ours);
  });
});

async function settles(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(isNotationError(error), String(error)).toBe(true);
  }
}

describe('an index.json of any content', () => {
  it('is read or rejected with a code, and written to or rejected with a code', async () => {
    const subject = { mediaType: MANIFEST, digest: sha256(bytesOf(image())), size: bytesOf(image()).length };
    await mkdir(join(directory, 'blobs/sha256'), { recursive: true });
    await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const digests = [
      JSON.stringify(image()),
      JSON.stringify(referrer(subject)),
      '{}',
      'null',
      '{"manifests":[null]}',
    ].map((text) => ({ text, digest: sha256(text), size: text.length }));
    for (const { text, digest } of digests)
      await writeFile(join(directory, 'blobs/sha256', digest.slice(7)), text);
    const entry = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record(
        {
          mediaType: fc.constantFrom<unknown>(MANIFEST, INDEX, '', 1),
          digest: fc.oneof(
            fc.constantFrom(...digests.map(({ digest }) => digest)),
            fc.constant<unknown>(null),
          ),
          size: fc.oneof(fc.constantFrom(...digests.map(({ size }) => size)), fc.constant<unknown>(-1)),
          annotations: fc.oneof(
            fc.constantFrom<unknown>(null, [], 'v1', { 'org.opencontainers.image.ref.name': 1 }),
            fc.record({ 'org.opencontainers.image.ref.name': fc.constantFrom<unknown>('v1', 'v2', null) }),
          ),
        },
        { requiredKeys: [] },
      ),
    );
    const index = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.array(entry, { maxLength: 5 }).map((manifests) => JSON.stringify({ manifests })),
      },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)) },
    );
    await fc.assert(
      fc.asyncProperty(index, async (text) => {
        await writeFile(join(directory, 'index.json'), text);
        const repository = createImageLayout(directory).repository(
          parseReference('registry.example.com/app'),
        );
        await settles(() => repository.resolve('v1'));
        await settles(() => repository.resolve(subject.digest));
        await settles(() => collect(repository.referrers(subject, { artifactType: SIGNATURE })));
        await settles(() => repository.pushManifest(MANIFEST, bytesOf(image('new')), { tag: 'v1' }));
        await settles(() => repository.pushBlob('text/plain', utf8('a')));
      }),
      { numRuns: 80 },
    );
  });
});
