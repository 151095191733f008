import { describe, expect, it } from 'vitest';
import { parseDistinguishedName } from '../../src/policy/distinguished-name.ts';
import { missingMandatoryAttributes, subjectIdentity } from '../../src/policy/subject-identity.ts';
import type { Dialect } from '../../src/policy/types.ts';
import { failure } from './documents.ts';

const attributes = (...pairs: [type: string, value: string][]) =>
  pairs.map(([type, value]) => ({ type, value }));

describe('the attributes that the specification requires', () => {
  it('may all be there', () => {
    expect(missingMandatoryAttributes(parseDistinguishedName('C=US, ST=WA, O=Acme'))).toEqual([]);
  });

  it('are named if they are missing', () => {
    expect(missingMandatoryAttributes(parseDistinguishedName('CN=a'))).toEqual(['C', 'ST', 'O']);
  });
});

describe('the subject of a certificate as an identity', () => {
  const acme = attributes(['C', 'US'], ['ST', 'WA'], ['O', 'Acme']);
  const refusal = (extra: [string, string][], dialect: Dialect = 'spec') =>
    failure(() => subjectIdentity([...acme, ...attributes(...extra)], dialect), 'ERR_IDENTITY_UNTRUSTED');

  it('has every attribute', () => {
    expect([...subjectIdentity(acme, 'spec').keys()]).toEqual(['C', 'ST', 'O']);
  });

  it('may have an empty attribute, which counts as missing', () => {
    expect(subjectIdentity([...acme, { type: 'OU', value: '' }], 'spec').has('OU')).toBe(false);
  });

  it.each([
    ['a type without a name in the reference', [['UID', '1']], 'has the attribute "UID"'],
    ['a repeated type', [['O', 'Other']], 'has more than one "O"'],
    ['a type repeated empty', [['O', '']], 'has more than one "O"'],
    ['a value that reads as an encoding', [['CN', 'a=#b']], 'has "=#" in "CN"'],
  ] as [string, [string, string][], string][])(
    'with %s is untrusted by the specification',
    (_, extra, reason) => {
      expect(refusal(extra)).toContain(reason);
    },
  );

  it.each(['C', 'ST', 'O'])('with an empty %s is untrusted by the specification', (type) => {
    const subject = acme.map((pair) => (pair.type === type ? { type, value: '' } : pair));
    const message = failure(() => subjectIdentity(subject, 'spec'), 'ERR_IDENTITY_UNTRUSTED');
    expect(message).toContain(`has no ${type}`);
    expect(message).toContain('"extended"');
  });

  it('keeps what is not ambiguous in the dialect extended', () => {
    const subject = attributes(
      ['UID', '1'],
      ['DC', 'example'],
      ['DC', 'com'],
      ['CN', 'a=#b'],
      ['OU', ''],
      ['OU', 'x'],
    );
    expect([...subjectIdentity(subject, 'extended')]).toEqual([
      ['UID', '1'],
      ['CN', 'a=#b'],
    ]);
  });

  it('shows a long subject shortened', () => {
    expect(refusal([['UID', 'x'.repeat(10_000)]]).length).toBeLessThan(700);
  });
});
