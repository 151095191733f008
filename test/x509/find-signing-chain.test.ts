import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateTestCertificate, generateTestChain, issueTestChain } from '../../src/testing/index.ts';
import { buildSigningChain, findSigningChain } from '../../src/x509/find-signing-chain.ts';
import { type Certificate, parseCertificate, parseCertificates } from '../../src/x509/index.ts';
import * as der from '../support/der.ts';
import { forgeAuthority, forgeLeaf } from '../support/forge.ts';

let chain: Certificate[];
let other: Certificate[];
let alone: Certificate[];

beforeAll(async () => {
  const [first, second, third] = await Promise.all([
    generateTestChain({ name: 'acme.example', keySpec: 'EC-256', intermediates: 3 }),
    generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }),
    generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }),
  ]);
  chain = parseCertificates(first.certificates);
  other = parseCertificates(second.certificates);
  alone = parseCertificates(third.certificates);
});

const first = <T>([one]: readonly T[]): T => {
  if (one === undefined) throw new Error('there is none');
  return one;
};

describe('buildSigningChain', () => {
  it('finds the chain in any order, among other certificates, also of the same names', async () => {
    const pool = [...chain, ...other, ...alone];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(pool, { minLength: pool.length }), async (shuffled) => {
        expect(await buildSigningChain(first(chain), shuffled)).toEqual(chain);
      }),
      { numRuns: 20 },
    );
  });

  it('takes a self-signed certificate alone', async () => {
    expect(await buildSigningChain(first(alone), [...chain, ...alone])).toEqual(alone);
  });

  it('needs the leaf not to be in the pool', async () => {
    expect(await buildSigningChain(first(chain), chain.slice(1))).toEqual(chain);
  });

  it.each([1, 2, 3, 4])('names whose issuer is missing, number %i', async (missing) => {
    const pool = chain.filter((_, i) => i !== missing);
    const name = chain[missing - 1]?.subject.attributes.find(({ type }) => type === 'CN')?.value ?? '';
    await expect(buildSigningChain(first(chain), [...pool, ...other])).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining(`CN=${name}`),
    });
  });

  it('says that an issuer in the pool has a key that is not supported', async () => {
    const root = parseCertificate(forgeAuthority({ subject: 'Old CA', key: 'Ed25519' }).der);
    const issuer = forgeAuthority({ subject: 'Old CA' });
    const leaf = parseCertificate(forgeLeaf({ issuer }).der);
    await expect(buildSigningChain(leaf, [root])).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining('has a key of type 1.3.101.112, which is not supported'),
    });
  });

  it('says that a certificate of the name of the issuer did not sign', async () => {
    const leaf = parseCertificate(forgeLeaf({ issuer: forgeAuthority({ subject: 'CA' }) }).der);
    const namesake = parseCertificate(forgeAuthority({ subject: 'CA' }).der);
    await expect(buildSigningChain(leaf, [namesake])).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringMatching(/whose signature was not made by ".*CN=CA.*"/),
    });
  });

  it('refuses to sign with a chain in which an issuer writes its name in another string type', async () => {
    const nameOf = (value: Uint8Array) => der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), value)));
    const issuer = forgeAuthority({ subject: nameOf(der.utf8String('CA')) });
    const leaf = forgeLeaf({ issuer, issuerName: nameOf(der.printableString('CA')) });
    const pool = [parseCertificate(issuer.der)];
    await expect(buildSigningChain(parseCertificate(leaf.der), pool)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining('writes its name in other string types'),
    });
  });

  it('says what is wrong with a chain that is off the profile', async () => {
    const [, authority] = chain;
    await expect(buildSigningChain(authority as Certificate, chain)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    });
  });

  it('does not verify signatures without end if all certificates have one name and issue each other', async () => {
    const [one, two] = ['EC-256', 'EC-256'].map(() => forgeAuthority({ subject: 'Same', key: 'EC-256' }));
    if (!one || !two) throw new Error('nothing was forged');
    const crossed = Array.from({ length: 48 }, (_, i) => {
      const [issuer, { key }] = i % 2 === 0 ? [one, two] : [two, one];
      return parseCertificate(forgeAuthority({ subject: 'Same', key, issuer }).der);
    });
    await expect(buildSigningChain(first(crossed), crossed)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'too many of the certificates have the same name',
    });
  });

  it('names the signature whose algorithm is not allowed if no other chain is found', async () => {
    const root = forgeAuthority({ subject: 'Root' });
    const old = forgeAuthority({ subject: 'Old', issuer: root, signature: { name: 'ECDSA', hash: 'SHA-1' } });
    const leaf = parseCertificate(forgeLeaf({ issuer: old }).der);
    const pool = [old, root].map(({ der }) => parseCertificate(der));
    await expect(buildSigningChain(leaf, pool)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining('SHA-1 with ECDSA'),
    });
    const renewed = forgeAuthority({ subject: 'Old', key: old.key, issuer: root });
    const found = await buildSigningChain(leaf, [...pool, parseCertificate(renewed.der)]);
    expect(found.map(({ der }) => der).slice(1)).toEqual([renewed.der, root.der]);
  });

  it('rejects a chain of more than 16 certificates', async () => {
    const line = [forgeAuthority({ subject: 'Root' })];
    while (line.length < 16) line.unshift(forgeAuthority({ subject: `${line.length}`, issuer: first(line) }));
    const leaf = parseCertificate(forgeLeaf({ issuer: first(line) }).der);
    const pool = line.map(({ der }) => parseCertificate(der));
    await expect(buildSigningChain(leaf, pool)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: 'the certificate chain is invalid: it has more than 16 certificates',
    });
  });

  it('rejects more certificates than anybody has', async () => {
    const pool = Array.from({ length: 101 }, () => first(alone));
    await expect(buildSigningChain(first(alone), pool)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
  });
});

describe('findSigningChain', () => {
  it('goes by the public key', async () => {
    expect(await findSigningChain([...other, ...chain], first(chain).publicKey.spki)).toEqual(chain);
  });

  it('takes a certificate that was issued rather than a self-signed one of the same key', async () => {
    const spki = first(alone).publicKey.spki;
    const { certificates } = await issueTestChain({ name: 'acme.example', publicKey: spki });
    const issued = parseCertificates(certificates);
    expect(await findSigningChain([...alone, ...issued], spki)).toEqual(issued);
    expect(await findSigningChain(alone, spki)).toEqual(alone);
  });

  it('names the subjects of the certificates when none is for the key', async () => {
    await expect(findSigningChain(chain, first(alone).publicKey.spki)).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: expect.stringContaining('none of the 5 certificates is for the key: CN=acme.example'),
    });
  });
});
