import { describe, expect, it } from 'vitest';
import { isDigest, parseDigest } from '../../src/encoding/digest.ts';
import { failure } from './failure.ts';

describe('a digest', () => {
  it.each([
    ['sha256', 64],
    ['sha384', 96],
    ['sha512', 128],
  ])('of %s has %i digits', (algorithm, length) => {
    const hex = 'a'.repeat(length);
    expect(parseDigest(`${algorithm}:${hex}`)).toEqual({ algorithm, hex });
    expect(isDigest(`${algorithm}:${hex}`)).toBe(true);
  });

  it.each([
    ['', 'nothing'],
    [`sha256:${'a'.repeat(63)}`, 'too short'],
    [`sha256:${'a'.repeat(65)}`, 'too long'],
    [`sha384:${'a'.repeat(64)}`, 'of another length'],
    [`sha256:${'A'.repeat(64)}`, 'upper case'],
    [`SHA256:${'a'.repeat(64)}`, 'upper case algorithm'],
    [`sha256:${'g'.repeat(64)}`, 'not hexadecimal'],
    [`sha1:${'a'.repeat(40)}`, 'a broken algorithm'],
    [`md5:${'a'.repeat(32)}`, 'a broken algorithm'],
    [`toString:${'a'.repeat(64)}`, 'an inherited name'],
    [`sha256:${'a'.repeat(64)}\n`, 'a line feed'],
    [`../sha256:${'a'.repeat(64)}`, 'a path'],
    [`${'sha256:'.repeat(1000)}`, 'long nonsense'],
  ])('is rejected: %s (%s)', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(failure(() => parseDigest(text), 'ERR_DESCRIPTOR_INVALID').length).toBeLessThan(300);
  });
});
