import { describe, expect, it } from 'vitest';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { checkSigningChain, checkValidAt, findInvalidAt } from '../../src/x509/chain.ts';
import { failure, rejection } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedContent,
  type ForgedKeyType,
  type ForgedSignature,
  forgeAuthority,
  forgeCertificate,
  forgeChain,
  forgeKey,
  forgeLeaf,
  purposes,
  writtenOtherwise,
} from '../support/forge.ts';

const parsed = (certificates: readonly Forged[]): Certificate[] =>
  certificates.map((certificate) => parseCertificate(certificate.der));
const accept = (...certificates: Forged[]) => checkSigningChain(parsed(certificates));
const refuse = (...certificates: Forged[]) =>
  rejection(checkSigningChain(parsed(certificates)), 'ERR_CERTIFICATE_CHAIN_INVALID');
const { basicConstraints, keyUsage, extendedKeyUsage, of } = extensions;

describe('a signing chain', () => {
  it.each([0, 1, 2, 14])('may have %i intermediates', async (count) => {
    const intermediates = Array.from({ length: count }, () => ({}));
    await accept(...forgeChain({ intermediates }).chain);
  });

  it('may be a single self-signed leaf', async () => {
    await accept(forgeLeaf());
  });

  it('may name its issuers in other string types, letters and spaces', async () => {
    const { chain } = forgeChain({
      root: { subject: 'Root CA' },
      intermediates: [{ subject: 'Middle CA', issuerName: writtenOtherwise('ROOT CA') }],
      leaf: { issuerName: writtenOtherwise('middle CA') },
    });
    await accept(...chain);
  });

  it('is rejected when empty', async () => {
    expect(await refuse()).toContain('no certificate');
  });

  it('is rejected with more than 16 certificates', async () => {
    const intermediates = Array.from({ length: 15 }, () => ({}));
    expect(await refuse(...forgeChain({ intermediates }).chain)).toContain('17');
  });

  it('is rejected without its root', async () => {
    const { chain } = forgeChain({ intermediates: [{}] });
    expect(await refuse(...chain.slice(0, -1))).toContain('not a self-signed root');
  });

  it('is rejected when a single leaf was issued by another', async () => {
    expect(await refuse(forgeChain().leaf)).toContain('not a self-signed root');
  });

  it('is rejected in the wrong order', async () => {
    const { chain } = forgeChain({ intermediates: [{}] });
    await refuse(...[...chain].reverse());
    const [leaf, intermediate, root] = chain as [Forged, Forged, Forged];
    await refuse(leaf, root, intermediate);
  });

  it('is rejected with a certificate between that issued nothing', async () => {
    const { leaf, root } = forgeChain();
    const stranger = forgeAuthority({ issuer: root });
    expect(await refuse(leaf, stranger, root)).toContain('not issued by');
  });

  it('is rejected with a certificate after its root', async () => {
    const { leaf, root } = forgeChain();
    expect(await refuse(leaf, root, forgeAuthority())).toContain('is self-signed, but is not its last');
  });

  it('is rejected with its root twice', async () => {
    const { leaf, root } = forgeChain();
    expect(await refuse(leaf, root, root)).toContain('is self-signed, but is not its last');
  });

  it('is rejected with a self-signed leaf that its root has signed the key of', async () => {
    const key = forgeKey('EC-256', 'shared');
    const leaf = forgeLeaf({ key, subject: 'same' });
    expect(await refuse(leaf, forgeAuthority({ key, subject: 'same' }))).toContain('self-signed');
  });

  it('may have a leaf with the name of its root', async () => {
    await accept(...forgeChain({ leaf: { subject: 'same' }, root: { subject: 'same' } }).chain);
  });

  it('is rejected when the names do not follow one another', async () => {
    const { leaf, root } = forgeChain({ leaf: { issuerName: 'Another Root' } });
    expect(await refuse(leaf, root)).toContain('not issued by');
  });

  it('is rejected when the name is right and the key is not', async () => {
    const { leaf, root } = forgeChain({ leaf: { signingKey: forgeKey('EC-256', 'stranger') } });
    expect(await refuse(leaf, root)).toContain('not issued by');
  });

  it('is rejected when a signature is corrupt', async () => {
    await refuse(...forgeChain({ leaf: { corruptSignature: true } }).chain);
    await refuse(...forgeChain({ root: { corruptSignature: true } }).chain);
    await refuse(...forgeChain({ intermediates: [{ corruptSignature: true }] }).chain);
  });

  it('is rejected when its root is self-issued only', async () => {
    const { leaf, root } = forgeChain({ root: { signingKey: forgeKey('EC-256', 'stranger') } });
    expect(await refuse(leaf, root)).toContain('not a self-signed root');
  });

  it('is rejected for the first fault in its order, not the first one that is found', async () => {
    const { chain } = forgeChain({ intermediates: [{ corruptSignature: true }, { corruptSignature: true }] });
    const messages = await Promise.all([1, 2, 3, 4].map(() => refuse(...chain)));
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toContain('"CN=Forged Intermediate 2');
  });

  it('does not require that validities nest', async () => {
    const root = { notBefore: new Date('2024-01-01'), notAfter: new Date('2024-02-01') };
    await accept(...forgeChain({ root }).chain);
  });

  it('names long subjects in a message of bounded length', async () => {
    const subject = [['CN', 'x'.repeat(20_000)]] as const;
    expect((await refuse(forgeLeaf({ subject, extensions: [] }))).length).toBeLessThan(500);
  });
});

