import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateTestCertificate } from '../../../src/testing/index.ts';
import { readCertificate } from '../../../src/x509/certificate.ts';
import { derOf } from '../../interop/support/openssl.ts';
import { OpensslAuthority } from '../../interop/support/openssl-authority.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedChain,
  type ForgedContent,
  type ForgedKey,
  type ForgedKeyType,
  forgeChain,
  forgeKey,
  forgeLeaf,
  purposes,
  signBytes,
} from '../../support/forge.ts';
import { Random } from './random.ts';

const random = new Random(1);
const FROM = new Date('2019-01-01T00:00:00Z');
const UNTIL = new Date('2049-06-01T00:00:00Z');

/** A key that is the same in every run. RSA keys are not: Node cannot make them from given numbers. */
function fixedKey(type: ForgedKeyType): ForgedKey {
  const curve = { 'EC-256': 'prime256v1', 'EC-384': 'secp384r1', 'EC-521': 'secp521r1' }[String(type)];
  if (curve === undefined) return forgeKey(type, `differential ${random.below(2 ** 32)}`);
  const bytes = Number(type.slice(3)) / 8;
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(Uint8Array.of(...(bytes % 1 ? [0] : []), 1, ...random.bytes(Math.floor(bytes) - 1)));
  const point = ecdh.getPublicKey();
  const size = (point.length - 1) / 2;
  const scalar = Buffer.alloc(size);
  ecdh.getPrivateKey().copy(scalar, size - ecdh.getPrivateKey().length);
  const jwk = {
    kty: 'EC',
    crv: type.replace('EC', 'P'),
    d: scalar.toString('base64url'),
    x: point.subarray(1, 1 + size).toString('base64url'),
    y: point.subarray(1 + size).toString('base64url'),
  };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { type, privateKey, publicKey: createPublicKey(privateKey) };
}

const serial = () => Uint8Array.of(0x40, ...random.bytes(15));

/** The content of a certificate whose key, serial number and times are the same in every run. */
export const fixed = (type: ForgedKeyType = 'EC-256'): ForgedContent & { key: ForgedKey } => ({
  key: fixedKey(type),
  serialNumber: serial(),
  notBefore: FROM,
  notAfter: UNTIL,
});

function chainOf(
  leaf: ForgedKeyType,
  more: ForgedContent = {},
  intermediates = 0,
  root: ForgedKeyType = 'EC-256',
): ForgedChain {
  return forgeChain({
    root: fixed(root),
    intermediates: Array.from({ length: intermediates }, () => fixed()),
    leaf: { ...fixed(leaf), ...more },
  });
}

/** A chain whose keys are known, leaf first. */
export type Chain = Pick<ForgedChain, 'chain' | 'leaf' | 'root'>;

/** Chains of every kind, by this library's tests. */
export function forgedChains(): Chain[] {
  const lone = forgeLeaf({ ...fixed(), subject: 'lone' });
  const linked = fixed();
  const withEverything = chainOf('EC-256', {
    key: linked.key,
    extensions: [
      extensions.keyUsage(['digitalSignature', 'nonRepudiation']),
      extensions.extendedKeyUsage([purposes.codeSigning]),
      extensions.basicConstraints({ ca: false }),
      extensions.subjectKeyIdentifier(linked.key),
      extensions.authorityKeyIdentifier(linked.key),
      extensions.ocsp(['http://ocsp.example']),
      extensions.crl(['http://crl.example/a', 'http://crl.example/b']),
      extensions.of('2.5.29.17', der.sequence(der.implicit(2, Buffer.from('name.example')))),
      extensions.of('2.5.29.32', der.sequence(der.sequence(der.oid('1.2.3.4')))),
      extensions.of('1.2.3.4', der.nullValue()),
    ],
  });
  return [
    chainOf('EC-256'),
    chainOf('EC-256', {}, 2),
    chainOf('EC-384', {}, 1),
    chainOf('EC-521'),
    chainOf('RSA-2048', {}, 0, 'RSA-2048'),
    withEverything,
    { chain: [lone], leaf: lone, root: lone },
  ];
}

/** A certificate that another program made, with its key, as if it had been forged. */
function adopted(certificate: Uint8Array, privateKeyPem: string): Forged {
  const { subject, serialNumber } = readCertificate(certificate);
  const privateKey = createPrivateKey(privateKeyPem);
  const key: ForgedKey = { type: 'EC-256', privateKey, publicKey: createPublicKey(privateKey) };
  return {
    der: certificate,
    pem: '',
    key,
    privateKey: privateKeyPem,
    subject: subject.der,
    serialNumber: Uint8Array.from(Buffer.from(serialNumber, 'hex')),
    keyIdentifier: new Uint8Array(),
  };
}

/** An authority of openssl with what it issued: a leaf that names its CRL, and CRLs with and without it. */
export async function opensslChain(): Promise<{ chain: Chain; crls: Uint8Array[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'differential-'));
  try {
    const root = await OpensslAuthority.root(directory, 'Root');
    const usages = { keyUsage: 'critical,digitalSignature', extendedKeyUsage: 'codeSigning' };
    const leaf = await root.issue('signer', {
      extensions: { ...usages, crlDistributionPoints: 'URI:http://crl.example/base' },
    });
    const empty = await root.crl();
    await root.crowd(3);
    await root.revoke(leaf, { reason: 'keyCompromise' });
    const revoked = await root.crl({ extensions: { authorityKeyIdentifier: 'keyid' } });
    const [first, last] = [leaf, root.issued].map((one) => adopted(derOf(one.certificate), one.privateKey));
    if (!first || !last) throw new Error('openssl made no chain');
    return { chain: { chain: [first, last], leaf: first, root: last }, crls: [empty, revoked] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A certificate by `notarykit/testing`. */
export async function testingChain(): Promise<Chain> {
  const { root, privateKey } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  const leaf = adopted(derOf(root), privateKey);
  return { chain: [leaf], leaf, root: leaf };
}

/** Signs a document of three fields (certificate, CRL) anew; names the algorithm that the signed part names. */
export function signDocument(tbs: Uint8Array, original: Uint8Array, key: ForgedKey): Uint8Array {
  const [, algorithm] = partsOf(original);
  const inner = partsOf(tbs).find((part) => part[0] === 0x30);
  return der.sequence(tbs, inner ?? algorithm ?? new Uint8Array(), der.bitString(signBytes(tbs, key)));
}

/** The elements inside the first element of DER. */
export function partsOf(document: Uint8Array): Uint8Array[] {
  const content = contentOf(document);
  const found: Uint8Array[] = [];
  for (let offset = 0; offset < content.length; ) {
    const length = lengthOf(content.subarray(offset));
    found.push(content.subarray(offset, offset + length));
    offset += length;
  }
  return found;
}

/** The content of the first element of DER. */
export function contentOf(element: Uint8Array): Uint8Array {
  const first = element[1] ?? 0;
  return element.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f), lengthOf(element));
}

function lengthOf(element: Uint8Array): number {
  const first = element[1] ?? 0;
  const size = first < 0x80 ? 0 : first & 0x7f;
  const length =
    size === 0 ? first : element.subarray(2, 2 + size).reduce((sum, byte) => sum * 256 + byte, 0);
  return 2 + size + length;
}
