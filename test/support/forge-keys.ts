import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as der from './der.ts';

/** The kinds of key that can be forged; the first six are those that may sign artifacts. */
export type ForgedKeyType =
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-4096'
  | 'EC-256'
  | 'EC-384'
  | 'EC-521'
  | 'RSA-1024'
  | 'RSA-2056'
  /** secp224r1 */
  | 'EC-224'
  /** secp256k1 */
  | 'EC-256K'
  /** An RSA key of 2048 bits whose public key says id-RSASSA-PSS. */
  | 'RSA-PSS-2048'
  | 'Ed25519';

/** A private key with its public key, as `node:crypto` holds them. */
export interface ForgedKey {
  readonly type: ForgedKeyType;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** How a certificate, a list, a response … is signed. */
export interface ForgedSignature {
  name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS' | 'ECDSA' | 'Ed25519';
  hash: 'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** Length of the salt of RSA-PSS in bytes; as many as the hash has by default. */
  saltLength?: number;
}

const keys = new Map<string, ForgedKey>();

/**
 * A key. The same type and label give the same key within a test file, because RSA keys take long to generate.
 * @param label - Name of the key; a key of its own for each certificate by default, except for RSA, where it is
 * the same one.
 */
export function forgeKey(type: ForgedKeyType, label?: string): ForgedKey {
  if (label === undefined && !type.startsWith('RSA')) return generate(type);
  const id = `${type} ${label ?? ''}`;
  const key = keys.get(id) ?? generate(type);
  keys.set(id, key);
  return key;
}

/** Signs bytes as certificates, lists and responses are signed: ECDSA signatures are DER. */
export function signBytes(
  bytes: Uint8Array,
  key: ForgedKey,
  signature: ForgedSignature = signatureOf(key),
): Uint8Array {
  if (signature.name === 'Ed25519') return new Uint8Array(sign(null, bytes, key.privateKey));
  const pss = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: signature.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const options = signature.name === 'RSA-PSS' ? pss : {};
  const hash = signature.hash.replace('-', '').toLowerCase();
  return new Uint8Array(sign(hash, bytes, { key: key.privateKey, ...options }));
}

/** The usual way for a key to sign: RSA by PKCS#1 v1.5 with SHA-256, ECDSA with the hash of the curve. */
export function signatureOf({ type }: ForgedKey): ForgedSignature {
  if (type === 'Ed25519') return { name: 'Ed25519', hash: 'SHA-512' };
  if (type === 'RSA-PSS-2048') return { name: 'RSA-PSS', hash: 'SHA-256' };
  if (type.startsWith('RSA')) return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const hash = type === 'EC-521' ? 'SHA-512' : type === 'EC-384' ? 'SHA-384' : 'SHA-256';
  return { name: 'ECDSA', hash };
}

const SIGNATURE_OIDS: Readonly<Record<string, string>> = {
  'RSASSA-PKCS1-v1_5 MD5': '1.2.840.113549.1.1.4',
  'RSASSA-PKCS1-v1_5 SHA-1': '1.2.840.113549.1.1.5',
  'RSASSA-PKCS1-v1_5 SHA-256': '1.2.840.113549.1.1.11',
  'RSASSA-PKCS1-v1_5 SHA-384': '1.2.840.113549.1.1.12',
  'RSASSA-PKCS1-v1_5 SHA-512': '1.2.840.113549.1.1.13',
  'ECDSA SHA-1': '1.2.840.10045.4.1',
  'ECDSA SHA-256': '1.2.840.10045.4.3.2',
  'ECDSA SHA-384': '1.2.840.10045.4.3.3',
  'ECDSA SHA-512': '1.2.840.10045.4.3.4',
  'Ed25519 SHA-512': '1.3.101.112',
};
const HASHES: Readonly<Record<ForgedSignature['hash'], readonly [oid: string, length: number]>> = {
  MD5: ['1.2.840.113549.2.5', 16],
  'SHA-1': ['1.3.14.3.2.26', 20],
  'SHA-256': ['2.16.840.1.101.3.4.2.1', 32],
  'SHA-384': ['2.16.840.1.101.3.4.2.2', 48],
  'SHA-512': ['2.16.840.1.101.3.4.2.3', 64],
};

/** AlgorithmIdentifier of a signature, DER. */
export function algorithmIdentifier({ name, hash, saltLength }: ForgedSignature): Uint8Array {
  if (name === 'RSA-PSS') {
    const [hashOid, length] = HASHES[hash];
    const hashIdentifier = der.sequence(der.oid(hashOid), der.nullValue());
    return der.sequence(
      der.oid('1.2.840.113549.1.1.10'),
      der.sequence(
        der.explicit(0, hashIdentifier),
        der.explicit(1, der.sequence(der.oid('1.2.840.113549.1.1.8'), hashIdentifier)),
        der.explicit(2, der.integer(saltLength ?? length)),
      ),
    );
  }
  const id = SIGNATURE_OIDS[`${name} ${hash}`];
  if (id === undefined) throw new Error(`no object identifier for ${name} with ${hash}`);
  return der.sequence(der.oid(id), ...(name === 'RSASSA-PKCS1-v1_5' ? [der.nullValue()] : []));
}

/** SubjectPublicKeyInfo, DER. */
export function spkiOf(key: ForgedKey): Uint8Array {
  return new Uint8Array(key.publicKey.export({ type: 'spki', format: 'der' }));
}

/** SHA-1 of the bits of the public key (RFC 5280, section 4.2.1.2). */
export function keyIdentifierOf(key: ForgedKey): Uint8Array {
  return new Uint8Array(createHash('sha1').update(publicKeyBits(key)).digest());
}

/** The content of the BIT STRING of a public key, which OCSP hashes as well. */
export function publicKeyBits(key: ForgedKey): Uint8Array {
  const spki = spkiOf(key);
  const skip = (offset: number): [content: number, length: number] => {
    const first = spki[offset + 1] ?? 0;
    if (first < 0x80) return [offset + 2, first];
    let length = 0;
    for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + (spki[offset + 2 + i] ?? 0);
    return [offset + 2 + (first & 0x7f), length];
  };
  const [algorithm] = skip(0);
  const [start, length] = skip(algorithm);
  const [bits, size] = skip(start + length);
  return spki.slice(bits + 1, bits + size);
}

function generate(type: ForgedKeyType): ForgedKey {
  return { type, ...keyPair(type) };
}

function keyPair(type: ForgedKeyType): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (type) {
    case 'Ed25519':
      return generateKeyPairSync('ed25519');
    case 'RSA-PSS-2048':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    case 'EC-224':
      return generateKeyPairSync('ec', { namedCurve: 'secp224r1' });
    case 'EC-256K':
      return generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    case 'EC-256':
    case 'EC-384':
    case 'EC-521':
      return generateKeyPairSync('ec', { namedCurve: type.replace('EC', 'P') });
    default:
      return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) });
  }
}
