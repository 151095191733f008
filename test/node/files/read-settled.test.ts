import { describe, expect, it } from 'vitest';
import { NotationError } from '../../../src/errors/index.ts';
import { isCutShort, readSettled } from '../../../src/node/files/read-settled.ts';

const fault = new NotationError('ERR_LAYOUT_INVALID', 'own');

/** Fails so many times, and then returns how often it was called. */
function failing(times: number): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw fault;
    return calls;
  };
}

describe('a read while another program writes', () => {
  it('is repeated until it succeeds', async () => {
    expect(await readSettled(failing(3), () => true)).toBe(4);
  });

  it('is repeated five times at most', async () => {
    expect(await readSettled(failing(5), () => true)).toBe(6);
    await expect(readSettled(failing(6), () => true)).rejects.toBe(fault);
  });

  it('is not repeated for a failure that stays', async () => {
    await expect(readSettled(failing(1), () => false)).rejects.toBe(fault);
  });
});

describe('a document', () => {
  const undecoded = new NotationError('ERR_ENCODING_INVALID', 'own');

  it('is cut short if it cannot be decoded, whatever the code of its layer', () => {
    expect(isCutShort(undecoded)).toBe(true);
    expect(isCutShort(new NotationError('ERR_LAYOUT_INVALID', 'own', { cause: undecoded }))).toBe(true);
  });

  it.each([fault, new Error('own', { cause: undecoded }), undefined])('is not cut short for %s', (error) => {
    expect(isCutShort(error)).toBe(false);
  });
});
