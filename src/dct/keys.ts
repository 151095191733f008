import { DerReader, Tag } from '../asn1/der-reader.ts';
import { readInteger } from '../asn1/values.ts';
import { hash } from '../crypto/digest.ts';
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isNotationError } from '../errors/index.ts';
import { type Certificate, readCertificates } from '../x509/certificate.ts';
import { keyBits, type PublicKeyInfo, readPublicKey } from '../x509/public-key.ts';
import { encodeCanonicalJson } from './canonical-json.ts';
import { metadataInvalid } from './failure.ts';
import type { KeyDocument } from './schemas.ts';

/** A public key as metadata has it. */
export interface TrustKey {
  readonly id: string;
  /** `ecdsa`, `ecdsa-x509`, `rsa`, `rsa-x509`, `ed25519`, or a type that cannot be used. */
  readonly type: string;
  /** SubjectPublicKeyInfo in DER, certificates in PEM, or the 32 bytes of an Ed25519 key. */
  readonly bytes: Uint8Array;
}

/** The keys of a role, and how many of them must sign. */
export interface RoleKeys {
  readonly name: string;
  readonly threshold: number;
  readonly keys: ReadonlyMap<string, TrustKey>;
}

/**
 * Returns the identifier of a key: the SHA-256 of its canonical JSON, as lower-case hexadecimal.
 * @param type - Such as `ecdsa`.
 * @param bytes - The public key in the form of its type.
 */
export async function keyIdOf(type: string, bytes: Uint8Array): Promise<string> {
  const document = { keytype: type, keyval: { private: null, public: encodeBase64(bytes) } };
  return encodeHex(await hash('SHA-256', encodeCanonicalJson(document)));
}

/**
 * Returns the keys of a role, each under its own identifier.
 * @param name - The role that has the keys.
 * @param listedBy - The role whose metadata lists them.
 * @throws NotationError `ERR_DCT_METADATA_INVALID` if a key is missing, or is listed under another identifier
 */
export async function roleKeys(
  name: string,
  { keyids, threshold }: { keyids: readonly string[]; threshold: number },
  keys: Readonly<Record<string, KeyDocument>>,
  listedBy: string,
): Promise<RoleKeys> {
  const found = await Promise.all(
    [...new Set(keyids)].map(async (id) => {
      const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
      if (!key) throw metadataInvalid(listedBy, `lacks a key of the role "${name}"`);
      const bytes = decodeBase64(key.keyval.public, 'public key');
      if ((await keyIdOf(key.keytype, bytes)) !== id) {
        throw metadataInvalid(
          listedBy,
          `lists a key of the role "${name}" under an identifier of another key`,
        );
      }
      return [id, { id, type: key.keytype, bytes }] as const;
    }),
  );
  return { name, threshold, keys: new Map(found) };
}

/** Returns the public key of a type that has one in ASN.1, or `undefined` if it cannot be read. */
export function publicKeyInfo({ type, bytes }: TrustKey): PublicKeyInfo | undefined {
  return readOrNothing(() => {
    if (type.endsWith('-x509')) return readCertificates(bytes, 'the key')[0]?.publicKey;
    const reader = new DerReader(bytes, 'public key', 'ERR_CERTIFICATE_INVALID');
    const info = readPublicKey(reader);
    reader.end();
    return info;
  });
}

/** Bytes of a modulus of 2048 bits as an INTEGER, which has a byte for its sign. */
const LEAST_MODULUS = 257;

/** Reports whether an RSA key has fewer than 2048 bits, which notary's programs reject. */
export function isShortRsaKey(info: PublicKeyInfo): boolean {
  if (info.type !== 'RSA') return false;
  const key = new DerReader(keyBits(info), 'public key', 'ERR_CERTIFICATE_INVALID').enter(Tag.sequence);
  return readInteger(key).length < LEAST_MODULUS;
}

/** Returns the certificates of a key, or `undefined` if it has none, or they cannot be read. */
export function certificatesOf({ type, bytes }: TrustKey): readonly Certificate[] | undefined {
  return type.endsWith('-x509') ? readOrNothing(() => readCertificates(bytes, 'the key')) : undefined;
}

/** A key that cannot be read signs nothing; it does not spoil those next to it. */
function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}
