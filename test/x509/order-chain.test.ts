import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateTestCertificate, generateTestChain } from '../../src/testing/index.ts';
import { type Certificate, parseCertificates } from '../../src/x509/index.ts';
import { findLeaf, orderChain } from '../../src/x509/order-chain.ts';

let chain: Certificate[];
let other: Certificate[];
let alone: Certificate[];

beforeAll(async () => {
  const [first, second, third] = await Promise.all([
    generateTestChain({ name: 'acme.example', keyType: 'EC-256', intermediates: 3 }),
    generateTestChain({ name: 'acme.example', keyType: 'EC-256' }),
    generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }),
  ]);
  chain = parseCertificates(first.certificates);
  other = parseCertificates(second.certificates);
  alone = parseCertificates(third.certificates);
});

const leafOf = ([leaf]: readonly Certificate[]): Certificate => {
  if (!leaf) throw new Error('there is no leaf');
  return leaf;
};

describe('orderChain', () => {
  it('finds the chain whatever the order, and whatever else there is, also of the same names', async () => {
    const bag = [...chain, ...other, ...alone];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(bag, { minLength: bag.length }), async (shuffled) => {
        expect(await orderChain(leafOf(chain), shuffled)).toEqual(chain);
      }),
      { numRuns: 20 },
    );
  });

  it('takes a self-signed certificate alone', async () => {
    expect(await orderChain(leafOf(alone), [...chain, ...alone])).toEqual(alone);
  });

  it('needs the leaf not to be in the bag', async () => {
    expect(await orderChain(leafOf(chain), chain.slice(1))).toEqual(chain);
  });

  it.each([1, 2, 3, 4])('names whose issuer is missing, number %i', async (missing) => {
    const bag = chain.filter((_, i) => i !== missing);
    const name = chain[missing - 1]?.subject.attributes.find(({ type }) => type === 'CN')?.value ?? '';
    await expect(orderChain(leafOf(chain), [...bag, ...other])).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining(`CN=${name}`),
    });
  });

  it('says what is wrong with a chain that is off the profile', async () => {
    const [, authority] = chain;
    await expect(orderChain(authority as Certificate, chain)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    });
  });

  it('refuses more certificates than anybody has', async () => {
    const bag = Array.from({ length: 101 }, () => leafOf(alone));
    await expect(orderChain(leafOf(alone), bag)).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });
});

describe('findLeaf', () => {
  it('goes by the public key', () => {
    expect(findLeaf([...other, ...chain], leafOf(chain).publicKey.spki)).toBe(chain[0]);
  });

  it('says whom the certificates are of when none is for the key', () => {
    expect(() => findLeaf(chain, leafOf(alone).publicKey.spki)).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_MISMATCH',
        message: expect.stringContaining('none of the 5 certificates is for the key: CN=acme.example'),
      }),
    );
  });
});
