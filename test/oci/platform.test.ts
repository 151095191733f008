import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPlatform, type Platform, parsePlatform, suitability } from '../../src/oci/platform.ts';

function parsed(text: string): Platform {
  const platform = parsePlatform(text);
  if (!platform) throw new Error(`${text} is malformed`);
  return platform;
}

/** The platforms that a platform runs, the most suitable first. */
function preferred(wanted: string, offered: readonly string[]): string[] {
  return offered
    .flatMap((text) => {
      const rank = suitability(parsed(wanted), parsed(text));
      return rank === undefined ? [] : [{ text, rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ text }) => text);
}

const OFFERED = [
  'linux/386',
  'linux/amd64',
  'linux/amd64/v3',
  'linux/amd64/v2',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/arm/v8',
  'linux/arm64',
  'linux/arm64/v8.2',
  'linux/arm64/v9',
  'linux/s390x',
  'windows/amd64',
  'unknown/unknown',
];

describe('the name of a platform', () => {
  it.each(['linux/arm64', 'linux/arm/v7', 'windows/amd64'])('is read and written: %s', (text) => {
    expect(formatPlatform(parsed(text))).toBe(text);
  });

  it.each([
    '',
    'linux',
    'linux/',
    '/arm64',
    'linux/arm/v7/x',
    'linux/arm/',
    'linux /arm64',
    'linux/*',
    'all',
  ])('is malformed: "%s"', (text) => {
    expect(parsePlatform(text)).toBeUndefined();
  });

  it('is either malformed or written back unchanged', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (os, architecture) => {
        const text = `${os}/${architecture}`;
        const platform = parsePlatform(text);
        expect(platform === undefined || formatPlatform(platform) === text).toBe(true);
      }),
    );
  });
});

// The expectations are the results of platforms.Only of github.com/containerd/platforms 1.0.0-rc.4.
describe('the suitability of an image for a platform', () => {
  it.each([
    ['linux/arm/v7', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm/v6', ['linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm64', ['linux/arm64', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    [
      'linux/arm64/v9',
      [
        'linux/arm64/v9',
        'linux/arm64/v8.2',
        'linux/arm64',
        'linux/arm/v8',
        'linux/arm/v7',
        'linux/arm/v6',
        'linux/arm/v5',
      ],
    ],
    ['linux/arm64/v10', []],
    ['linux/amd64', ['linux/amd64', 'linux/386']],
    ['linux/amd64/v2', ['linux/amd64/v2', 'linux/amd64', 'linux/386']],
    ['linux/386', ['linux/386']],
    ['linux/s390x', ['linux/s390x']],
    ['linux/riscv64', []],
    ['windows/amd64', ['windows/amd64']],
  ])('orders what %s runs as containerd does', (wanted, expected) => {
    expect(preferred(wanted, OFFERED)).toEqual(expected);
  });

  it.each([
    ['linux/aarch64', 'linux/arm64/v8'],
    ['linux/x86_64', 'Linux/amd64/v1'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/armhf', 'linux/arm/7'],
    ['linux/i386', 'linux/386'],
  ])('knows other names: %s is %s', (wanted, offered) => {
    expect(suitability(parsed(wanted), parsed(offered))).toBe(0);
  });

  it.each(['unknown/unknown', 'linux/unknown', 'unknown/amd64'])('does not exist for %s', (text) => {
    expect(suitability(parsed(text), parsed(text))).toBeUndefined();
  });

  it('does not exist for an image that needs features of its operating system', () => {
    const needs = (text: string, ...osFeatures: string[]) =>
      suitability(parsed(text), { ...parsed(text), osFeatures });
    expect(needs('linux/amd64', 'sandbox')).toBeUndefined();
    expect(needs('windows/amd64', 'win32k', 'sandbox')).toBeUndefined();
    expect(needs('windows/amd64', 'win32k')).toBe(0);
  });
});
