import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { verifyTimestamp } from '../../../src/x509/timestamp/verify-timestamp.ts';
import { rejection } from '../../encoding/failure.ts';
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

const refusal = (forgery: Forgery | Uint8Array, code: ErrorCode = 'ERR_TIMESTAMP_INVALID') =>
  rejection(verify(forgery), code);
const refusalOfRsa = (signer: Partial<ForgedSigner>) =>
  rejection(verify({ signer, authority: rsa }, [rsa.root]), 'ERR_TIMESTAMP_INVALID');

describe('a time-stamp', () => {
  it('says when, by which policy, and who', async () => {
    const time = new Date(Math.floor(Date.now() / 1000) * 1000);
    const stamp = await verify({
      info: { time, policy: '1.2.3', serialNumber: Uint8Array.of(7), accuracy: { millis: 500 } },
    });
    expect(stamp).toMatchObject({ time, policy: '1.2.3', serialNumber: '07' });
    expect(stamp.earliest).toEqual(new Date(time.getTime() - 500));
    expect(stamp.latest).toEqual(new Date(time.getTime() + 500));
    expect(stamp.certificates.map((certificate) => certificate.der)).toEqual([leaf.der, root.der]);
  });

  it('of another signature is refused', async () => {
    expect(await refusal({ info: { signature: Uint8Array.of(1) } })).toContain('something else');
  });

  it('whose hash is cut short, or empty, is refused', async () => {
    await refusal({ info: { hashedMessage: new Uint8Array() } });
    await refusal({ info: { hashedMessage: new Uint8Array(31) } });
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
    ['another content than signed data', { outerType: '1.2.840.113549.1.7.1' }],
    ['another version', { version: 1 }],
    ['the version 4', { version: 4 }],
    ['another content type than TSTInfo', { contentType: '1.2.840.113549.1.7.1' }],
    ['trailing fields', { trailing: [der.nullValue()] }],
  ])('with %s is refused', async (_, token) => {
    await refusal({ token });
  });

  it('of other bytes is refused', async () => {
    const token = forge();
    for (const bytes of [token.subarray(0, -1), der.concat([token, token]), new Uint8Array(), signature]) {
      await refusal(bytes);
    }
  });

  it('of more than 1 MiB is refused', async () => {
    await refusal(new Uint8Array(1024 * 1024 + 1), 'ERR_LIMIT_EXCEEDED');
  });

  it('whose content is detached, or no OCTET STRING, is refused', async () => {
    const info = forgeTstInfo({ signature });
    const token = (...content: Uint8Array[]) =>
      wrapSignedData([
        der.integer(3),
        der.set(),
        der.sequence(der.oid(TST_INFO), ...content),
        der.set(forgeSignerInfo(info, { signer: leaf })),
      ]);
    await refusal(token());
    await refusal(token(der.explicit(0, info)));
    await refusal(token(der.explicit(0, der.element(0x24, der.octetString(info)))));
  });

  it('may hold CRLs, which are not looked at', async () => {
    await verify({
      token: { crls: [der.sequence(der.sequence(), der.sequence(), der.bitString(signature))] },
    });
  });
});

describe('the signers of a time-stamp', () => {
  it('are at least one', async () => {
    const token = forgeToken({ info: { signature }, signers: [], certificates: [leaf] });
    expect(await refusal(token)).toContain('nobody');
  });

  it('are at most eight', async () => {
    const signers = (count: number) => Array.from({ length: count }, () => ({ signer: leaf }));
    const token = (count: number) =>
      forgeToken({ info: { signature }, signers: signers(count), certificates: [leaf] });
    await verify(token(8));
    expect(await refusal(token(9))).toContain('signers');
  });

  const bad: ForgedSigner = { signer: leaf, corruptSignature: true };
  it.each([
    ['first', [{ signer: leaf }, bad]],
    ['last', [bad, { signer: leaf }]],
    ['beside one without a certificate', [{ signer: rsa.leaf }, { signer: leaf }]],
    ['beside one of another version', [{ signer: leaf, version: 3 }, { signer: leaf }]],
  ])('suffice with a good one %s', async (_, signers) => {
    await verify(forgeToken({ info: { signature }, signers, certificates: [leaf] }));
  });

  it('are not good when none is, and the first one is the reason', async () => {
    const signers = [{ ...bad, certificate: { named: false } }, bad];
    const token = forgeToken({ info: { signature }, signers, certificates: [leaf] });
    expect(await refusal(token)).not.toContain('signature is not');
  });

  it.each([
    ['with a corrupt signature', { corruptSignature: true }],
    ['who signed with another key', { signingKey: forgeKey('EC-256') }],
    ['of the version 3', { version: 3 }],
    ['named by a key identifier', { version: 3, sid: der.implicit(0, leaf.keyIdentifier) }],
    ['without signed attributes', { signedAttributes: false }],
    ['with an empty signature', { signedBytes: () => new Uint8Array() }],
  ] as const)('%s are refused', async (_, signer) => {
    await refusal({ signer });
  });

  it('may have attributes that are not signed', async () => {
    await verify({ signer: { unsignedAttributes: [attribute('1.2.3.4', der.nullValue())] } });
  });
});

