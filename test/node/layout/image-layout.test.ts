import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withBudget } from '../../../src/net/budget.ts';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { type Descriptor, type OperationOptions, parseReference } from '../../../src/oci/index.ts';
import {
  ARTIFACT,
  bytesOf,
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

const REF_NAME = 'org.opencontainers.image.ref.name';
const MISSING = `sha256:${'0'.repeat(64)}`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function open(path = directory, name = 'registry.example.com/team/app') {
  return createImageLayout(path).repository(parseReference(name));
}

/** Writes a blob by hand, as another program does. */
async function store(value: unknown, mediaType = MANIFEST): Promise<Descriptor> {
  const bytes = bytesOf(value);
  const digest = sha256(bytes);
  await mkdir(join(directory, 'blobs/sha256'), { recursive: true });
  await writeFile(join(directory, 'blobs/sha256', digest.slice(7)), bytes);
  return { mediaType, digest, size: bytes.length };
}

async function writeIndex(...manifests: unknown[]): Promise<void> {
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

async function readIndex(): Promise<{ manifests: (Descriptor & { platform?: unknown })[] }> {
  return JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'));
}

function tagged(descriptor: Descriptor, tag: string): Descriptor {
  return { ...descriptor, annotations: { [REF_NAME]: tag } };
}

describe('createImageLayout', () => {
  it.each(['', 'a\0b'])('rejects the path %j', (path) => {
    expect(() => createImageLayout(path)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }));
  });
});

