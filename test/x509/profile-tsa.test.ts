import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { checkTsaCa, checkTsaLeaf } from '../../src/x509/profile.ts';
import { failure } from '../encoding/failure.ts';
import { extensions, type ForgedContent, forgeAuthority, purposes } from '../support/forge.ts';
import { forgeTimestampLeaf } from '../support/forge-timestamp.ts';

const { keyUsage, extendedKeyUsage, basicConstraints } = extensions;
const issuer = forgeAuthority();
const signs = keyUsage(['digitalSignature']);
const stamps = extendedKeyUsage([purposes.timeStamping], true);

const checkLeaf = (content: ForgedContent) =>
  checkTsaLeaf(parseCertificate(forgeTimestampLeaf({ issuer, ...content }).der));
const refusal = (content: ForgedContent) =>
  failure(() => checkLeaf(content), 'ERR_CERTIFICATE_CHAIN_INVALID');

describe('the leaf of a timestamping authority', () => {
  it.each([
    ['critical key usage', [signs, stamps]],
    ['key usage that is not critical', [keyUsage(['digitalSignature'], false), stamps]],
    ['non-repudiation as well', [keyUsage(['digitalSignature', 'nonRepudiation']), stamps]],
    ['basic constraints that say it is not a CA', [signs, stamps, basicConstraints({ ca: false })]],
  ])('may have %s', (_, list) => {
    checkLeaf({ extensions: list });
  });

  it.each([
    'keyEncipherment',
    'dataEncipherment',
    'keyAgreement',
    'keyCertSign',
    'cRLSign',
    'encipherOnly',
    'decipherOnly',
  ] as const)('must not have the key usage %s', (usage) => {
    expect(refusal({ extensions: [keyUsage(['digitalSignature', usage]), stamps] })).toContain(usage);
  });

  it.each([
    ['no key usage', [stamps], 'no key usage'],
    ['no key usage digitalSignature', [keyUsage(['nonRepudiation']), stamps], 'digitalSignature'],
    ['no extended key usage', [signs], 'timestamping'],
    ['another purpose', [signs, extendedKeyUsage([purposes.codeSigning], true)], 'timestamping'],
    ['any purpose', [signs, extendedKeyUsage([purposes.any], true)], 'timestamping'],
    [
      'another purpose as well',
      [signs, extendedKeyUsage([purposes.timeStamping, purposes.codeSigning], true)],
      'nothing else',
    ],
    [
      'the purpose twice',
      [signs, extendedKeyUsage([purposes.timeStamping, purposes.timeStamping], true)],
      'nothing else',
    ],
    [
      'an unknown purpose as well',
      [signs, extendedKeyUsage([purposes.timeStamping, '1.2.3'], true)],
      'nothing else',
    ],
    [
      'an extended key usage that is not critical',
      [signs, extendedKeyUsage([purposes.timeStamping], false)],
      'critical',
    ],
    ['the powers of a CA', [signs, stamps, basicConstraints({ ca: true })], 'CA'],
  ])('must not have %s', (_, list, words) => {
    expect(refusal({ extensions: list })).toContain(words);
  });

  it.each(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const)(
    'may have a key %s',
    (key) => {
      checkLeaf({ key });
    },
  );

  it.each(['RSA-1024', 'RSA-2056', 'Ed25519'] as const)('must not have a key %s', (key) => {
    expect(refusal({ key })).toContain('key');
  });
});

describe('a CA of a timestamping authority', () => {
  const ca = basicConstraints({ ca: true });
  const certifies = keyUsage(['keyCertSign']);
  const checkCa = (content: ForgedContent, below = 0) =>
    checkTsaCa(parseCertificate(forgeAuthority(content).der), below);

  it('need not have critical key usage', () => {
    checkCa({ extensions: [ca, certifies] });
    checkCa({ extensions: [ca, keyUsage(['keyCertSign'], false)] });
  });

  it.each([
    ['without key usage', [ca]],
    ['without the key usage keyCertSign', [ca, keyUsage(['cRLSign'])]],
    ['without basic constraints', [certifies]],
    ['with basic constraints that say that it is not a CA', [certifies, basicConstraints({ ca: false })]],
    ['with basic constraints that are not critical', [certifies, basicConstraints({ ca: true }, false)]],
  ])('is rejected %s', (_, list) => {
    failure(() => checkCa({ extensions: list }), 'ERR_CERTIFICATE_CHAIN_INVALID');
  });

  it('keeps to its path length', () => {
    const content = { extensions: [certifies, basicConstraints({ ca: true, pathLength: 1 })] };
    checkCa(content, 1);
    failure(() => checkCa(content, 2), 'ERR_CERTIFICATE_CHAIN_INVALID');
  });

  it.each(['RSA-2048', 'RSA-2056', 'EC-384'] as const)('may have a key %s', (key) => {
    checkCa({ key });
  });

  it.each(['RSA-1024', 'Ed25519'] as const)('must not have a key %s', (key) => {
    failure(() => checkCa({ key }), 'ERR_CERTIFICATE_CHAIN_INVALID');
  });
});