describe('the signed attributes of a time-stamp', () => {
  const { contentType, messageDigest, signingTime } = attributeOids;

  it.each([
    ['content type', contentType],
    ['message digest', messageDigest],
    ['signing certificate', attributeOids.signingCertificateV2],
  ])('must have the %s', async (_, oid) => {
    await refusal({ signer: { attributes: { [oid]: null } } });
  });

  it.each([
    ['another content type', contentType, attribute(contentType, der.oid('1.2.840.113549.1.7.1'))],
    ['no content type', contentType, attribute(contentType)],
    ['a content type that is none', contentType, attribute(contentType, der.nullValue())],
    ['two content types', contentType, attribute(contentType, der.oid(TST_INFO), der.oid('1.2.3'))],
    ['another digest', messageDigest, attribute(messageDigest, der.octetString(new Uint8Array(32)))],
    ['an empty digest', messageDigest, attribute(messageDigest, der.octetString(new Uint8Array()))],
    ['a digest that is none', messageDigest, attribute(messageDigest, der.nullValue())],
  ])('must not have %s', async (_, oid, value) => {
    await refusal({ signer: { attributes: { [oid]: value } } });
  });

  it('must not have one twice', async () => {
    const twice = attribute(contentType, der.oid(TST_INFO));
    expect(await refusal({ signer: { moreAttributes: [twice] } })).toContain('twice');
  });

  it('may have others', async () => {
    await verify({ signer: { moreAttributes: [attribute('1.2.3.4', der.sequence(der.nullValue()))] } });
  });

  it('are signed in the order of DER, in whatever order they are sent', async () => {
    const order = (attributes: Uint8Array[]) => inDerOrder(attributes).reverse();
    const signedBytes = (attributes: Uint8Array[]) => der.set(...inDerOrder(attributes));
    await verify({ signer: { order, signedBytes } });
    await refusal({ signer: { order } });
  });

  it('are signed under the tag of a SET', async () => {
    await refusal({ signer: { signedBytes: (attributes) => der.explicit(0, ...attributes) } });
    await refusal({ signer: { signedBytes: (attributes) => der.concat(attributes) } });
  });

  it.each([
    ['now', new Date(), undefined],
    ['before the certificates', new Date(0), 'ERR_CERTIFICATE_NOT_VALID_AT_TIME'],
    ['after them', new Date('2100-01-01'), 'ERR_CERTIFICATE_NOT_VALID_AT_TIME'],
  ] as const)('may have a signing time, if that is within their validity: %s', async (_, time, code) => {
    const forgery = { signer: { moreAttributes: [attribute(signingTime, der.time(time))] } };
    if (code) await refusal(forgery, code);
    else await verify(forgery);
  });

  it('must not have a signing time that is none', async () => {
    await refusal({ signer: { moreAttributes: [attribute(signingTime, der.nullValue())] } });
  });
});

describe('the signature of a time-stamp', () => {
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

  it('may be of another hash than the digest', async () => {
    await verify({ signer: { algorithm: { name: 'ECDSA', hash: 'SHA-256' }, digest: 'SHA-512' } });
  });

  it('is not by RSA-PSS of another hash than the digest', async () => {
    await refusalOfRsa({ algorithm: { name: 'RSA-PSS', hash: 'SHA-512' }, digest: 'SHA-256' });
  });

  it.each(['MD5', 'SHA-1'] as const)('is not by %s', async (hash) => {
    await refusalOfRsa({ algorithm: { name: 'RSASSA-PKCS1-v1_5', hash }, digest: 'SHA-256' });
  });

  it('is not by ECDSA with SHA-1', async () => {
    await refusal({ signer: { algorithm: { name: 'ECDSA', hash: 'SHA-1' }, digest: 'SHA-256' } });
  });

  it('is not over a digest by SHA-1', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
    expect(await refusalOfRsa({ algorithm, digest: 'SHA-1' })).toContain('1.3.14.3.2.26');
  });

  it.each([20, 0, 222])('is not by RSA-PSS with a salt of %i octets', async (saltLength) => {
    await refusalOfRsa({ algorithm: { name: 'RSA-PSS', hash: 'SHA-256', saltLength } });
  });

  it.each([
    ['no parameters of RSA-PSS', der.sequence(der.oid('1.2.840.113549.1.1.10'))],
    ['defaults of RSA-PSS', der.sequence(der.oid('1.2.840.113549.1.1.10'), der.sequence())],
    ['ECDSA', der.sequence(der.oid('1.2.840.10045.4.3.2'))],
    ['an elliptic curve key', der.sequence(der.oid('1.2.840.10045.2.1'))],
    ['nothing known', der.sequence(der.oid('1.2.3'))],
    ['nothing', der.sequence()],
  ])('of a key RSA is not said to be by %s', async (_, algorithmIdentifier) => {
    await refusalOfRsa({ algorithmIdentifier });
  });

  it('of an elliptic curve is not said to be by RSA', async () => {
    const plain = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
    await refusal({ signer: { algorithmIdentifier: plain } });
  });

  it('of Ed25519 is refused', async () => {
    const authority = forgeTimestampAuthority({ leaf: { key: 'Ed25519' } });
    const refused = verify({ authority, signer: { digest: 'SHA-512' } }, [authority.root]);
    expect(await rejection(refused, 'ERR_TIMESTAMP_INVALID')).toContain('Ed25519');
  });
});

