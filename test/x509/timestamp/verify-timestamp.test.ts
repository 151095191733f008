import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { verifyTimestamp } from '../../../src/x509/timestamp/verify-timestamp.ts';
import { rejection } from '../../encoding/failure.ts';
import { countCalls } from '../../support/count-calls.ts';
import * as der from '../../support/der.ts';
import { extensions, type Forged, forgeKey, forgeLeaf } from '../../support/forge.ts';
import {
  attribute,
  attributeOids,
  type ForgedCertificateId,
  type ForgedSigner,
  type ForgedTokenContent,
  type ForgedTstInfo,
  forgeSignerInfo,
  forgeTimestampAuthority,
  forgeTimestampLeaf,
  forgeToken,
  forgeTstInfo,
  generalIssuerSerial,
  inDerOrder,
  signingCertificateV2,
  wrapSignedData,
} from '../../support/forge-timestamp.ts';

const signature = new TextEncoder().encode('a primitive signature');
const { leaf, root } = forgeTimestampAuthority();
const rsa = forgeTimestampAuthority({ leaf: { key: 'RSA-2048' } });
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

interface Forgery {
  info?: Partial<ForgedTstInfo>;
  signer?: Partial<ForgedSigner>;
  token?: Partial<ForgedTokenContent>;
  authority?: { leaf: Forged; root: Forged };
}

function forge({ info, signer, token, authority = { leaf, root } }: Forgery = {}): Uint8Array {
  return forgeToken({
    info: { signature, ...info },
    signers: { signer: authority.leaf, ...signer },
    ...token,
  });
}

function verify(forgery: Forgery | Uint8Array = {}, roots: readonly Forged[] = [root]) {
  const token = forgery instanceof Uint8Array ? forgery : forge(forgery);
  return verifyTimestamp(token, { signature, roots: roots.map((one) => parseCertificate(one.der)) });
}

/** Expects that a token is rejected, for this reason and no other. */
async function expectRefusal(
  forgery: Forgery | Uint8Array,
  reason: string,
  code: ErrorCode = 'ERR_TIMESTAMP_INVALID',
  roots = [root],
): Promise<void> {
  expect(await rejection(verify(forgery, roots), code)).toContain(reason);
}
const expectRefusalOfRsa = (signer: Partial<ForgedSigner>, reason: string) =>
  expectRefusal({ signer, authority: rsa }, reason, 'ERR_TIMESTAMP_INVALID', [rsa.root]);

const OTHER_IMPRINT = 'does not cover the signature';
const WRONG_SIGNATURE = 'its signature was not made by its signer';
const CUT_OFF = 'it is cut off';
const UNUSUAL_PSS = 'RSA-PSS with unusual parameters';
const wrongTag = (found: string, wanted: string) => `the tag ${found} instead of ${wanted}`;

afterEach(() => vi.unstubAllGlobals());

