// The part of node:crypto that the forgers of the tests need, for any runtime: hashes, and synchronous signatures.
// noble does ECDSA and hashes; RSA is here, with keys that the host made.
import { ecdsa, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { Buffer } from './buffer.ts';
import { type RsaKey, signRsa } from './rsa.ts';

type HashName = keyof typeof HASHES;
type CurveName = keyof typeof CURVES;
type Ecdsa = Pick<typeof p256, 'sign' | 'getPublicKey' | 'utils' | 'Point'>;

const HASHES = { md5, sha1, sha256, sha384, sha512 };

const secp224r1 = ecdsa(
  weierstrass({
    p: 0xffffffffffffffffffffffffffffffff000000000000000000000001n,
    n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
    h: 1n,
    a: 0xfffffffffffffffffffffffffffffffefffffffffffffffffffffffen,
    b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    Gx: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
    Gy: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
  }),
  sha256,
);

/** Each curve with the content of its object identifier and the bytes of a coordinate. */
const CURVES = {
  'P-256': { curve: p256 as Ecdsa, oid: '2a8648ce3d030107' },
  'P-384': { curve: p384 as Ecdsa, oid: '2b81040022' },
  'P-521': { curve: p521 as Ecdsa, oid: '2b81040023' },
  secp256k1: { curve: secp256k1 as Ecdsa, oid: '2b8104000a' },
  secp224r1: { curve: secp224r1 as Ecdsa, oid: '2b81040021' },
};
const EC_PUBLIC_KEY = '06072a8648ce3d0201';
const RSA_ENCRYPTION = '06092a864886f70d010101';
const RSASSA_PSS = '06092a864886f70d01010a';
const ED25519 = '06032b6570';

export const constants = { RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1 };

export function randomBytes(size: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
}

export function createHash(name: string): Hash {
  return new Hash(hashNamed(name));
}

class Hash {
  readonly #parts: Uint8Array[] = [];
  readonly #hash: (bytes: Uint8Array) => Uint8Array;

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.#hash = hash;
  }

  update(bytes: Uint8Array | string): this {
    this.#parts.push(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
    return this;
  }

  digest(encoding?: string): Buffer | string {
    const digest = Buffer.from(this.#hash(Buffer.concat(this.#parts)));
    return encoding === undefined ? digest : digest.toString(encoding as 'hex');
  }
}

/** A key whose public or private half, or both, can be exported. */
export class KeyObject {
  readonly parts: KeyParts;
  readonly #der: () => Uint8Array;

  constructor(parts: KeyParts, der: () => Uint8Array) {
    this.parts = parts;
    this.#der = der;
  }

  export({ type, format }: { type: string; format: string }): Buffer | string {
    if (type !== 'spki' && type !== 'pkcs8') throw new Error(`keys are not written as ${type} here`);
    const der = Buffer.from(this.#der());
    if (format === 'der') return der;
    const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
    const label = type === 'spki' ? 'PUBLIC KEY' : 'PRIVATE KEY';
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  }
}

type KeyParts =
  | { kind: 'rsa'; key: RsaKey }
  | { kind: 'ec'; curve: CurveName; secret: Uint8Array }
  | { kind: 'ed25519'; secret: Uint8Array };

interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export function generateKeyPairSync(
  type: string,
  options: { modulusLength?: number; namedCurve?: string } = {},
): KeyPair {
  switch (type) {
    case 'rsa':
      return rsaPair(nextRsaKey(options.modulusLength ?? 0), hex(RSA_ENCRYPTION, '0500'));
    case 'rsa-pss':
      return rsaPair(nextRsaKey(options.modulusLength ?? 0), hex(RSASSA_PSS));
    case 'ec':
      return ecPair(options.namedCurve as CurveName);
    default:
      return edwardsPair();
  }
}

/** Signs as `crypto.sign` of Node does. */
export function sign(
  name: string | null,
  bytes: Uint8Array,
  options: KeyObject | { key: KeyObject; padding?: number; saltLength?: number; dsaEncoding?: string },
): Uint8Array {
  const { key, padding, saltLength, dsaEncoding } =
    options instanceof KeyObject ? { key: options, padding: undefined } : { ...options };
  const { parts } = key;
  if (parts.kind === 'ed25519') return ed25519.sign(bytes, parts.secret);
  const hash = hashNamed(name ?? '');
  if (parts.kind === 'rsa') {
    const pss = padding === constants.RSA_PKCS1_PSS_PADDING || parts.key.pss;
    return signRsa(parts.key, name as HashName, hash, bytes, pss ? (saltLength ?? -1) : undefined);
  }
  const { curve } = CURVES[parts.curve];
  const format = dsaEncoding === 'ieee-p1363' ? 'compact' : 'der';
  return curve.sign(hash(bytes), parts.secret, { prehash: false, lowS: false, format });
}

function hashNamed(name: string): (bytes: Uint8Array) => Uint8Array {
  const hash = HASHES[name.replace('-', '').toLowerCase() as HashName];
  if (!hash) throw new Error(`there is no hash function ${name}`);
  return hash;
}

let rsaKeys: readonly RsaKey[] = [];
const used = new Map<number, number>();

/** Sets the RSA keys that {@link generateKeyPairSync} returns in turn: generating them takes too long here. */
export function provideRsaKeys(keys: readonly RsaKey[]): void {
  rsaKeys = keys;
}

function nextRsaKey(bits: number): RsaKey {
  const fitting = rsaKeys.filter((key) => key.bits === bits);
  const turn = used.get(bits) ?? 0;
  used.set(bits, turn + 1);
  const key = fitting[turn % fitting.length];
  if (!key) throw new Error(`the host made no RSA key of ${bits} bits`);
  return key;
}

function rsaPair(key: RsaKey, algorithm: Uint8Array): KeyPair {
  const identifier = der(0x30, algorithm);
  const parts: KeyParts = { kind: 'rsa', key: { ...key, pss: algorithm.length < 13 } };
  return {
    publicKey: new KeyObject(parts, () => der(0x30, identifier, der(0x03, [0], unhex(key.publicKey)))),
    privateKey: new KeyObject(parts, () =>
      der(0x30, unhex('020100'), identifier, der(0x04, unhex(key.privateKey))),
    ),
  };
}

function ecPair(name: CurveName): KeyPair {
  const { curve, oid } = CURVES[name];
  const secret = curve.utils.randomSecretKey();
  const point = curve.getPublicKey(secret, false);
  const identifier = der(0x30, unhex(EC_PUBLIC_KEY), der(0x06, unhex(oid)));
  const parts: KeyParts = { kind: 'ec', curve: name, secret };
  const bits = der(0x03, [0], point);
  const sec1 = der(0x30, unhex('020101'), der(0x04, secret), der(0xa1, bits));
  return {
    publicKey: new KeyObject(parts, () => der(0x30, identifier, bits)),
    privateKey: new KeyObject(parts, () => der(0x30, unhex('020100'), identifier, der(0x04, sec1))),
  };
}

function edwardsPair(): KeyPair {
  const secret = ed25519.utils.randomSecretKey();
  const identifier = der(0x30, unhex(ED25519));
  const parts: KeyParts = { kind: 'ed25519', secret };
  return {
    publicKey: new KeyObject(parts, () =>
      der(0x30, identifier, der(0x03, [0], ed25519.getPublicKey(secret))),
    ),
    privateKey: new KeyObject(parts, () =>
      der(0x30, unhex('020100'), identifier, der(0x04, der(0x04, secret))),
    ),
  };
}

function der(tag: number, ...contents: ArrayLike<number>[]): Uint8Array {
  const content = Buffer.concat(contents.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...head, ...content]);
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function hex(...parts: string[]): Uint8Array {
  return unhex(parts.join(''));
}
