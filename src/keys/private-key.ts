import { Tag } from '../asn1/der-reader.ts';
import type { CryptoKey } from '../crypto/types.ts';
import { byteOrderMark, isBytes, ownBytes } from '../encoding/bytes.ts';
import { decodePem, type PemBlock } from '../encoding/pem.ts';
import { isNotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { keyInvalid } from './key-errors.ts';
import { isEncryptedKey } from './pkcs8.ts';

/** A private key as a JSON Web Key (RFC 7517): RSA or EC, with its private members. */
export interface PrivateJwk {
  kty: string;
  [member: string]: unknown;
}

/** A private key as callers pass it: PEM as a string or as bytes, PKCS#8 in DER, a JSON Web Key, or a WebCrypto key. */
export type PrivateKeyInput = string | Uint8Array | PrivateJwk | CryptoKey;

/** A private key that has been decrypted, but not parsed. */
export type KeyMaterial =
  | { format: 'pkcs8' | 'traditional'; der: Uint8Array }
  | { format: 'jwk'; jwk: PrivateJwk }
  | { format: 'webcrypto'; key: CryptoKey };

const LABELS: readonly string[] = [
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
];

/**
 * Reads a private key.
 *
 * @param key - PKCS#8, encrypted or not, in PEM or DER, or a traditional key of openssl: PKCS#1 (`RSA PRIVATE KEY`) or
 * SEC 1 (`EC PRIVATE KEY`) in PEM; a JSON Web Key, or a WebCrypto key. PEM may also hold certificates, and the headers of
 * Docker Content Trust.
 * @param passphrase - The passphrase of an encrypted key; ignored for a key that is not encrypted.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_PASSPHRASE_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function readPrivateKey(
  key: PrivateKeyInput,
  passphrase: string | undefined,
): Promise<KeyMaterial> {
  if (typeof key === 'string') return decrypt(readPemKey(key), passphrase);
  if (isBytes(key)) return decrypt(readBlock(ownBytes(key)), passphrase);
  // importPrivateKey rejects anything else.
  if (isJwk(key)) return { format: 'jwk', jwk: key };
  return { format: 'webcrypto', key };
}

function isJwk(key: PrivateJwk | CryptoKey): key is PrivateJwk {
  return typeof (key as Partial<PrivateJwk> | undefined)?.kty === 'string';
}

type KeyBlock = Pick<PemBlock, 'label' | 'der'>;

async function decrypt({ label, der }: KeyBlock, passphrase: string | undefined): Promise<KeyMaterial> {
  if (label === 'RSA PRIVATE KEY' || label === 'EC PRIVATE KEY') return { format: 'traditional', der };
  if (label !== 'ENCRYPTED PRIVATE KEY' && !isEncryptedKey(der)) return { format: 'pkcs8', der };
  // Loaded lazily: most keys are not encrypted.
  const { decryptPkcs8 } = await import('./encrypted-pkcs8.ts');
  return { format: 'pkcs8', der: await decryptPkcs8(der, passphrase) };
}

function readBlock(key: Uint8Array): KeyBlock {
  return key[0] === Tag.sequence ? { label: 'PRIVATE KEY', der: key } : readPemKey(key);
}

/** Returns the only key in PEM. */
function readPemKey(key: string | Uint8Array): KeyBlock {
  const blocks = readPem(key);
  const [block, ...others] = blocks.filter(({ label }) => !isCompanion(label));
  const found = block ?? blocks[0];
  if (!found || others.length > 0) throw keyInvalid('one private key was expected, in PEM or DER');
  if (!LABELS.includes(found.label)) {
    throw keyInvalid(`a private key was expected, but the PEM block is a ${quote(found.label)}`);
  }
  // Their key is the MD5 of the passphrase.
  if (found.headers.some((header) => /^Proc-Type: *4, *ENCRYPTED/.test(header))) {
    throw keyInvalid(
      'the private key is encrypted in the old way of PEM, which is not supported: encrypt it again with openssl pkcs8 -topk8',
    );
  }
  return found;
}

/**
 * Reports whether a block is not a key: openssl writes the parameters of the curve in a block of their own, and other
 * programs add certificates.
 */
function isCompanion(label: string): boolean {
  return label.endsWith('CERTIFICATE') || label.endsWith(' PARAMETERS');
}

function readPem(key: string | Uint8Array): PemBlock[] {
  const mark = byteOrderMark(key);
  if (mark !== undefined) throw keyInvalid(`the private key ${mark}`);
  try {
    return decodePem(key);
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    // Not kept as a cause: an error must not contain any part of a key.
    throw keyInvalid('the private key is neither PEM nor DER, or is malformed PEM');
  }
}
