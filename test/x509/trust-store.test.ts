import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { checkTrustAnchors, createTrustStore, findTrusted } from '../../src/x509/trust-store.ts';
import { failure, rejection } from '../encoding/failure.ts';
import {
  extensions,
  type Forged,
  forgeAuthority,
  forgeCertificate,
  forgeChain,
  forgeLeaf,
} from '../support/forge.ts';

const { chain, leaf, root } = forgeChain({ intermediates: [{}] });
const [, intermediate] = chain as readonly [Forged, Forged, Forged];
const sha1 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } as const;

const load = async (type: 'ca' | 'signingAuthority' | 'tsa', ...certificates: Forged[]) =>
  (
    await createTrustStore({ [`${type}:acme`]: certificates.map(({ pem }) => pem) }).certificates(
      type,
      'acme',
    )
  ).map((certificate) => certificate.der);
const refused = (type: 'ca' | 'signingAuthority' | 'tsa', certificate: Forged) =>
  rejection(load(type, certificate), 'ERR_TRUST_STORE_INVALID');

describe('a trust store in memory', () => {
  it('gives the certificates of a named store, from PEM and DER, several in one', async () => {
    const store = createTrustStore({ 'ca:acme': [root.pem + intermediate.pem, forgeAuthority().der] });
    expect(await store.certificates('ca', 'acme')).toHaveLength(3);
  });

  it('takes a single text or byte string', async () => {
    const store = createTrustStore({ 'ca:a': root.pem, 'ca:b': root.der });
    expect(await store.certificates('ca', 'a')).toEqual(await store.certificates('ca', 'b'));
  });

  it('keeps types apart', async () => {
    const store = createTrustStore({ 'ca:acme': root.pem });
    await rejection(store.certificates('signingAuthority', 'acme'), 'ERR_TRUST_STORE_NOT_FOUND');
    await rejection(store.certificates('tsa', 'acme'), 'ERR_TRUST_STORE_NOT_FOUND');
  });

  it('keeps the case of names', async () => {
    const store = createTrustStore({ 'ca:acme': root.pem });
    await rejection(store.certificates('ca', 'Acme'), 'ERR_TRUST_STORE_NOT_FOUND');
  });

  it('does not have the members that objects inherit', async () => {
    const store = createTrustStore({});
    await rejection(store.certificates('ca', 'constructor'), 'ERR_TRUST_STORE_NOT_FOUND');
  });

  it.each([
    'acme',
    'ca',
    'ca:',
    ':acme',
    'other:acme',
    'CA:acme',
    'ca:a/b',
    'ca:a b',
    'ca:a\n',
    'ca:a:b',
    '*',
  ])('has no store named %j', (name) => {
    failure(() => createTrustStore({ [name]: root.pem }), 'ERR_ARGUMENT_INVALID');
  });

  it('is rejected when a store is empty', () => {
    failure(() => createTrustStore({ 'ca:acme': [] }), 'ERR_TRUST_STORE_INVALID');
  });

  it.each([
    ['text that is not PEM', 'not a certificate'],
    ['a private key', leaf.privateKey],
    ['a key next to the certificate', root.pem + leaf.privateKey],
  ])('is rejected with %s', (_, content) => {
    failure(() => createTrustStore({ 'ca:acme': content }), 'ERR_ENCODING_INVALID');
  });

  it('is rejected with a malformed certificate', () => {
    failure(() => createTrustStore({ 'ca:acme': root.der.slice(0, -1) }), 'ERR_CERTIFICATE_INVALID');
  });
});

describe.each(['ca', 'signingAuthority'] as const)('a store of the type %s', (type) => {
  it('may contain roots, intermediates and self-signed leafs', async () => {
    const selfSigned = forgeLeaf();
    expect(await load(type, root, intermediate, selfSigned)).toEqual(
      [root, intermediate, selfSigned].map((certificate) => certificate.der),
    );
  });

  it('must not contain a leaf that another issued', async () => {
    expect(await refused(type, leaf)).toContain('forged-leaf');
  });

  it('must not contain a certificate that only has the name of its issuer', async () => {
    await refused(type, forgeLeaf({ corruptSignature: true }));
  });

  it('may contain a root signed with SHA-1, whose own signature proves nothing', async () => {
    expect(await load(type, forgeAuthority({ key: 'RSA-2048', signature: sha1 }))).toHaveLength(1);
  });

  it('must not contain a self-signed leaf that is signed with SHA-1', async () => {
    await refused(type, forgeLeaf({ key: 'RSA-2048', signature: sha1 }));
  });

  it('may contain a self-signed certificate of version 1', async () => {
    expect(await load(type, forgeCertificate({ version: 1 }))).toHaveLength(1);
  });

  it('is rejected again when it is read again', async () => {
    const store = createTrustStore({ [`${type}:acme`]: leaf.pem });
    await rejection(store.certificates(type, 'acme'), 'ERR_TRUST_STORE_INVALID');
    await rejection(store.certificates(type, 'acme'), 'ERR_TRUST_STORE_INVALID');
  });
});

describe('a store of the type tsa', () => {
  it('may contain root CAs', async () => {
    expect(await load('tsa', root)).toHaveLength(1);
  });

  it.each([
    ['an intermediate', intermediate],
    ['a leaf', leaf],
    ['a self-signed leaf', forgeLeaf()],
    ['a root with a corrupt signature', forgeAuthority({ corruptSignature: true })],
    ['a root signed with SHA-1', forgeAuthority({ key: 'RSA-2048', signature: sha1 })],
    [
      'a self-signed certificate that is expressly no CA',
      forgeLeaf({ extensions: [extensions.basicConstraints({ ca: false })] }),
    ],
  ])('must not contain %s', async (_, certificate) => {
    expect(await refused('tsa', certificate)).toContain('self-signed CA');
  });
});

describe('the trusted certificate of a chain', () => {
  const parse = (...certificates: Forged[]) =>
    certificates.map((certificate) => parseCertificate(certificate.der));

  it.each([
    ['its root', root],
    ['its intermediate', intermediate],
  ])('may be %s', (_, anchor) => {
    expect(findTrusted(parse(...chain), parse(forgeAuthority(), anchor))?.der).toEqual(anchor.der);
  });

  it('must be the same byte for byte: name and key do not suffice', () => {
    const again = forgeAuthority({ subject: root.subject, key: root.key });
    expect(findTrusted(parse(...chain), parse(again))).toBeUndefined();
  });

  it('is not found in an empty store', () => {
    expect(findTrusted(parse(...chain), [])).toBeUndefined();
  });
});

describe('the check of trust anchors', () => {
  it('names the store', async () => {
    const check = checkTrustAnchors('ca', 'ca:acme', [parseCertificate(leaf.der)]);
    expect(await rejection(check, 'ERR_TRUST_STORE_INVALID')).toContain('ca:acme');
  });
});

describe('createTrustStore, called from plain JavaScript', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'ca:acme'],
    ['a Map', new Map([['ca:acme', '']])],
    ['a store of nothing', { 'ca:acme': undefined }],
    ['a store of an object', { 'ca:acme': {} }],
    ['a store of a list of nothing', { 'ca:acme': [undefined] }],
    ['the name ..', { 'ca:..': '' }],
    ['the name .', { 'ca:.': '' }],
  ])('rejects %s', (_, stores) => {
    expect(() => createTrustStore(stores as unknown as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });
});
