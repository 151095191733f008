import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid, readSmallInteger } from '../asn1/values.ts';
import { subtle } from '../crypto/subtle.ts';
import type { HashName } from '../crypto/types.ts';
import { ownBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/notation-error.ts';
import type { KeyDerivationBudget } from './key-derivation-budget.ts';
import { encryptionUnsupported, limitExceeded } from './key-errors.ts';
import type { Passphrase } from './passphrase.ts';

// Encryption by a password (PKCS #5 v2.1, RFC 8018).

type Decrypt = (key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array) => Promise<Uint8Array | undefined>;

/** Bytes of the key and of a block, by cipher. */
const CIPHERS: Readonly<Record<string, { keyLength: number; block: number; decrypt: Decrypt }>> = {
  [Oid.aes128Cbc]: { keyLength: 16, block: 16, decrypt: decryptAes },
  [Oid.aes192Cbc]: { keyLength: 24, block: 16, decrypt: decryptAes },
  [Oid.aes256Cbc]: { keyLength: 32, block: 16, decrypt: decryptAes },
  [Oid.tripleDesCbc]: { keyLength: 24, block: 8, decrypt: decryptTripleDes },
};

/** A hash that WebCrypto does not have; @noble/hashes has it under this name. */
type OtherHash = 'sha224' | 'sha512_224' | 'sha512_256';
type PrfHash = HashName | 'SHA-1' | OtherHash;

/** The hash of the HMAC that serves as the pseudorandom function. */
const PRFS: Readonly<Record<string, PrfHash>> = {
  [Oid.hmacWithSha1]: 'SHA-1',
  [Oid.hmacWithSha224]: 'sha224',
  [Oid.hmacWithSha256]: 'SHA-256',
  [Oid.hmacWithSha384]: 'SHA-384',
  [Oid.hmacWithSha512]: 'SHA-512',
  [Oid.hmacWithSha512_224]: 'sha512_224',
  [Oid.hmacWithSha512_256]: 'sha512_256',
};
/** Limit of iterations without WebCrypto, which is ten times as slow. */
const MAX_SLOW_ITERATIONS = 1_000_000;
/** Limit of the memory of scrypt in bytes: openssl uses 16 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
const MAX_SCRYPT_PARALLEL = 16;

/** Derives a key from a passphrase in UTF-8. */
interface KeyDerivation {
  /** The length of the key in bytes, if the file says so. */
  keyLength: number | undefined;
  derive(passphrase: Uint8Array, length: number): Promise<Uint8Array>;
}

/**
 * Decrypts by PBES2.
 * @param parameters - PBES2-params, without their head.
 * @returns The bytes, or `undefined` if the passphrase is wrong.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`, and with the code of the
 * reader
 */
export async function decryptPbes2(
  parameters: DerReader,
  encrypted: Uint8Array,
  { utf8, budget }: Passphrase,
): Promise<Uint8Array | undefined> {
  const derivation = readDerivation(parameters.enter(Tag.sequence), budget);
  const scheme = parameters.enter(Tag.sequence);
  parameters.end();
  const oid = readOid(scheme);
  const cipher = Object.hasOwn(CIPHERS, oid) ? CIPHERS[oid] : undefined;
  if (!cipher) throw encryptionUnsupported(`the cipher ${oid}`);
  const iv = scheme.read(Tag.octetString).content;
  scheme.end();
  if (iv.length !== cipher.block) throw scheme.error('has an initialization vector of the wrong length');
  const { keyLength = cipher.keyLength } = derivation;
  if (keyLength !== cipher.keyLength) throw parameters.error('has a key of the wrong length');
  return cipher.decrypt(await derivation.derive(utf8, keyLength), iv, encrypted);
}

async function decryptTripleDes(
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  const ciphers = await import('./legacy-ciphers.ts');
  return ciphers.decryptTripleDes(key, iv, encrypted);
}

async function decryptAes(
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  const aes = await importKey(key, 'AES-CBC', 'decrypt');
  try {
    const plain = await subtle().decrypt({ name: 'AES-CBC', iv: ownBytes(iv) }, aes, ownBytes(encrypted));
    return new Uint8Array(plain);
  } catch {
    // The padding is wrong; WebCrypto says no more than that.
    return undefined;
  }
}

async function importKey(bytes: Uint8Array, name: 'AES-CBC' | 'PBKDF2', usage: 'decrypt' | 'deriveBits') {
  try {
    return await subtle().importKey('raw', ownBytes(bytes), name, false, [usage]);
  } catch (cause) {
    // Browsers may lack AES with 192 bits.
    const message = `this runtime has no ${name} with a key of ${bytes.length * 8} bits`;
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', message, { cause });
  }
}

/**
 * Reads how the key is derived from the passphrase (RFC 8018, appendix A.2; RFC 7914, section 7).
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, and with the code of the reader
 */
export function readDerivation(algorithm: DerReader, budget: KeyDerivationBudget): KeyDerivation {
  const oid = readOid(algorithm);
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  if (oid === Oid.pbkdf2) return readPbkdf2(parameters, budget);
  if (oid === Oid.scrypt) return readScrypt(parameters, budget);
  throw encryptionUnsupported(`the key derivation ${oid}`);
}

function readPbkdf2(parameters: DerReader, budget: KeyDerivationBudget): KeyDerivation {
  const salt = parameters.read(Tag.octetString).content;
  const iterations = readSmallInteger(parameters);
  const keyLength = parameters.peek() === Tag.integer ? readSmallInteger(parameters) : undefined;
  const hash = parameters.done ? 'SHA-1' : readPrf(parameters);
  parameters.end();
  budget.spend(iterations, isInWebCrypto(hash) ? undefined : MAX_SLOW_ITERATIONS);
  return {
    keyLength,
    async derive(passphrase, length) {
      if (!isInWebCrypto(hash)) {
        const [{ pbkdf2Async }, hashes] = await Promise.all([
          import('@noble/hashes/pbkdf2.js'),
          import('@noble/hashes/sha2.js'),
        ]);
        return pbkdf2Async(hashes[hash], passphrase, salt, { c: iterations, dkLen: length });
      }
      const key = await importKey(passphrase, 'PBKDF2', 'deriveBits');
      const how = { name: 'PBKDF2', salt: ownBytes(salt), iterations, hash };
      return new Uint8Array(await subtle().deriveBits(how, key, length * 8));
    },
  };
}

function isInWebCrypto(hash: PrfHash): hash is HashName | 'SHA-1' {
  return hash.startsWith('SHA-');
}

function readPrf(parameters: DerReader): PrfHash {
  const prf = parameters.enter(Tag.sequence);
  const oid = readOid(prf);
  if (!prf.done) prf.enter(Tag.null).end();
  prf.end();
  const hash = Object.hasOwn(PRFS, oid) ? PRFS[oid] : undefined;
  if (hash) return hash;
  throw encryptionUnsupported(`the pseudorandom function ${oid}`);
}

function readScrypt(parameters: DerReader, budget: KeyDerivationBudget): KeyDerivation {
  const salt = parameters.read(Tag.octetString).content;
  const [N, r, p] = [
    readSmallInteger(parameters),
    readSmallInteger(parameters),
    readSmallInteger(parameters),
  ];
  const keyLength = parameters.done ? undefined : readSmallInteger(parameters);
  parameters.end();
  if (N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1) throw parameters.error('has invalid scrypt parameters');
  if (128 * r * (N + p) > MAX_SCRYPT_MEMORY || p > MAX_SCRYPT_PARALLEL) {
    throw limitExceeded('scrypt would need more memory than is allowed');
  }
  budget.spend(N * r * p);
  return {
    keyLength,
    async derive(passphrase, length) {
      const { scryptAsync } = await import('@noble/hashes/scrypt.js');
      return scryptAsync(passphrase, salt, { N, r, p, dkLen: length, maxmem: 2 * MAX_SCRYPT_MEMORY });
    },
  };
}
