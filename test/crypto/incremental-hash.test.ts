import { afterEach, describe, expect, it, vi } from 'vitest';
import { hash } from '../../src/crypto/digest.ts';
import { createIncrementalHash } from '../../src/crypto/incremental-hash.ts';

const HASHES = [
  ['sha256', 'SHA-256'],
  ['sha384', 'SHA-384'],
  ['sha512', 'SHA-512'],
] as const;

const bytes = new Uint8Array(200_000).map((_, i) => i * 31);

async function hashInParts(algorithm: (typeof HASHES)[number][0]): Promise<Uint8Array> {
  const hash = await createIncrementalHash(algorithm);
  for (const [from, to] of [
    [0, 1],
    [1, 64],
    [64, 64],
    [64, 70_001],
    [70_001, bytes.length],
  ]) {
    hash.update(bytes.subarray(from, to));
  }
  return new Uint8Array(await hash.digest());
}

/** The global `process` with another way to load modules; other code may need the rest of it. */
function processWith(getBuiltinModule: unknown): object {
  return Object.create(globalThis.process ?? {}, { getBuiltinModule: { value: getBuiltinModule } });
}

afterEach(() => vi.unstubAllGlobals());

describe('createIncrementalHash', () => {
  it.each(HASHES)(
    'gives with the modules of the runtime what WebCrypto gives: %s',
    async (algorithm, name) => {
      expect(await hashInParts(algorithm)).toEqual(await hash(name, bytes));
    },
  );

  it.each(HASHES)(
    'gives without modules of the runtime what WebCrypto gives: %s',
    async (algorithm, name) => {
      vi.stubGlobal('process', processWith(undefined));
      expect(await hashInParts(algorithm)).toEqual(await hash(name, bytes));
    },
  );

  it('is not misled by another global named process', async () => {
    const failing = () => {
      throw new Error('no such module');
    };
    vi.stubGlobal('process', processWith(failing));
    expect(await hashInParts('sha256')).toEqual(await hash('SHA-256', bytes));
  });
});