describe('a timestamp', () => {
  it('returns its time, its policy and its signer', async () => {
    const time = new Date(Math.floor(Date.now() / 1000) * 1000);
    const stamp = await verify({
      info: { time, policy: '1.2.3', serialNumber: Uint8Array.of(7), accuracy: { millis: 500 } },
    });
    expect(stamp).toMatchObject({ time, policy: '1.2.3', serialNumber: '07' });
    expect(stamp.earliest).toEqual(new Date(time.getTime() - 500));
    expect(stamp.latest).toEqual(new Date(time.getTime() + 500));
    expect(stamp.certificates.map((certificate) => certificate.der)).toEqual([leaf.der, root.der]);
  });

  it('of a TSA that is known takes the verification of one signature, and is evaluated at its own time', async () => {
    const roots = [parseCertificate(root.der)];
    const calls = countCalls();
    await verifyTimestamp(forge(), { signature, roots });
    expect(calls.reset()).toEqual({ imported: 2, verified: 3 });
    await verifyTimestamp(forge(), { signature, roots });
    expect(calls.reset()).toEqual({ imported: 0, verified: 1 });
    const late = forge({ info: { time: new Date('2200-01-01T00:00:00Z') } });
    await rejection(verifyTimestamp(late, { signature, roots }), 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
    const other = [parseCertificate(rsa.root.der), ...roots.slice(1)];
    await rejection(verifyTimestamp(forge(), { signature, roots: other }), 'ERR_TIMESTAMP_UNTRUSTED');
  });

  it('of another signature is rejected', async () => {
    await expectRefusal({ info: { signature: Uint8Array.of(1) } }, OTHER_IMPRINT);
  });

  it('whose hash is cut short, or empty, is rejected', async () => {
    await expectRefusal({ info: { hashedMessage: new Uint8Array() } }, OTHER_IMPRINT);
    await expectRefusal({ info: { hashedMessage: new Uint8Array(31) } }, OTHER_IMPRINT);
  });

  it('may be in BER', async () => {
    const token = forge();
    const ber = der.concat([Uint8Array.of(0x30, 0x84, 0), token.subarray(1)]);
    // 30 82 xx xx … becomes 30 84 00 00 xx xx …
    expect(token[1]).toBe(0x82);
    ber.set([0x84, 0, 0, token[2] ?? 0, token[3] ?? 0], 1);
    const padded = der.concat([ber.subarray(0, 6), token.subarray(4)]);
    await verify(padded);
  });

  it.each([
    [
      'content other than signed data',
      { outerType: '1.2.840.113549.1.7.1' },
      'content type other than SignedData',
    ],
    ['another version', { version: 1 }, 'not SignedData of version 3'],
    ['the version 4', { version: 4 }, 'it is SignedData of version 4, which only the option accept'],
    ['the version 6', { version: 6 }, 'not SignedData of version 3'],
    ['a content type other than TSTInfo', { contentType: '1.2.840.113549.1.7.1' }, 'other than a TSTInfo'],
    ['trailing fields', { trailing: [der.nullValue()] }, 'trailing bytes'],
  ])('with %s is rejected', async (_, token, reason) => {
    await expectRefusal({ token }, reason);
  });

  it('of other bytes is rejected', async () => {
    const token = forge();
    await expectRefusal(token.subarray(0, -1), CUT_OFF);
    await expectRefusal(der.concat([token, token]), 'trailing bytes');
    await expectRefusal(new Uint8Array(), CUT_OFF);
    await expectRefusal(signature, CUT_OFF);
  });

  it('of more than 1 MiB is rejected', async () => {
    await expectRefusal(new Uint8Array(1024 * 1024 + 1), 'too large', 'ERR_LIMIT_EXCEEDED');
  });

  it('whose content is detached, or no OCTET STRING, is rejected', async () => {
    const info = forgeTstInfo({ signature });
    const token = (...content: Uint8Array[]) =>
      wrapSignedData([
        der.integer(3),
        der.set(),
        der.sequence(der.oid(TST_INFO), ...content),
        der.set(forgeSignerInfo(info, { signer: leaf })),
      ]);
    await expectRefusal(token(), CUT_OFF);
    await expectRefusal(token(der.explicit(0, info)), wrongTag('0x30', '0x4'));
    const constructed = der.element(0x24, der.octetString(info));
    await expectRefusal(token(der.explicit(0, constructed)), wrongTag('0x24', '0x4'));
  });

  it('may contain CRLs, which are not looked at', async () => {
    await verify({
      token: { crls: [der.sequence(der.sequence(), der.sequence(), der.bitString(signature))] },
    });
  });
});

describe('the signers of a timestamp', () => {
  it('are at least one', async () => {
    const token = forgeToken({ info: { signature }, signers: [], certificates: [leaf] });
    await expectRefusal(token, 'it has no signer');
  });

  it('are at most eight', async () => {
    const signers = (count: number) => Array.from({ length: count }, () => ({ signer: leaf }));
    const token = (count: number) =>
      forgeToken({ info: { signature }, signers: signers(count), certificates: [leaf] });
    await verify(token(8));
    await expectRefusal(token(9), 'too many signers');
  });

  const bad: ForgedSigner = { signer: leaf, corruptSignature: true };
  it.each([
    ['first', [{ signer: leaf }, bad]],
    ['last', [bad, { signer: leaf }]],
    ['next to one without a certificate', [{ signer: rsa.leaf }, { signer: leaf }]],
    ['next to one of another version', [{ signer: leaf, version: 3 }, { signer: leaf }]],
  ])('suffice if one is good: %s', async (_, signers) => {
    await verify(forgeToken({ info: { signature }, signers, certificates: [leaf] }));
  });

  it('are rejected when none is valid, with the reason of the first one', async () => {
    const signers = [{ ...bad, certificate: { named: false } }, bad];
    const token = forgeToken({ info: { signature }, signers, certificates: [leaf] });
    await expectRefusal(token, CUT_OFF);
  });

  it.each([
    ['with a corrupt signature', { corruptSignature: true }, WRONG_SIGNATURE],
    ['who signed with another key', { signingKey: forgeKey('EC-256') }, WRONG_SIGNATURE],
    ['of the version 3', { version: 3 }, 'not of version 1'],
    [
      'named by a key identifier',
      { version: 3, sid: der.implicit(0, leaf.keyIdentifier) },
      wrongTag('0x80', '0x30'),
    ],
    ['without signed attributes', { signedAttributes: false }, 'without signed attributes'],
    ['who signed nothing', { signedBytes: () => new Uint8Array() }, WRONG_SIGNATURE],
  ] as const)('%s are rejected', async (_, signer, reason) => {
    await expectRefusal({ signer }, reason);
  });

  it('may have attributes that are not signed', async () => {
    await verify({ signer: { unsignedAttributes: [attribute('1.2.3.4', der.nullValue())] } });
  });
});

describe('the signed attributes of a timestamp', () => {
  const { contentType, messageDigest, signingTime } = attributeOids;

  it.each([
    ['content type', contentType, 'content type that its signer signed'],
    ['message digest', messageDigest, 'lacks the signed attribute messageDigest'],
    [
      'signing certificate',
      attributeOids.signingCertificateV2,
      'lacks the signed attribute SigningCertificateV2',
    ],
  ])('must have the %s', async (_, oid, reason) => {
    await expectRefusal({ signer: { attributes: { [oid]: null } } }, reason);
  });

  it.each([
    [
      'another content type',
      contentType,
      attribute(contentType, der.oid('1.2.840.113549.1.7.1')),
      'content type that its signer signed',
    ],
    ['no content type', contentType, attribute(contentType), CUT_OFF],
    [
      'a content type that is invalid',
      contentType,
      attribute(contentType, der.nullValue()),
      wrongTag('0x5', '0x6'),
    ],
    [
      'two content types',
      contentType,
      attribute(contentType, der.oid(TST_INFO), der.oid('1.2.3')),
      'trailing bytes',
    ],
    [
      'another digest',
      messageDigest,
      attribute(messageDigest, der.octetString(new Uint8Array(32))),
      'message digest is not that of its content',
    ],
    [
      'an empty digest',
      messageDigest,
      attribute(messageDigest, der.octetString(new Uint8Array())),
      'message digest is not that of its content',
    ],
    [
      'a digest that is invalid',
      messageDigest,
      attribute(messageDigest, der.nullValue()),
      wrongTag('0x5', '0x4'),
    ],
  ])('must not have %s', async (_, oid, value, reason) => {
    await expectRefusal({ signer: { attributes: { [oid]: value } } }, reason);
  });

  it('must not have one twice', async () => {
    const twice = attribute(contentType, der.oid(TST_INFO));
    await expectRefusal({ signer: { moreAttributes: [twice] } }, `signed attribute ${contentType} twice`);
  });

  it('may have others', async () => {
    await verify({ signer: { moreAttributes: [attribute('1.2.3.4', der.sequence(der.nullValue()))] } });
  });

  it('are signed in the order of DER, in whatever order they are sent', async () => {
    const order = (attributes: Uint8Array[]) => inDerOrder(attributes).reverse();
    const signedBytes = (attributes: Uint8Array[]) => der.set(...inDerOrder(attributes));
    await verify({ signer: { order, signedBytes } });
    await expectRefusal({ signer: { order } }, WRONG_SIGNATURE);
  });

  it('are signed under the tag of a SET', async () => {
    const tagged = (attributes: Uint8Array[]) => der.explicit(0, ...attributes);
    await expectRefusal({ signer: { signedBytes: tagged } }, WRONG_SIGNATURE);
    await expectRefusal({ signer: { signedBytes: der.concat } }, WRONG_SIGNATURE);
  });

  it.each([
    ['before the certificates', new Date(0), 'the time is 1970-01-01'],
    ['after the certificates', new Date('2100-01-01'), 'the time is 2100-01-01'],
  ])('must not have a signing time %s', async (_, time, reason) => {
    const forgery = { signer: { moreAttributes: [attribute(signingTime, der.time(time))] } };
    await expectRefusal(forgery, reason, 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
  });

  it('may have a signing time within the validity of the certificates', async () => {
    await verify({ signer: { moreAttributes: [attribute(signingTime, der.time(new Date()))] } });
  });

  it('must not have a signing time that is invalid', async () => {
    const none = attribute(signingTime, der.nullValue());
    await expectRefusal({ signer: { moreAttributes: [none] } }, 'malformed time');
  });
});

describe('the signature of a timestamp', () => {
  it.each(['EC-256', 'EC-384', 'EC-521', 'RSA-2048', 'RSA-3072', 'RSA-4096'] as const)(
    'may be by a key %s',
    async (key) => {
      const authority = forgeTimestampAuthority({ leaf: { key } });
      await verify({ authority }, [authority.root]);
    },
  );

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('may be by RSA with %s', async (hash) => {
    const plain = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
    for (const signer of [
      { algorithm: { name: 'RSASSA-PKCS1-v1_5', hash } },
      { algorithm: { name: 'RSASSA-PKCS1-v1_5', hash }, algorithmIdentifier: plain },
      { algorithm: { name: 'RSA-PSS', hash } },
    ] as const) {
      await verify({ signer, authority: rsa }, [rsa.root]);
    }
  });

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('may be by ECDSA with %s', async (hash) => {
    await verify({ signer: { algorithm: { name: 'ECDSA', hash } } });
  });

  it('may use a hash other than that of the digest', async () => {
    await verify({ signer: { algorithm: { name: 'ECDSA', hash: 'SHA-256' }, digest: 'SHA-512' } });
  });

  it('must not use a hash for RSA-PSS other than that of the digest', async () => {
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-512' } as const;
    await expectRefusalOfRsa({ algorithm, digest: 'SHA-256' }, 'use different hash functions');
  });

  it.each(['MD5', 'SHA-1'] as const)('is not by %s', async (hash) => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash } as const;
    await expectRefusalOfRsa({ algorithm, digest: 'SHA-256' }, `${hash} with RSA, which is not allowed`);
  });

  it('is not by ECDSA with SHA-1', async () => {
    const algorithm = { name: 'ECDSA', hash: 'SHA-1' } as const;
    await expectRefusal(
      { signer: { algorithm, digest: 'SHA-256' } },
      'SHA-1 with ECDSA, which is not allowed',
    );
  });

  it('is not over a digest by SHA-1', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
    await expectRefusalOfRsa(
      { algorithm, digest: 'SHA-1' },
      'its signer uses the hash function 1.3.14.3.2.26',
    );
  });

  it.each([20, 0, 222])('is not by RSA-PSS with a salt of %i bytes', async (saltLength) => {
    await expectRefusalOfRsa({ algorithm: { name: 'RSA-PSS', hash: 'SHA-256', saltLength } }, UNUSUAL_PSS);
  });

  it.each([
    ['no parameters of RSA-PSS', der.sequence(der.oid('1.2.840.113549.1.1.10')), CUT_OFF],
    ['defaults of RSA-PSS', der.sequence(der.oid('1.2.840.113549.1.1.10'), der.sequence()), UNUSUAL_PSS],
    ['ECDSA', der.sequence(der.oid('1.2.840.10045.4.3.2')), WRONG_SIGNATURE],
    ['an elliptic curve key', der.sequence(der.oid('1.2.840.10045.2.1')), 'signed with 1.2.840.10045.2.1'],
    ['nothing known', der.sequence(der.oid('1.2.3')), 'signed with 1.2.3, which is not allowed'],
    ['nothing', der.sequence(), CUT_OFF],
  ])('of an RSA key is not read as %s', async (_, algorithmIdentifier, reason) => {
    await expectRefusalOfRsa({ algorithmIdentifier }, reason);
  });

  it('of an elliptic curve is not read as RSA', async () => {
    const plain = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
    await expectRefusal({ signer: { algorithmIdentifier: plain } }, WRONG_SIGNATURE);
  });

  it('of Ed25519 is rejected', async () => {
    const authority = forgeTimestampAuthority({ leaf: { key: 'Ed25519' } });
    const forgery = { authority, signer: { digest: 'SHA-512' } };
    const reason = 'Ed25519, which is not allowed';
    await expectRefusal(forgery, reason, 'ERR_TIMESTAMP_INVALID', [authority.root]);
  });
});

