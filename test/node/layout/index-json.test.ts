import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { parseReference } from '../../../src/oci/index.ts';
import { bytesOf, collect, INDEX, image, MANIFEST, referrer, SIGNATURE, utf8 } from '../../oci/support.ts';
import { sha256 } from '../../support/registry-server.ts';

async function settles(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(isNotationError(error), String(error)).toBe(true);
  }
}

describe('an index.json, whatever it holds,', () => {
  it('is read or refused with a code, and written to or refused with a code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'notarykit-layout-'));
    const subject = { mediaType: MANIFEST, digest: sha256(bytesOf(image())), size: bytesOf(image()).length };
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const digests = [
      JSON.stringify(image()),
      JSON.stringify(referrer(subject)),
      '{}',
      'null',
      '{"manifests":[null]}',
    ].map((text) => ({ text, digest: sha256(text), size: text.length }));
    for (const { text, digest } of digests)
      await writeFile(join(folder, 'blobs/sha256', digest.slice(7)), text);
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
        await writeFile(join(folder, 'index.json'), text);
        const repository = createImageLayout(folder).repository(parseReference('registry.example.com/app'));
        await settles(() => repository.resolve('v1'));
        await settles(() => repository.resolve(subject.digest));
        await settles(() => collect(repository.referrers(subject, { artifactType: SIGNATURE })));
        await settles(() => repository.pushManifest(MANIFEST, bytesOf(image('new')), { tag: 'v1' }));
        await settles(() => repository.pushBlob('text/plain', utf8('a')));
      }),
      { numRuns: 80 },
    );
    await rm(folder, { recursive: true });
  });
});