describe('resolving in an image layout', () => {
  it('finds a tag', async () => {
    const descriptor = await store(image());
    await writeIndex(tagged(descriptor, 'v1'));
    expect(await open().resolve('v1')).toEqual(descriptor);
  });

  it('charges the bytes that it reads, and stops when they exceed the budget', async () => {
    const descriptor = await store(image());
    await writeIndex(tagged(descriptor, 'v1'));
    const within = (bytes: number, read: (options: OperationOptions) => Promise<unknown>) =>
      withBudget({ time: 60_000, requests: 1, bytes }, undefined, 'reading', (budget) =>
        read({ signal: budget.signal, budget }),
      );
    const { size } = descriptor;
    for (const target of ['v1', descriptor.digest]) {
      expect(await within(size, (options) => open().resolve(target, options))).toEqual(descriptor);
      const error = await failure(within(size - 1, (options) => open().resolve(target, options)));
      expect(error).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    }
    const reading = within(size - 1, (options) => open().fetchManifest(descriptor, options));
    expect(await failure(reading)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('finds the digest of an entry', async () => {
    const descriptor = await store(image());
    await writeIndex(descriptor);
    expect(await open().resolve(descriptor.digest)).toEqual(descriptor);
  });

  it('finds the digest of a manifest that declares no type in a nested index', async () => {
    const descriptor = await store({ ...image(), mediaType: undefined });
    const inner = await store({ schemaVersion: 2, manifests: [descriptor] }, INDEX);
    await writeIndex(await store({ schemaVersion: 2, manifests: [inner] }, INDEX));
    expect(await open().resolve(descriptor.digest)).toEqual(descriptor);
  });

  it('finds the digest of a manifest that no index lists', async () => {
    const descriptor = await store(image());
    await writeIndex();
    expect(await open().resolve(descriptor.digest)).toEqual(descriptor);
  });

  it('does not take a blob for a manifest', async () => {
    const { digest } = await store({ config: true });
    await writeIndex();
    expect(await failure(open().resolve(digest))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('says that a tag is missing', async () => {
    await writeIndex();
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await failure(open().resolve(MISSING))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('does not choose between several manifests under a tag', async () => {
    const manifests = [await store(image('amd64')), await store(image('arm64'))];
    await writeIndex(...manifests.map((descriptor) => tagged(descriptor, 'v1')));
    expect(await failure(open().resolve('v1'))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('several manifests'),
    });
  });

  it('has the name of any reference', async () => {
    const descriptor = await store(image());
    await writeIndex(tagged(descriptor, 'v1'));
    const repository = open(directory, 'local/layout');
    expect(repository.name).toBe('docker.io/local/layout');
    expect(await repository.resolve('v1')).toEqual(descriptor);
  });
});

describe('referrers in an image layout', () => {
  it('are found as notation writes them: as entries of the index', async () => {
    const subject = await store(image());
    await writeIndex(tagged(subject, 'v1'), await store(referrer(subject, 'a')));
    expect(await notes(open(), subject)).toEqual(['a']);
  });

  it('are returned once if the index also lists them under the fallback tag', async () => {
    const subject = await store(image());
    const signature = await store({ ...referrer(subject, 'old', ''), config: { mediaType: SIGNATURE } });
    const index = {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ ...signature, artifactType: SIGNATURE }],
    };
    const tag = subject.digest.replace(':', '-');
    await writeIndex(tagged(subject, 'v1'), signature, tagged(await store(index, INDEX), tag));
    expect(await notes(open(), subject)).toEqual(['old']);
  });

  it('are found if only the index under the fallback tag lists them', async () => {
    const subject = await store(image());
    const signature = await store(referrer(subject, 'a'));
    const index = await store({ schemaVersion: 2, mediaType: INDEX, manifests: [signature] }, INDEX);
    await writeIndex(subject, tagged(index, subject.digest.replace(':', '-')));
    expect(await notes(open(), subject)).toEqual(['a']);
  });

  it('may be retired artifact manifests', async () => {
    const subject = await store(image());
    const manifest = { mediaType: ARTIFACT, artifactType: SIGNATURE, subject, annotations: { note: 'x' } };
    await writeIndex(subject, await store(manifest, ARTIFACT));
    expect(await notes(open(), subject)).toEqual(['x']);
  });

  it('have the artifact type of their manifest, not that of the index', async () => {
    const subject = await store(image());
    const other = await store(referrer(subject, 'b', 'x/y'));
    await writeIndex(subject, { ...other, artifactType: SIGNATURE });
    expect(await notes(open(), subject)).toEqual([]);
  });

  it('name their subject by digest, size and type', async () => {
    const subject = await store(image());
    const wrong = await store(referrer({ ...subject, size: 1 }));
    await writeIndex(subject, wrong, await store(referrer({ ...subject, mediaType: INDEX })));
    expect(await notes(open(), subject)).toEqual([]);
  });

  it('are found even if others are missing, damaged or malformed', async () => {
    const subject = await store(image());
    const missing = { ...subject, digest: MISSING };
    const damaged = await store(referrer(subject, 'damaged'));
    await writeFile(join(directory, 'blobs/sha256', damaged.digest.slice(7)), '{}');
    const malformed = await store('text');
    const broken = await store('text', INDEX);
    const good = await store(referrer(subject, 'good'));
    await writeIndex(null, { digest: 'x' }, missing, damaged, malformed, broken, good);
    expect(await notes(open(), subject)).toEqual(['good']);
  });

  it('that are listed under the fallback tag and cannot be read are given, to be reported', async () => {
    const subject = await store(image());
    const lost = { ...subject, digest: MISSING, artifactType: SIGNATURE, annotations: { note: 'lost' } };
    const index = await store({ schemaVersion: 2, mediaType: INDEX, manifests: [lost] }, INDEX);
    await writeIndex(subject, tagged(index, subject.digest.replace(':', '-')));
    expect(await notes(open(), subject)).toEqual(['lost']);
  });

  it('are searched in indexes up to eight levels deep', async () => {
    const subject = await store(image());
    let inner = await store(referrer(subject, 'deep'));
    for (let depth = 0; depth < 12; depth++) {
      inner = await store(
        { schemaVersion: 2, manifests: [inner], annotations: { depth: `${depth}` } },
        INDEX,
      );
    }
    await writeIndex(inner);
    expect(await notes(open(), subject)).toEqual([]);
  });
});

describe('pushing to an image layout', () => {
  it('makes a layout of a missing directory', async () => {
    const path = join(directory, 'a/b');
    const descriptor = await open(path).pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await open(path).resolve('v1')).toEqual(descriptor);
    expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(JSON.parse(await readFile(join(path, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
  });

  it('stores blobs under their digest', async () => {
    const { digest } = await open().pushBlob('text/plain', utf8('blob'));
    expect(await readFile(join(directory, 'blobs/sha256', digest.slice(7)), 'utf8')).toBe('blob');
  });

  it('returns the pushed content', async () => {
    const blob = await open().pushBlob('text/plain', utf8('blob'));
    const manifest = await open().pushManifest(MANIFEST, bytesOf(image()));
    expect(await open().fetchBlob(blob, { maxBytes: 4 })).toEqual(utf8('blob'));
    expect(await open().fetchManifest(manifest)).toEqual(bytesOf(image()));
    expect(await open().resolve(manifest.digest)).toEqual(manifest);
  });

  it('lists a referrer as an entry with its type and annotations', async () => {
    const subject = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const pushed = await open().pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    const { manifests } = await readIndex();
    expect(manifests).toEqual([
      tagged(subject, 'v1'),
      { ...pushed, artifactType: SIGNATURE, annotations: { note: 'a' } },
    ]);
    expect(await notes(open(), subject)).toEqual(['a']);
  });

  it('does not let the annotations of a manifest take a tag', async () => {
    const subject = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    const hostile = { ...referrer(subject), annotations: { [REF_NAME]: 'v1' } };
    await open().pushManifest(MANIFEST, bytesOf(hostile));
    expect(await open().resolve('v1')).toEqual(subject);
  });

  it('moves a tag and keeps the manifest that had it', async () => {
    const first = await open().pushManifest(MANIFEST, bytesOf(image('a')), { tag: 'v1' });
    const second = await open().pushManifest(MANIFEST, bytesOf(image('b')), { tag: 'v1' });
    expect(await open().resolve('v1')).toEqual(second);
    expect((await readIndex()).manifests).toEqual([first, tagged(second, 'v1')]);
  });

  it('gives one manifest several tags', async () => {
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()));
    for (const tag of ['v1', 'v2', 'v2']) await open().pushManifest(MANIFEST, bytesOf(image()), { tag });
    expect((await readIndex()).manifests).toEqual([tagged(descriptor, 'v1'), tagged(descriptor, 'v2')]);
  });

  it('keeps the entries of others as they are', async () => {
    const theirs = { mediaType: 'x/y', digest: 'blake3:abc', size: 1, platform: { os: 'linux' }, extra: [1] };
    await writeIndex(theirs);
    await open().pushManifest(MANIFEST, bytesOf(image()));
    expect((await readIndex()).manifests[0]).toEqual(theirs);
  });

  it('replaces a damaged blob', async () => {
    const { digest } = await open().pushBlob('text/plain', utf8('blob'));
    await writeFile(join(directory, 'blobs/sha256', digest.slice(7)), 'evil');
    const descriptor = await open().pushBlob('text/plain', utf8('blob'));
    expect(await open().fetchBlob(descriptor, { maxBytes: 4 })).toEqual(utf8('blob'));
  });

  it('leaves nothing behind but the layout', async () => {
    await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await open().pushBlob('text/plain', utf8('blob'));
    expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('does not turn a directory with other files into a layout', async () => {
    await writeFile(join(directory, 'notes.txt'), 'mine');
    expect(await failure(open().pushBlob('text/plain', utf8('a')))).toMatchObject({
      code: 'ERR_LAYOUT_INVALID',
      message: expect.stringContaining('not empty'),
    });
    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  it('finishes a layout that was left unfinished', async () => {
    await mkdir(join(directory, 'blobs'));
    await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const descriptor = await open().pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await open().resolve('v1')).toEqual(descriptor);
  });

  it('does nothing with a signal that is aborted', async () => {
    const options = { signal: AbortSignal.abort() };
    expect(await failure(open().pushBlob('a/b', utf8('a'), options))).toMatchObject({ code: 'ERR_ABORTED' });
    expect(await readdir(directory)).toEqual([]);
  });
});
