import { Tag } from '../asn1/der-reader.ts';
import { element, sequence } from '../asn1/der-writer.ts';
import { writeKeyAlgorithm } from '../asn1/key-algorithm.ts';
import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import type { CryptoKey } from '../crypto/types.ts';
import { demandCurve } from '../crypto/verify.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import { decodePem } from '../encoding/pem.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { isEncryptedKey, kindOf } from './pkcs8.ts';

/** A private key as a JSON Web Key (RFC 7517): RSA or EC, with its private members. */
export interface PrivateJwk {
  kty: string;
  [member: string]: unknown;
}

/** A private key as callers hold it: PEM text, DER bytes of PKCS#8, PEM as bytes, a JSON Web Key, or a WebCrypto key. */
export type PrivateKeyInput = string | Uint8Array | PrivateJwk | CryptoKey;

/** A private key that is read as far as it can be without knowing what kind it is to be. */
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
 * @param key - PKCS#8, encrypted or not, in PEM or DER, or as openssl wrote keys before: PKCS#1 (`RSA PRIVATE KEY`) or
 * SEC 1 (`EC PRIVATE KEY`) in PEM; a JSON Web Key, or a WebCrypto key.
 * @param passphrase - Of an encrypted key; one that is not encrypted takes no notice of it.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_PASSPHRASE_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function readPrivateKey(
  key: PrivateKeyInput,
  passphrase: string | undefined,
): Promise<KeyMaterial> {
  if (typeof key === 'string' || key instanceof Uint8Array) return readBytes(key, passphrase);
  // What is neither is told where it is imported.
  if (isJwk(key)) return { format: 'jwk', jwk: key };
  return { format: 'webcrypto', key };
}

function isJwk(key: PrivateJwk | CryptoKey): key is PrivateJwk {
  return typeof (key as Partial<PrivateJwk> | undefined)?.kty === 'string';
}

async function readBytes(key: string | Uint8Array, passphrase: string | undefined): Promise<KeyMaterial> {
  const { label, der } = readBlock(key);
  if (label === 'RSA PRIVATE KEY' || label === 'EC PRIVATE KEY') return { format: 'traditional', der };
  if (label !== 'ENCRYPTED PRIVATE KEY' && !isEncryptedKey(der)) return { format: 'pkcs8', der };
  // Loaded on need: most keys are not encrypted.
  const { decryptPkcs8 } = await import('./encrypted-pkcs8.ts');
  return { format: 'pkcs8', der: await decryptPkcs8(der, passphrase) };
}

/**
 * Makes a WebCrypto key that signs with an algorithm.
 *
 * @param algorithm - Chosen by the leaf certificate.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_KEY_MISMATCH` for a key of another kind.
 */
export async function importPrivateKey(
  material: KeyMaterial,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  switch (material.format) {
    case 'webcrypto':
      return checkCryptoKey(material.key, algorithm);
    case 'jwk':
      return importKey('jwk', keyParts(material.jwk, algorithm), algorithm);
    case 'traditional':
      return importKey('pkcs8', wrap(material.der, algorithm), algorithm);
    default:
      checkKind(material.der, algorithm);
      return importKey('pkcs8', material.der, algorithm);
  }
}

/**
 * Tells a key of another kind from one that is malformed, which WebCrypto does not.
 * @throws NotationError `ERR_KEY_MISMATCH`, `ERR_ALGORITHM_UNSUPPORTED`, `ERR_KEY_INVALID` for another thing than a key
 */
function checkKind(der: Uint8Array, { keySpec }: SignatureAlgorithm): void {
  const kind = kindOf(der);
  if (kind === undefined || kind === keySpec || (kind === 'RSA' && keySpec.startsWith('RSA'))) return;
  if (kind === 'PKCS #12') {
    const message =
      'a private key was expected, but this is a PKCS #12 file: give readPkcs12 of notarykit/keys';
    throw new NotationError('ERR_KEY_INVALID', message);
  }
  if (kind.includes(' ')) {
    throw new NotationError('ERR_ALGORITHM_UNSUPPORTED', `a private key of the ${kind} cannot sign`);
  }
  const message = `the private key is of the kind ${kind}, and the certificate is for ${keySpec}`;
  throw new NotationError('ERR_KEY_MISMATCH', message);
}

async function importKey(
  format: 'pkcs8' | 'jwk',
  key: Uint8Array | JsonWebKey,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  const { importParams, keySpec } = algorithm;
  try {
    if (key instanceof Uint8Array) {
      return await subtle().importKey('pkcs8', bufferSource(key), importParams, false, ['sign']);
    }
    return await subtle().importKey('jwk', key, importParams, false, ['sign']);
  } catch (cause) {
    await demandCurve(importParams, cause);
    throw new NotationError(
      'ERR_KEY_INVALID',
      `the private key is not of the kind ${keySpec}, which the certificate is for, or is malformed`,
      { cause: format === 'jwk' ? undefined : cause },
    );
  }
}