describe('the signing certificate of a time-stamp', () => {
  const refused = (certificate: ForgedCertificateId) => refusal({ signer: { certificate, signer: leaf } });

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
    expect(await refused({ hash: 'SHA-1' })).toContain('1.3.14.3.2.26');
  });

  it('is not named by the attribute of RFC 2634 alone', async () => {
    const { signingCertificate, signingCertificateV2: v2 } = attributeOids;
    const attributes = {
      [v2]: null,
      [signingCertificate]: attribute(signingCertificate, signingCertificateV2(leaf, { hash: 'SHA-1' })),
    };
    expect(await refusal({ signer: { attributes } })).toContain('SigningCertificateV2');
  });

  it.each([
    ['another hash', { certHash: new Uint8Array(32) }],
    ['an empty hash', { certHash: new Uint8Array() }],
    ['no certificate', { named: false }],
    ['the hash of another certificate', { of: root, issuerSerial: null }],
    ['another certificate', { of: root }],
    [
      'an issuer by another kind of name',
      { issuerSerial: der.sequence(der.sequence(der.implicit(2, signature))) },
    ],
    ['no issuer', { issuerSerial: der.sequence(der.sequence(), der.integer(leaf.serialNumber)) }],
    [
      'another serial number',
      { issuerSerial: der.sequence(der.sequence(der.explicit(4, root.subject)), der.integer(1)) },
    ],
    ['rubbish', { issuerSerial: der.nullValue() }],
  ])('is not named by %s', async (_, certificate) => {
    await refused(certificate);
  });

  it('is the one that is signed for, not the one of the signer identifier', async () => {
    const other = forgeTimestampLeaf({ issuer: root });
    const sid = der.sequence(root.subject, der.integer(other.serialNumber));
    const { certificates } = await verify({ signer: { sid }, token: { certificates: [other, leaf] } });
    expect(certificates[0]?.der).toEqual(leaf.der);
    await refusal({
      signer: { sid, certificate: { issuerSerial: null } },
      token: { certificates: [other, leaf] },
    });
  });

  it('cannot be exchanged for another one of the same key', async () => {
    const twin = forgeTimestampLeaf({ issuer: root, key: leaf.key });
    const token = forgeToken({
      info: { signature },
      signers: { signer: twin, certificate: { of: leaf, issuerSerial: generalIssuerSerial(twin) } },
    });
    expect(await refusal(token)).toContain('hash');
  });

  it('must have come along', async () => {
    expect(await refusal({ token: { certificates: [] } })).toContain('certificate');
    expect(await refusal({ token: { certificates: [root] } })).toContain('certificate');
  });

  it('must be for time-stamping', async () => {
    const codeSigning = forgeLeaf({ issuer: root });
    await refusal({ authority: { leaf: codeSigning, root } }, 'ERR_CERTIFICATE_CHAIN_INVALID');
  });
});

describe('the certificates in a time-stamp', () => {
  it.each([
    ['an attribute certificate', der.explicit(2, der.nullValue())],
    ['another certificate format', der.explicit(3, der.oid('1.2.3'), der.nullValue())],
    ['no certificate', der.nullValue()],
  ])('must not be %s', async (_, other) => {
    await refusal({ token: { certificates: [leaf, other] } });
  });

  it('must all be readable', async () => {
    await refusal({ token: { certificates: [leaf, der.sequence()] } }, 'ERR_CERTIFICATE_INVALID');
  });

  it('may be many, but not too many', async () => {
    const unrelated = (count: number) => Array.from({ length: count }, () => root);
    await verify({ token: { certificates: [...unrelated(15), leaf] } });
    expect(await refusal({ token: { certificates: [...unrelated(32), leaf] } })).toContain('certificates');
  });

  it('may hold extensions that nobody knows', async () => {
    const authority = forgeTimestampAuthority();
    const strange = forgeLeaf({ issuer: root, extensions: [extensions.of('1.2.3', der.nullValue())] });
    await verify({ authority, token: { certificates: [authority.leaf, strange] } }, [authority.root]);
  });
});
