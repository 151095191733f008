import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateTestCertificate, generateTestChain, issueTestChain } from '../../src/testing/index.ts';
import { findChain, orderChain } from '../../src/x509/find-signing-chain.ts';
import { type Certificate, parseCertificate, parseCertificates } from '../../src/x509/index.ts';
import { forgeAuthority } from '../support/forge.ts';

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

  it('does not verify signatures without end where all certificates have one name and issue each other', async () => {
    const [one, two] = ['EC-256', 'EC-256'].map(() => forgeAuthority({ subject: 'Same', key: 'EC-256' }));
    if (!one || !two) throw new Error('nothing was forged');
    const crossed = Array.from({ length: 48 }, (_, i) => {
      const [issuer, { key }] = i % 2 === 0 ? [one, two] : [two, one];
      return parseCertificate(forgeAuthority({ subject: 'Same', key, issuer }).der);
    });
    await expect(orderChain(leafOf(crossed), crossed)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'too many of the certificates have the same name',
    });
  });

  it('refuses more certificates than anybody has', async () => {
    const bag = Array.from({ length: 101 }, () => leafOf(alone));
    await expect(orderChain(leafOf(alone), bag)).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });
});

describe('findChain', () => {
  it('goes by the public key', async () => {
    expect(await findChain([...other, ...chain], leafOf(chain).publicKey.spki)).toEqual(chain);
  });

  it('takes a certificate that was issued rather than a self-signed one of the same key', async () => {
    const spki = leafOf(alone).publicKey.spki;
    const { certificates } = await issueTestChain({ name: 'acme.example', publicKey: spki });
    const issued = parseCertificates(certificates);
    expect(await findChain([...alone, ...issued], spki)).toEqual(issued);
    expect(await findChain(alone, spki)).toEqual(alone);
  });

  it('says whom the certificates are of when none is for the key', async () => {
    await expect(findChain(chain, leafOf(alone).publicKey.spki)).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: expect.stringContaining('none of the 5 certificates is for the key: CN=acme.example'),
    });
  });
});
