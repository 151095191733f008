import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { digestOf, hash, matchesDigest } from '../../src/crypto/digest.ts';
import { subtle } from '../../src/crypto/subtle.ts';
import { ownBytes } from '../../src/encoding/bytes.ts';
import { failure, rejection } from '../encoding/failure.ts';

const hello = new TextEncoder().encode('hello');

afterEach(() => vi.unstubAllGlobals());

describe('a digest', () => {
  it.each(['sha256', 'sha384', 'sha512'] as const)('is computed with %s', async (algorithm) => {
    const expected = createHash(algorithm).update(hello).digest('hex');
    expect(await digestOf(hello, algorithm)).toBe(`${algorithm}:${expected}`);
  });

  it('is SHA-256 unless another algorithm is given', async () => {
    expect(await digestOf(hello)).toMatch(/^sha256:2cf24dba/);
  });

  it('matches the bytes it was computed from only', async () => {
    const digest = await digestOf(hello, 'sha512');
    expect(await matchesDigest(hello, digest)).toBe(true);
    expect(await matchesDigest(hello.subarray(1), digest)).toBe(false);
  });

  it('is an error, not a mismatch, when malformed', async () => {
    expect(await rejection(matchesDigest(hello, 'sha256:00'), 'ERR_DESCRIPTOR_INVALID')).toContain(
      '"sha256:00" is not a digest',
    );
  });
});

describe('WebCrypto', () => {
  it('is looked up at each use', () => {
    const provider = { subtle: {} };
    vi.stubGlobal('crypto', provider);
    expect(subtle()).toBe(provider.subtle);
  });

  it.each([undefined, {}])('is reported as missing with its own code: %j', (provider) => {
    vi.stubGlobal('crypto', provider);
    expect(failure(() => subtle(), 'ERR_RUNTIME_UNSUPPORTED')).toContain(
      'this runtime has no globalThis.crypto.subtle',
    );
  });

  it('is given a copy of shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5));
    shared.set(hello);
    expect(ownBytes(shared).buffer).toBeInstanceOf(ArrayBuffer);
    expect(await hash('SHA-256', shared)).toEqual(await hash('SHA-256', hello));
  });

  it('is given other bytes as they are', () => {
    expect(ownBytes(hello)).toBe(hello);
  });
});