describe('the signing certificate of a timestamp', () => {
  const OTHER_HASH = 'hash of the certificate of its signer differs';
  const MISSING = 'does not contain the certificate of its signer';
  const expectRefused = (certificate: ForgedCertificateId, reason: string) =>
    expectRefusal({ signer: { certificate, signer: leaf } }, reason);

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('may be named by a hash %s', async (hash) => {
    await verify({ signer: { certificate: { hash }, signer: leaf } });
  });

  it('may be named without issuer and serial number', async () => {
    await verify({ signer: { certificate: { issuerSerial: null } } });
  });

  it('may be named together with its issuers', async () => {
    const more = [der.sequence(der.octetString(new Uint8Array(32)))];
    await verify({ signer: { certificate: { more } } });
  });

  it('is not named by SHA-1', async () => {
    await expectRefused({ hash: 'SHA-1' }, 'certificate by the hash function 1.3.14.3.2.26');
  });

  it('is not named by the attribute of RFC 2634 alone', async () => {
    const { signingCertificate, signingCertificateV2: v2 } = attributeOids;
    const attributes = {
      [v2]: null,
      [signingCertificate]: attribute(signingCertificate, signingCertificateV2(leaf, { hash: 'SHA-1' })),
    };
    await expectRefusal(
      { signer: { attributes } },
      'it identifies its certificate by SHA-1, in SigningCertificate, which only the option accept',
    );
  });

  it('is not named where both attributes are absent', async () => {
    const attributes = { [attributeOids.signingCertificateV2]: null };
    await expectRefusal({ signer: { attributes } }, 'lacks the signed attribute SigningCertificateV2');
  });

  it.each([
    ['another hash', { certHash: new Uint8Array(32) }, OTHER_HASH],
    ['an empty hash', { certHash: new Uint8Array() }, OTHER_HASH],
    ['no certificate', { named: false }, CUT_OFF],
    ['the hash of another certificate', { of: root, issuerSerial: null }, OTHER_HASH],
    ['another certificate', { of: root }, MISSING],
    [
      'an issuer by another kind of name',
      { issuerSerial: der.sequence(der.sequence(der.implicit(2, signature))) },
      'other than a directory name',
    ],
    [
      'no issuer',
      { issuerSerial: der.sequence(der.sequence(), der.integer(leaf.serialNumber)) },
      'other than a directory name',
    ],
    [
      'another serial number',
      { issuerSerial: der.sequence(der.sequence(der.explicit(4, root.subject)), der.integer(1)) },
      MISSING,
    ],
    ['rubbish', { issuerSerial: der.nullValue() }, wrongTag('0x5', '0x30')],
  ])('is not named by %s', async (_, certificate, reason) => {
    await expectRefused(certificate, reason);
  });

  it('is the one that is signed for, not the one of the signer identifier', async () => {
    const other = forgeTimestampLeaf({ issuer: root });
    const sid = der.sequence(root.subject, der.integer(other.serialNumber));
    const { certificates } = await verify({ signer: { sid }, token: { certificates: [other, leaf] } });
    expect(certificates[0]?.der).toEqual(leaf.der);
    const signer = { sid, certificate: { issuerSerial: null } };
    await expectRefusal({ signer, token: { certificates: [other, leaf] } }, OTHER_HASH);
  });

  it('cannot be exchanged for another one of the same key', async () => {
    const twin = forgeTimestampLeaf({ issuer: root, key: leaf.key });
    const token = forgeToken({
      info: { signature },
      signers: { signer: twin, certificate: { of: leaf, issuerSerial: generalIssuerSerial(twin) } },
    });
    await expectRefusal(token, OTHER_HASH);
  });

  it('must be in the token', async () => {
    await expectRefusal({ token: { certificates: [] } }, MISSING);
    await expectRefusal({ token: { certificates: [root] } }, MISSING);
  });

  it('must be for timestamping', async () => {
    const codeSigning = forgeLeaf({ issuer: root });
    const forgery = { authority: { leaf: codeSigning, root } };
    await expectRefusal(forgery, 'must be for timestamping', 'ERR_CERTIFICATE_CHAIN_INVALID');
  });
});

