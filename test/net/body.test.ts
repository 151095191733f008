import { describe, expect, it } from 'vitest';
import { readAtMost } from '../../src/net/body.ts';

const MIB = 1024 * 1024;
const CHUNK = 60_000;

function bodyOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(offset, offset + CHUNK));
      offset += CHUNK;
    },
  });
}

function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

describe('a body', () => {
  const sizes = [0, 1, CHUNK, MIB - 1, MIB, MIB + 1, 3 * MIB, 4 * MIB];

  it.each(sizes.flatMap((size) => [0, 10, size, 4 * MIB].map((expected) => [size, expected])))(
    'of %i bytes is read whole if %i are expected',
    async (size, expected) => {
      const bytes = sample(size);
      const { signal } = new AbortController();
      const lengths: number[] = [];
      const read = await readAtMost(bodyOf(bytes), {
        maxBytes: 4 * MIB,
        signal,
        expected,
        onLength: (length) => lengths.push(length),
      });
      expect(Buffer.compare(read, bytes)).toBe(0);
      expect(lengths.at(-1) ?? 0).toBe(size);
    },
  );

  it.each([0, 10, 2 * MIB])(
    'that exceeds the limit is cut off one byte after it if %i are expected',
    async (expected) => {
      const { signal } = new AbortController();
      const read = await readAtMost(bodyOf(sample(3 * MIB)), { maxBytes: 2 * MIB, signal, expected });
      expect(read.length).toBe(2 * MIB + 1);
    },
  );

  it('may have a limit of more bytes than can be allocated', async () => {
    const { signal } = new AbortController();
    const bytes = sample(2 * MIB);
    const read = await readAtMost(bodyOf(bytes), { maxBytes: 2 ** 40, signal, expected: 0 });
    expect(Buffer.compare(read, bytes)).toBe(0);
  });
});