describe('the signature on a certificate', () => {
  const chainOf = (key: ForgedKeyType, signature: ForgedSignature) =>
    forgeChain({ root: { key, signature }, intermediates: [{ key, signature }], leaf: { signature } }).chain;
  const hashes = ['SHA-256', 'SHA-384', 'SHA-512'] as const;

  it.each(hashes.flatMap((hash) => [['RSASSA-PKCS1-v1_5', hash] as const, ['RSA-PSS', hash] as const]))(
    'may be made by RSA with %s and %s',
    async (name, hash) => {
      await accept(...chainOf('RSA-2048', { name, hash }));
    },
  );

  it.each(
    (['EC-256', 'EC-384', 'EC-521'] as const).flatMap((key) => hashes.map((hash) => [key, hash] as const)),
  )('may be made by %s with ECDSA and %s', async (key, hash) => {
    await accept(...chainOf(key, { name: 'ECDSA', hash }));
  });

  it.each<[ForgedKeyType, ForgedSignature, string]>([
    ['RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }, 'SHA-1 with RSA'],
    ['RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'MD5' }, 'MD5 with RSA'],
    ['EC-256', { name: 'ECDSA', hash: 'SHA-1' }, 'SHA-1 with ECDSA'],
    ['RSA-2048', { name: 'RSA-PSS', hash: 'SHA-1' }, 'RSA-PSS with unusual parameters'],
    ['RSA-2048', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 20 }, 'RSA-PSS with unusual parameters'],
  ])('must not be made by %s with %j', async (key, signature, reason) => {
    expect(await refuse(...forgeChain({ root: { key }, leaf: { signature } }).chain)).toContain(reason);
  });

  it('must not be made with SHA-1 by a root on itself either', async () => {
    const root = { key: 'RSA-2048', signature: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } } as const;
    const leaf = { signature: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } } as const;
    expect(await refuse(...forgeChain({ root, leaf }).chain)).toContain('SHA-1 with RSA');
  });

  it('must not be made by Ed25519', async () => {
    expect(await refuse(...forgeChain({ root: { key: 'Ed25519' } }).chain)).toContain('not allowed');
  });

  it('must fit the kind of the key', async () => {
    const signature = { name: 'ECDSA', hash: 'SHA-256' } as const;
    const root = forgeAuthority({ key: 'RSA-2048' });
    const leaf = forgeLeaf({ issuer: root, signingKey: forgeKey('EC-256'), signature });
    expect(await refuse(leaf, root)).toContain('not issued by');
  });

  const ecdsa = (...integers: Uint8Array[]) => der.sequence(...integers);
  const negative = der.integer(Uint8Array.of(0xff));
  it.each([
    ['a negative number', ecdsa(negative, negative)],
    ['numbers longer than the curve', ecdsa(der.integer(new Uint8Array(40).fill(1)), der.integer(1))],
    ['zeros', ecdsa(der.integer(0), der.integer(0))],
  ])('must not be ECDSA of %s', async (_, signature) => {
    const { leaf, root } = forgeChain();
    const [certificate, issuer] = parsed([leaf, root]) as [Certificate, Certificate];
    await rejection(
      checkSigningChain([{ ...certificate, signature }, issuer]),
      'ERR_CERTIFICATE_CHAIN_INVALID',
    );
  });

  it.each([
    ['one number', ecdsa(der.integer(1))],
    ['three numbers', ecdsa(der.integer(1), der.integer(1), der.integer(1))],
    ['two numbers and an byte more', der.concat([ecdsa(der.integer(1), der.integer(1)), Uint8Array.of(0)])],
    ['raw bytes', new Uint8Array(64)],
    ['nothing', new Uint8Array()],
  ])('must not be ECDSA of %s', async (_, signature) => {
    const { leaf, root } = forgeChain();
    const [certificate, issuer] = parsed([leaf, root]) as [Certificate, Certificate];
    await rejection(checkSigningChain([{ ...certificate, signature }, issuer]), 'ERR_CERTIFICATE_INVALID');
  });

  it('is not checked with a point that is not on the curve', async () => {
    const { leaf, root } = forgeChain();
    const [certificate, issuer] = parsed([leaf, root]) as [Certificate, Certificate];
    const spki = issuer.publicKey.spki.slice();
    spki.fill(1, -64);
    const broken = { ...issuer, publicKey: { ...issuer.publicKey, spki } };
    await rejection(checkSigningChain([certificate, broken]), 'ERR_CERTIFICATE_INVALID');
  });
});

