import type { KeySpec, SignatureAlgorithm } from '../crypto/algorithms.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import type { CryptoKey } from '../crypto/types.ts';
import { demandCurve } from '../crypto/verify.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import { decodeHex } from '../encoding/hex.ts';
import { decodePem } from '../encoding/pem.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { Tag } from './der.ts';
import { element, sequence } from './der-writer.ts';

/** A private key as callers hold it: PEM text, DER bytes of PKCS#8, PEM as bytes, or a WebCrypto key. */
export type PrivateKeyInput = string | Uint8Array | CryptoKey;

/** AlgorithmIdentifier of each kind of key (RFC 3279, RFC 5480), for the older forms that do not carry their own. */
const ALGORITHM_IDENTIFIERS: Readonly<Record<KeySpec, string>> = {
  'RSA-2048': '300d06092a864886f70d0101010500',
  'RSA-3072': '300d06092a864886f70d0101010500',
  'RSA-4096': '300d06092a864886f70d0101010500',
  'EC-256': '301306072a8648ce3d020106082a8648ce3d030107',
  'EC-384': '301006072a8648ce3d020106052b81040022',
  'EC-521': '301006072a8648ce3d020106052b81040023',
};

/**
 * Makes a WebCrypto key that signs with an algorithm.
 *
 * @param key - PKCS#8, or as openssl wrote keys before: PKCS#1 (`RSA PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`) in PEM.
 * @param algorithm - Chosen by the leaf certificate.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_KEY_MISMATCH` for a key of another kind.
 */
export async function importPrivateKey(
  key: PrivateKeyInput,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) return checkCryptoKey(key, algorithm);
  const pkcs8 = readPkcs8(key, algorithm);
  try {
    return await subtle().importKey('pkcs8', bufferSource(pkcs8), algorithm.importParams, false, ['sign']);
  } catch (cause) {
    await demandCurve(algorithm.importParams, cause);
    throw new NotationError(
      'ERR_KEY_INVALID',
      `the private key is not a ${algorithm.keySpec} key, which the certificate is for, or is malformed`,
      { cause },
    );
  }
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
      'the key is neither PEM, nor DER bytes, nor a private CryptoKey with the usage "sign"',
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

function readPkcs8(key: string | Uint8Array, algorithm: SignatureAlgorithm): Uint8Array {
  if (typeof key !== 'string' && key[0] === Tag.sequence) return key;
  const blocks = readPem(key);
  // openssl puts a block with the parameters of the curve in front.
  const [block, ...others] = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  if (!block || others.length > 0) {
    throw new NotationError('ERR_KEY_INVALID', 'one private key was expected, in PEM or DER');
  }
  switch (block.label) {
    case 'PRIVATE KEY':
      return block.der;
    case 'RSA PRIVATE KEY':
    case 'EC PRIVATE KEY':
      return wrap(block.der, algorithm);
    case 'ENCRYPTED PRIVATE KEY':
      throw encrypted();
    default:
      throw new NotationError('ERR_KEY_INVALID', `a private key was expected, but there is a ${block.label}`);
  }
}

function readPem(key: string | Uint8Array) {
  try {
    const text = typeof key === 'string' ? key : decodeUtf8(key, 'private key');
    // Keys encrypted the old way carry headers that are no base64.
    if (text.includes('Proc-Type: 4,ENCRYPTED')) throw encrypted();
    return decodePem(text);
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    // Not kept as a cause: nothing of a key belongs into an error.
    throw new NotationError('ERR_KEY_INVALID', 'the private key is neither PEM nor DER, or is malformed PEM');
  }
}

function encrypted(): NotationError {
  return new NotationError('ERR_KEY_INVALID', 'the private key is encrypted: decrypt it first');
}

/** PrivateKeyInfo around a key (RFC 5208, section 5). */
function wrap(key: Uint8Array, { keySpec }: SignatureAlgorithm): Uint8Array {
  const identifier = decodeHex(ALGORITHM_IDENTIFIERS[keySpec]);
  const version = Uint8Array.of(Tag.integer, 1, 0);
  return sequence(version, identifier, element(Tag.octetString, key));
}
