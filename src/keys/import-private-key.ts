import { Oid } from '../asn1/oids.ts';
import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { subtle } from '../crypto/subtle.ts';
import type { CryptoKey } from '../crypto/types.ts';
import { requireCurve } from '../crypto/verify.ts';
import { decodeBase64Url, encodeBase64Url } from '../encoding/base64.ts';
import { concatBytes, isBytes, ownBytes } from '../encoding/bytes.ts';
import { isNotationError, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { keyInvalid } from './key-errors.ts';
import { privateKeyAlgorithm, withFullScalar, wrapPrivateKey } from './pkcs8.ts';
import type { KeyMaterial, PrivateJwk } from './private-key.ts';

/**
 * Makes a WebCrypto key that signs with an algorithm.
 *
 * @param algorithm - Chosen by the leaf certificate.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_KEY_MISMATCH` for a key of another type, `ERR_ALGORITHM_UNSUPPORTED` for a
 * type that cannot sign, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function importPrivateKey(
  material: KeyMaterial,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  switch (material.format) {
    case 'webcrypto':
      return checkCryptoKey(material.key, algorithm);
    case 'jwk':
      return importKey(signingMembers(material.jwk, algorithm), algorithm);
    case 'traditional':
      return importKey(withFullScalar(wrapPrivateKey(material.der, algorithm.keySpec)), algorithm);
    default:
      checkKeyType(material.der, algorithm);
      return importKey(withFullScalar(material.der), algorithm);
  }
}

/**
 * Checks the type of a key: WebCrypto does not tell a key of another type from a malformed one.
 * @throws NotationError `ERR_KEY_MISMATCH`, `ERR_ALGORITHM_UNSUPPORTED`, `ERR_KEY_INVALID` for a PKCS #12 file
 */
function checkKeyType(der: Uint8Array, { keySpec }: SignatureAlgorithm): void {
  const algorithm = privateKeyAlgorithm(der);
  if (!algorithm) return;
  if (algorithm.type === 'other') {
    // A PKCS #12 file has its content type in the place of the algorithm.
    if (algorithm.oid === Oid.data) throw pkcs12Given();
    throw unsupported(`algorithm ${algorithm.oid}`);
  }
  if (algorithm.type === 'EC' && algorithm.size === undefined) throw unsupported(`curve ${algorithm.curve}`);
  const type = algorithm.type === 'EC' ? `EC-${algorithm.size}` : 'RSA';
  if (type === keySpec || (type === 'RSA' && keySpec.startsWith('RSA'))) return;
  const message = `the private key is of type ${type}, but the certificate has a key of type ${keySpec}`;
  throw new NotationError('ERR_KEY_MISMATCH', message);
}

function pkcs12Given(): NotationError {
  return keyInvalid(
    'a private key was expected, but this is a PKCS #12 file: read it with readPkcs12 of notarykit/keys',
  );
}

function unsupported(what: string): NotationError {
  return new NotationError('ERR_ALGORITHM_UNSUPPORTED', `a private key of the ${what} cannot sign`);
}

async function importKey(
  key: Uint8Array | JsonWebKey,
  { importParams, keySpec }: SignatureAlgorithm,
): Promise<CryptoKey> {
  const provider = subtle();
  const isDer = isBytes(key);
  try {
    if (isDer) return await provider.importKey('pkcs8', ownBytes(key), importParams, false, ['sign']);
    return await provider.importKey('jwk', key, importParams, false, ['sign']);
  } catch (cause) {
    await requireCurve(importParams, cause);
    // Runtimes may show members of a JSON Web Key: an error must not contain any part of a key.
    const message = `the private key is malformed, or not of type ${keySpec} as that of the certificate`;
    throw keyInvalid(message, isDer ? cause : undefined);
  }
}

/** The members of a private key (RFC 7518, sections 6.2 and 6.3); runtimes differ in which they require. */
const JWK_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'x', 'y', 'd'],
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
};

/**
 * Returns the members that WebCrypto needs. `use` and `key_ops` are checked here, because runtimes differ in what they require;
 * `alg` is ignored, as the certificate decides the algorithm.
 * @throws NotationError `ERR_KEY_INVALID`
 */
function signingMembers(jwk: PrivateJwk, algorithm: SignatureAlgorithm): JsonWebKey {
  const { keySpec, importParams } = algorithm;
  const { kty, crv, use, key_ops } = jwk;
  if (use !== undefined && use !== 'sig') throw jwkInvalid(`its use is ${quote(use)}`);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('sign'))) {
    throw jwkInvalid('its key_ops lack "sign"');
  }
  if (kty !== keySpec.split('-')[0] || crv !== importParams.namedCurve) {
    throw jwkInvalid(`the certificate has a key of type ${keySpec}, but the private key is of another type`);
  }
  if (jwk.d === undefined) throw jwkInvalid('it is a public key');
  const members = JWK_MEMBERS[kty] ?? [];
  const missing = members.find((name) => typeof jwk[name] !== 'string');
  if (missing !== undefined) throw jwkInvalid(`it lacks ${missing}`);
  const length = kty === 'EC' ? algorithm.signatureLength / 2 : undefined;
  const numbers = members.map((name) => [name, name === 'crv' ? crv : jwkNumber(jwk[name], length)]);
  return { kty, ...Object.fromEntries(numbers) };
}

/**
 * Returns a number of a JSON Web Key with as many bytes as RFC 7518, section 2 and 6.2, require: some programs write a sign
 * byte or omit leading zeros, and runtimes differ in what they take. Anything malformed is returned as it is.
 * @param length - The bytes of the number; as few as possible if it is not given.
 */
function jwkNumber(text: unknown, length: number | undefined): unknown {
  if (typeof text !== 'string') return text;
  try {
    const bytes = decodeBase64Url(text);
    const start = bytes.findIndex((byte) => byte !== 0);
    const digits = start < 0 ? new Uint8Array() : bytes.subarray(start);
    const zeros = Math.max(0, (length ?? 0) - digits.length);
    return encodeBase64Url(concatBytes(new Uint8Array(zeros), digits));
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return text;
  }
}

function jwkInvalid(reason: string): NotationError {
  return keyInvalid(`the JSON Web Key cannot sign: ${reason}`);
}

/** The algorithm of a CryptoKey, with its curve or hash. */
interface KeyDetails {
  name: string;
  namedCurve?: string;
  hash?: { name: string };
}

function checkCryptoKey(key: CryptoKey, { importParams, keySpec }: SignatureAlgorithm): CryptoKey {
  if (key?.type !== 'private' || !key.usages?.includes('sign')) {
    throw keyInvalid(
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