describe('a signing leaf', () => {
  const leaf = (...list: Uint8Array[]) => forgeLeaf({ extensions: list });
  const usage = keyUsage(['digitalSignature']);

  it.each(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const)(
    'may have a key of the kind %s',
    async (key) => {
      await accept(forgeLeaf({ key }));
    },
  );

  it.each(['RSA-1024', 'RSA-2056', 'Ed25519', 'RSA-PSS-2048'] as const)(
    'must not have a key of the kind %s',
    async (key) => {
      expect(await refuse(...forgeChain({ leaf: { key } }).chain)).toContain('cannot sign');
    },
  );

  it('needs only a critical key usage', async () => {
    await accept(leaf(usage));
  });

  it('may say that it is not a CA, critical or not', async () => {
    await accept(leaf(usage, basicConstraints({ ca: false })));
    await accept(leaf(usage, basicConstraints({ ca: false }, false)));
  });

  it('must not be a CA', async () => {
    expect(await refuse(leaf(usage, basicConstraints({ ca: true })))).toContain('is a CA');
    expect(await refuse(leaf(usage, basicConstraints({ ca: true }, false)))).toContain('is a CA');
  });

  it('must have a key usage', async () => {
    expect(await refuse(leaf())).toContain('no key usage');
  });

  it('must have its key usage critical', async () => {
    expect(await refuse(leaf(keyUsage(['digitalSignature'], false)))).toContain('not critical');
  });

  it('must not be of version 1, which has no key usage', async () => {
    expect(await refuse(forgeCertificate({ version: 1 }))).toContain('no key usage');
  });

  it('must have the usage digitalSignature', async () => {
    expect(await refuse(leaf(keyUsage([])))).toContain('lacks');
    expect(await refuse(leaf(keyUsage(['nonRepudiation'])))).toContain('lacks');
  });

  it('may have the usage nonRepudiation', async () => {
    await accept(leaf(keyUsage(['digitalSignature', 'nonRepudiation'])));
  });

  it.each([
    'keyEncipherment',
    'dataEncipherment',
    'keyAgreement',
    'keyCertSign',
    'cRLSign',
    'encipherOnly',
    'decipherOnly',
  ] as const)('must not have the usage %s', async (other) => {
    expect(await refuse(leaf(keyUsage(['digitalSignature', other])))).toContain(other);
  });

  it('may be for code signing, or for an unknown purpose', async () => {
    await accept(leaf(usage, extendedKeyUsage([purposes.codeSigning])));
    await accept(leaf(usage, extendedKeyUsage([purposes.codeSigning], true)));
    await accept(leaf(usage, extendedKeyUsage(['1.2.3.4.5'])));
  });

  it.each(['any', 'serverAuth', 'clientAuth', 'emailProtection', 'timeStamping', 'ocspSigning'] as const)(
    'must not be for the purpose %s, whatever else',
    async (purpose) => {
      await refuse(leaf(usage, extendedKeyUsage([purposes.codeSigning, purposes[purpose]])));
      await refuse(leaf(usage, extendedKeyUsage([purposes[purpose]], true)));
    },
  );

  it('may have unknown critical extensions', async () => {
    await accept(leaf(usage, of('1.2.3.4', der.nullValue(), true)));
  });
});

