import { describe, expect, it } from 'vitest';
import { createMemoryRegistry, parseReference } from '../../src/oci/index.ts';
import {
  ARTIFACT,
  bytesOf,
  collect,
  failure,
  image,
  MANIFEST,
  notes,
  referrer,
  SIGNATURE,
  utf8,
} from './support.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;

function open(registry = createMemoryRegistry(), name = 'registry.example.com/team/app') {
  return registry.repository(parseReference(name));
}

describe('a registry in memory', () => {
  it('gives what was pushed by tag and by digest', async () => {
    const repository = open();
    const descriptor = await repository.pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await repository.resolve('v1')).toEqual(descriptor);
    expect(await repository.resolve(descriptor.digest)).toEqual(descriptor);
    expect(await repository.fetchManifest(descriptor)).toEqual(bytesOf(image()));
  });

  it('gives blobs back', async () => {
    const repository = open();
    const descriptor = await repository.pushBlob('text/plain', utf8('blob'));
    expect(await repository.fetchBlob(descriptor, { maxBytes: 4 })).toEqual(utf8('blob'));
  });

  it('has one store for each name', async () => {
    const registry = createMemoryRegistry();
    await open(registry).pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    await expect(open(registry).resolve('v1')).resolves.toBeDefined();
    expect(await failure(open(registry, 'registry.example.com/other').resolve('v1'))).toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('names repositories as registry scopes do', () => {
    expect(open(undefined, 'alpine').name).toBe('docker.io/library/alpine');
  });

  it('moves a tag to what was pushed last', async () => {
    const repository = open();
    await repository.pushManifest(MANIFEST, bytesOf(image('a')), { tag: 'v1' });
    const last = await repository.pushManifest(MANIFEST, bytesOf(image('b')), { tag: 'v1' });
    expect(await repository.resolve('v1')).toEqual(last);
  });

  it('keeps its content when the bytes of its users change', async () => {
    const repository = open();
    const bytes = utf8('blob');
    const descriptor = await repository.pushBlob('text/plain', bytes);
    bytes.fill(0);
    (await repository.fetchBlob(descriptor, { maxBytes: 4 })).fill(0);
    expect(await repository.fetchBlob(descriptor, { maxBytes: 4 })).toEqual(utf8('blob'));
  });

  it('lists referrers of one type in the order they were pushed', async () => {
    const repository = open();
    const subject = await repository.pushManifest(MANIFEST, bytesOf(image()));
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'b', 'x/y')));
    const old = { ...referrer(subject, 'c', ''), config: { mediaType: SIGNATURE } };
    await repository.pushManifest(MANIFEST, bytesOf(old));
    const retired = { mediaType: ARTIFACT, artifactType: SIGNATURE, subject, annotations: { note: 'd' } };
    await repository.pushManifest(ARTIFACT, bytesOf(retired));
    expect(await notes(repository, subject)).toEqual(['a', 'c', 'd']);
  });

  it('lists a referrer that was pushed before its subject', async () => {
    const repository = open();
    const subject = await open().pushManifest(MANIFEST, bytesOf(image()));
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('does not list what names a subject of another size or type', async () => {
    const repository = open();
    const subject = await repository.pushManifest(MANIFEST, bytesOf(image()));
    await repository.pushManifest(MANIFEST, bytesOf(referrer({ ...subject, size: 1 })));
    await repository.pushManifest(MANIFEST, bytesOf(referrer({ ...subject, mediaType: ARTIFACT })));
    expect(await collect(repository.referrers(subject, { artifactType: SIGNATURE }))).toEqual([]);
  });

  it.each([
    ['another size', { size: 3 }, 'ERR_CONTENT_MISMATCH'],
    ['another digest', { digest: MISSING }, 'ERR_NOT_FOUND'],
    ['a malformed digest', { digest: 'sha256:a' }, 'ERR_DESCRIPTOR_INVALID'],
    ['a size over the limit', { size: 5 }, 'ERR_LIMIT_EXCEEDED'],
  ])('gives no blob for %s', async (_, change, code) => {
    const repository = open();
    const descriptor = await repository.pushBlob('text/plain', utf8('blob'));
    expect(await failure(repository.fetchBlob({ ...descriptor, ...change }, { maxBytes: 4 }))).toMatchObject({
      code,
    });
  });

  it.each([
    ['another size', { size: 3 }, 'ERR_CONTENT_MISMATCH'],
    ['another type', { mediaType: ARTIFACT }, 'ERR_CONTENT_MISMATCH'],
    ['a size over the limit', { size: 4 * 1024 * 1024 + 1 }, 'ERR_LIMIT_EXCEEDED'],
  ])('gives no manifest for %s', async (_, change, code) => {
    const repository = open();
    const descriptor = await repository.pushManifest(MANIFEST, bytesOf(image()));
    expect(await failure(repository.fetchManifest({ ...descriptor, ...change }))).toMatchObject({ code });
  });

  it.each([
    ['text/plain', bytesOf({}), undefined, 'ERR_ARGUMENT_INVALID'],
    [MANIFEST, utf8('{'), undefined, 'ERR_MANIFEST_INVALID'],
    [MANIFEST, bytesOf({ mediaType: ARTIFACT }), undefined, 'ERR_MANIFEST_INVALID'],
    [MANIFEST, bytesOf({ subject: { digest: 'x' } }), undefined, 'ERR_MANIFEST_INVALID'],
    [MANIFEST, new Uint8Array(4 * 1024 * 1024 + 1), undefined, 'ERR_LIMIT_EXCEEDED'],
    [MANIFEST, bytesOf({}), 'not a tag', 'ERR_REFERENCE_INVALID'],
  ])(
    'does not store a manifest that no reader would take (%s, case %#)',
    async (mediaType, bytes, tag, code) => {
      const options = tag === undefined ? {} : { tag };
      expect(await failure(open().pushManifest(mediaType, bytes, options))).toMatchObject({ code });
    },
  );

  it('does nothing with a signal that is aborted', async () => {
    const repository = open();
    const signal = AbortSignal.abort();
    expect(await failure(repository.pushBlob('text/plain', utf8('a'), { signal }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    expect(await failure(repository.resolve('v1', { signal }))).toMatchObject({ code: 'ERR_ABORTED' });
  });
});
