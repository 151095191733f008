import { describe, expect, it } from 'vitest';
import { algorithmForKey, signatureAlgorithms } from '../../src/crypto/algorithms.ts';
import { failure } from '../encoding/failure.ts';

describe('the table of algorithms', () => {
  it.each([
    ['RSA-2048', 'PS256', -37, 'SHA-256', 'RSASSA-PSS-SHA-256', 256],
    ['RSA-3072', 'PS384', -38, 'SHA-384', 'RSASSA-PSS-SHA-384', 384],
    ['RSA-4096', 'PS512', -39, 'SHA-512', 'RSASSA-PSS-SHA-512', 512],
    ['EC-256', 'ES256', -7, 'SHA-256', 'ECDSA-SHA-256', 64],
    ['EC-384', 'ES384', -35, 'SHA-384', 'ECDSA-SHA-384', 96],
    ['EC-521', 'ES512', -36, 'SHA-512', 'ECDSA-SHA-512', 132],
  ])('lets %s sign with %s', (key, name, cose, hash, plugin, signatureLength) => {
    expect(algorithmForKey(key)).toMatchObject({ keySpec: key, name, cose, hash, plugin, signatureLength });
  });

  it('has nothing else', () => {
    expect(signatureAlgorithms).toHaveLength(6);
  });

  it('salts RSA-PSS with as many bytes as the hash has', () => {
    const salts = signatureAlgorithms.flatMap(({ signParams }) =>
      'saltLength' in signParams ? [signParams.saltLength] : [],
    );
    expect(salts).toEqual([32, 48, 64]);
  });

  it.each(['RSA-1024', 'RSA-2056', 'RSA-8192', 'EC-224', 'Ed25519', '', 'toString', 'rsa-2048'])(
    'rejects %j',
    (key) => {
      expect(failure(() => algorithmForKey(key), 'ERR_ALGORITHM_UNSUPPORTED')).toBe(
        `a key of type "${key}" cannot sign`,
      );
    },
  );
});