describe('a certificate authority', () => {
  const usage = keyUsage(['keyCertSign']);
  const root = (...list: Uint8Array[]) => forgeChain({ root: { extensions: list } }).chain;

  it('needs critical basic constraints and key usage only', async () => {
    await accept(...root(basicConstraints({ ca: true }), usage));
  });

  it('must have basic constraints', async () => {
    expect(await refuse(...root(usage))).toContain('basicConstraints');
    expect(await refuse(...root(basicConstraints({ ca: false }), usage))).toContain('basicConstraints');
  });

  it('must have its basic constraints critical', async () => {
    expect(await refuse(...root(basicConstraints({ ca: true }, false), usage))).toContain('not critical');
  });

  it('must have a critical key usage', async () => {
    expect(await refuse(...root(basicConstraints({ ca: true })))).toContain('no key usage');
    expect(await refuse(...root(basicConstraints({ ca: true }), keyUsage(['keyCertSign'], false)))).toContain(
      'not critical',
    );
  });

  it('must have the usage keyCertSign', async () => {
    const usages = keyUsage(['digitalSignature', 'cRLSign']);
    expect(await refuse(...root(basicConstraints({ ca: true }), usages))).toContain('keyCertSign');
  });

  it('must not be of version 1', async () => {
    expect(await refuse(...forgeChain({ root: { version: 1 } }).chain)).toContain('basicConstraints');
  });

  it('may have any other usage and purpose', async () => {
    const usages = keyUsage(['keyCertSign', 'digitalSignature', 'keyEncipherment']);
    await accept(...root(basicConstraints({ ca: true }), usages, extendedKeyUsage([purposes.serverAuth])));
  });

  it.each([
    [0, 0, true],
    [0, 1, false],
    [1, 1, true],
    [1, 2, false],
    [5, 2, true],
  ])('that allows %i below it may have %i: %j', async (pathLength, below, allowed) => {
    const list = [basicConstraints({ ca: true, pathLength }), usage];
    const intermediates: ForgedContent[] = Array.from({ length: below }, () => ({}));
    const { chain } = forgeChain({ root: { extensions: list }, intermediates });
    if (allowed) await accept(...chain);
    else expect(await refuse(...chain)).toContain(`allows ${pathLength}`);
  });

  it('in the middle is held to its path length too', async () => {
    const limited = [basicConstraints({ ca: true, pathLength: 0 }), usage];
    await accept(...forgeChain({ intermediates: [{ extensions: limited }, {}] }).chain);
    await refuse(...forgeChain({ intermediates: [{}, { extensions: limited }] }).chain);
  });

  it.each(['RSA-1024', 'Ed25519', 'RSA-PSS-2048'] as const)(
    'must not have a key of the kind %s',
    async (key) => {
      await refuse(...forgeChain({ root: { key } }).chain);
    },
  );

  it('may have an RSA key of a size that leaves may not have', async () => {
    await accept(...forgeChain({ root: { key: 'RSA-2056' } }).chain);
  });
});

describe('the validity of a chain', () => {
  const [notBefore, notAfter] = [new Date('2024-01-01T00:00:00Z'), new Date('2024-12-31T23:59:59Z')];
  const chain = parsed(
    forgeChain({
      leaf: { notBefore, notAfter },
      root: { notBefore: new Date('2020-01-01'), notAfter: new Date('2024-06-30T00:00:00Z') },
    }).chain,
  );
  const refused = (time: string) =>
    failure(() => checkValidAt(chain, new Date(time)), 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');

  it.each(['2024-01-01T00:00:00Z', '2024-03-01T00:00:00Z', '2024-06-30T00:00:00Z'])(
    'includes both of its ends: %s',
    (time) => {
      checkValidAt(chain, new Date(time));
      expect(findInvalidAt(chain, new Date(time))).toBeUndefined();
    },
  );

  it('names a leaf that is not valid yet', () => {
    expect(refused('2023-12-31T23:59:59.999Z')).toContain('forged-leaf');
    expect(refused('2023-12-31T23:59:59.999Z')).toContain('not valid before 2024-01-01T00:00:00.000Z');
  });

  it('names a root that has expired', () => {
    expect(refused('2024-06-30T00:00:00.001Z')).toContain('Forged Root');
    expect(refused('2024-06-30T00:00:00.001Z')).toContain('expired on 2024-06-30T00:00:00.000Z');
  });

  it('is not evaluated at an invalid time', () => {
    failure(() => checkValidAt(chain, new Date(Number.NaN)), 'ERR_ARGUMENT_INVALID');
    expect(findInvalidAt(chain, new Date(Number.NaN))).toBe(chain[0]);
  });
});