/** The members of a private key (RFC 7518, sections 6.2 and 6.3); runtimes differ in what they miss. */
const JWK_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'x', 'y', 'd'],
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
};

/**
 * What a key is. What it may be used for is checked here, as runtimes differ in what they demand of it; the algorithm is
 * chosen by the certificate, so that `alg` needs no look.
 * @throws NotationError `ERR_KEY_INVALID`
 */
function keyParts(jwk: PrivateJwk, { keySpec, importParams }: SignatureAlgorithm): JsonWebKey {
  const { kty, crv, use, key_ops } = jwk;
  if (use !== undefined && use !== 'sig') throw notForSigning(`its use is ${JSON.stringify(use)}`);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('sign'))) {
    throw notForSigning('its key_ops lack "sign"');
  }
  if (kty !== keySpec.split('-')[0] || crv !== importParams.namedCurve) {
    throw notForSigning(`the certificate is for a ${keySpec} key, and it is none`);
  }
  if (jwk.d === undefined) throw notForSigning('it is a public key');
  const members = JWK_MEMBERS[kty] ?? [];
  const missing = members.find((name) => typeof jwk[name] !== 'string');
  if (missing !== undefined) throw notForSigning(`it lacks ${missing}`);
  return { kty, ...Object.fromEntries(members.map((name) => [name, jwk[name]])) };
}

function notForSigning(reason: string): NotationError {
  return new NotationError('ERR_KEY_INVALID', `the JSON Web Key cannot sign: ${reason.slice(0, 80)}`);
}

/** What a CryptoKey says of itself: of a curve, or of the hash that it is bound to. */
interface KeyDetails {
  name: string;
  namedCurve?: string;
  hash?: { name: string };
}

function checkCryptoKey(key: CryptoKey, { importParams, keySpec }: SignatureAlgorithm): CryptoKey {
  if (key?.type !== 'private' || !key.usages?.includes('sign')) {
    throw new NotationError(
      'ERR_KEY_INVALID',
      'the key is neither PEM, nor DER bytes, nor a JSON Web Key, nor a private CryptoKey with the usage "sign"',
    );
  }
  const { name, namedCurve, hash }: KeyDetails = key.algorithm;
  const fits =
    name === importParams.name && namedCurve === importParams.namedCurve && hash?.name === importParams.hash;
  if (fits) return key;
  const wanted = importParams.namedCurve ?? `the hash ${importParams.hash}`;
  throw new NotationError(
    'ERR_KEY_MISMATCH',
    `the certificate has a ${keySpec} key: the CryptoKey must be for ${importParams.name} with ${wanted}`,
  );
}

/** The one key of a PEM text, or what is DER already. */
function readBlock(key: string | Uint8Array): { label: string; der: Uint8Array } {
  if (typeof key !== 'string' && key[0] === Tag.sequence) return { label: 'PRIVATE KEY', der: key };
  const blocks = readPem(key);
  // openssl puts a block with the parameters of the curve in front.
  const [block, ...others] = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  if (!block || others.length > 0) {
    throw new NotationError('ERR_KEY_INVALID', 'one private key was expected, in PEM or DER');
  }
  if (LABELS.includes(block.label)) return block;
  throw new NotationError('ERR_KEY_INVALID', `a private key was expected, but there is a ${block.label}`);
}

function readPem(key: string | Uint8Array) {
  try {
    const text = typeof key === 'string' ? key : decodeUtf8(key, 'private key');
    // Keys encrypted the old way carry headers that are no base64.
    if (text.includes('Proc-Type: 4,ENCRYPTED')) throw weaklyEncrypted();
    return decodePem(text);
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    // Not kept as a cause: nothing of a key belongs into an error.
    throw new NotationError('ERR_KEY_INVALID', 'the private key is neither PEM nor DER, or is malformed PEM');
  }
}

/** Its key is the MD5 of the passphrase, which protects nothing: openssl pkcs8 makes a better one of it. */
function weaklyEncrypted(): NotationError {
  return new NotationError(
    'ERR_KEY_INVALID',
    'the private key is encrypted in the old way of PEM, which is not supported: encrypt it again with openssl pkcs8 -topk8',
  );
}

/** PrivateKeyInfo around a key (RFC 5208, section 5). */
function wrap(key: Uint8Array, { keySpec }: SignatureAlgorithm): Uint8Array {
  const version = Uint8Array.of(Tag.integer, 1, 0);
  return sequence(version, writeKeyAlgorithm(keySpec), element(Tag.octetString, key));
}
