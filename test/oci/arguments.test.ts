import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createImageLayout } from '../../src/node/layout/image-layout.ts';
import { createMemoryRegistry, parseReference, type Repository } from '../../src/oci/index.ts';
import { collect, connect, failure, MANIFEST } from './support.ts';

const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

const NAME = parseReference('registry.example.com/team/app');
const PLACES: Record<string, () => Promise<Repository>> = {
  'a registry': async () => (await connect()).repository,
  memory: async () => createMemoryRegistry().repository(NAME),
  'an image layout': async () => {
    const directory = await mkdtemp(join(tmpdir(), 'arguments-'));
    directories.push(directory);
    const repository = createImageLayout(directory).repository(NAME);
    await repository.pushBlob('text/plain', new Uint8Array(3));
    return repository;
  },
};
const descriptor = { mediaType: MANIFEST, digest: `sha256:${'0'.repeat(64)}`, size: 3 };

/** Calls it as a user of plain JavaScript does. */
function call(work: unknown, ...given: unknown[]): unknown {
  return (work as (...given: unknown[]) => unknown)(...given);
}

describe.each(Object.entries(PLACES))('%s, called without a required argument,', (_, place) => {
  it.each([undefined, {}, { maxBytes: '5' }, { maxBytes: Number.NaN }, { maxBytes: -1 }])(
    'reads no blob with the options %j',
    async (options) => {
      const { fetchBlob } = await place();
      expect(await failure(Promise.resolve(call(fetchBlob, descriptor, options)))).toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('maxBytes'),
      });
    },
  );

  it('streams no blob', async () => {
    const { fetchBlobStream } = await place();
    if (!fetchBlobStream) return;
    expect(() => call(fetchBlobStream, descriptor)).toThrow(/maxBytes/);
  });

  it.each([undefined, {}, { artifactType: 5 }])('lists no referrers with the options %j', async (options) => {
    const { referrers } = await place();
    const listed = call(referrers, descriptor, options) as AsyncIterable<unknown>;
    expect(await failure(collect(listed))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('artifactType'),
    });
  });
});