describe('the certificates in a timestamp', () => {
  it.each([
    ['an attribute certificate', der.explicit(2, der.nullValue()), 'a certificate that is not X.509'],
    [
      'another certificate format',
      der.explicit(3, der.oid('1.2.3'), der.nullValue()),
      'a certificate that is not X.509',
    ],
    ['no certificate', der.nullValue(), 'something other than certificates'],
  ])('must not be %s', async (_, other, reason) => {
    await expectRefusal({ token: { certificates: [leaf, other] } }, reason);
  });

  it('must all be readable', async () => {
    const forgery = { token: { certificates: [leaf, der.sequence()] } };
    await expectRefusal(forgery, 'the certificate is malformed', 'ERR_CERTIFICATE_INVALID');
  });

  it('may be many, but not too many', async () => {
    const unrelated = (count: number) => Array.from({ length: count }, () => root);
    await verify({ token: { certificates: [...unrelated(15), leaf] } });
    await expectRefusal({ token: { certificates: [...unrelated(32), leaf] } }, 'too many certificates');
  });

  it('may contain unknown extensions', async () => {
    const authority = forgeTimestampAuthority();
    const strange = forgeLeaf({ issuer: root, extensions: [extensions.of('1.2.3', der.nullValue())] });
    await verify({ authority, token: { certificates: [authority.leaf, strange] } }, [authority.root]);
  });
});
