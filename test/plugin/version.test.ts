import fc from 'fast-check';
import { compare as compareBySemver, parse as parseBySemver } from 'semver';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion } from '../../src/plugin/version.ts';

/** In the order of Semantic Versioning 2.0.0, section 11, lowest first. */
const ORDERED = [
  '0.0.9',
  '1.0.0-0',
  '1.0.0-1',
  '1.0.0-10',
  '1.0.0-10.a',
  '1.0.0-A',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '1.9.0',
  '1.10.0',
  '2.0.0',
  '99999999999999999999.0.0',
];

function compare(a: string, b: string): number {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (!first || !second) throw new Error(`${a} or ${b} is not a version`);
  return Math.sign(compareVersions(first, second));
}

describe('versions of plugins', () => {
  it('are ordered as Semantic Versioning says, each against each', () => {
    for (const [i, a] of ORDERED.entries()) {
      for (const [j, b] of ORDERED.entries()) expect(compare(a, b), `${a} and ${b}`).toBe(Math.sign(i - j));
    }
  });

  it('have the same precedence whatever their build metadata', () => {
    expect(compare('1.0.0+a.1', '1.0.0+b')).toBe(0);
    expect(compare('1.0.0-rc.1+a', '1.0.0-rc.1')).toBe(0);
  });

  it.each([
    '',
    '1',
    '1.0',
    'v1.0.0',
    '01.0.0',
    '1.0.0-',
    '1.0.0-01',
    '1.0.0+',
    '1.0.0-a..b',
    '1.0.0 ',
    '1.0.0\n',
    '-1.0.0',
    `1.0.${'1'.repeat(300)}`,
  ])('are not %j', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  describe('compared with semver', () => {
    const number = fc.oneof(fc.nat(12).map(String), fc.constantFrom('00', '01', '9007199254740991'));
    const identifier = fc.oneof(number, fc.stringMatching(/^[0-9A-Za-z-]{1,4}$/), fc.constant(''));
    const identifiers = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((list) => list.join('.'));
    const version = fc
      .record({
        core: fc.array(number, { minLength: 2, maxLength: 4 }).map((numbers) => numbers.join('.')),
        prerelease: fc.option(identifiers, { nil: undefined }),
        build: fc.option(identifiers, { nil: undefined }),
      })
      .map(
        ({ core, prerelease, build }) =>
          core +
          (prerelease === undefined ? '' : `-${prerelease}`) +
          (build === undefined ? '' : `+${build}`),
      );

    it('are those that semver accepts, except for its leading "v" and spaces', () => {
      const text = fc.oneof(
        version,
        version.map((one) => `v${one}`),
        fc.string({ maxLength: 12 }),
      );
      const property = (one: string) => {
        const taken = parseBySemver(one) !== null && !/^v|\s/.test(one);
        expect(parseVersion(one) !== undefined, one).toBe(taken);
      };
      fc.assert(fc.property(text, property), { numRuns: 1000 });
    });

    it('are in the order of semver', () => {
      const valid = version.filter((one) => parseVersion(one) !== undefined);
      const property = (a: string, b: string) => {
        expect(compare(a, b)).toBe(compareBySemver(a, b));
      };
      fc.assert(fc.property(valid, valid, property), { numRuns: 1000 });
    });

    it('may have numbers beyond 2^53, which semver rejects and the plugins of the reference may have', () => {
      expect(parseBySemver('1.0.9007199254740992')).toBeNull();
      expect(compare('1.0.9007199254740993', '1.0.9007199254740992')).toBe(1);
    });
  });

  it('are distinguished from other strings in linear time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const version = parseVersion(text);
        if (version) expect(compareVersions(version, version)).toBe(0);
      }),
    );
  });
});
