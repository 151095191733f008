import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid, readSmallInteger } from '../asn1/values.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import type { HashName } from '../crypto/types.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';

// Encryption by a password (PKCS #5 v2.1, RFC 8018), as far as WebCrypto has it.

/** Bits of the key of AES in CBC mode. */
const AES_CBC: Readonly<Record<string, number>> = {
  [Oid.aes128Cbc]: 128,
  [Oid.aes192Cbc]: 192,
  [Oid.aes256Cbc]: 256,
};
/** The hash of HMAC as a pseudorandom function. */
const PRFS: Readonly<Record<string, HashName | 'SHA-1'>> = {
  [Oid.hmacWithSha1]: 'SHA-1',
  [Oid.hmacWithSha256]: 'SHA-256',
  [Oid.hmacWithSha384]: 'SHA-384',
  [Oid.hmacWithSha512]: 'SHA-512',
};
/** What the slowest honest producers ask for is a tenth of this; it takes some seconds. */
const MAX_ITERATIONS = 10_000_000;

/** What the keys of one file may cost to derive, all of them together: a file may hold many, each with a cost of its own. */
export class Effort {
  #left = MAX_ITERATIONS;

  /**
   * @param most - Iterations that one key may take.
   * @throws NotationError `ERR_LIMIT_EXCEEDED`
   */
  spend(iterations: number, most = MAX_ITERATIONS): void {
    if (!(iterations > 0 && iterations <= most)) {
      throw tooMuch(`a key is derived in ${iterations} iterations: 1 to ${most} are allowed`);
    }
    this.#left -= iterations;
    if (this.#left < 0) throw tooMuch(`keys are derived in more than ${MAX_ITERATIONS} iterations together`);
  }
}

/** Bytes of memory that scrypt may take: openssl asks for 16 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
const MAX_SCRYPT_PARALLEL = 16;

type Derive = (passphrase: Uint8Array, bits: number) => Promise<Uint8Array>;

/**
 * Decrypts by PBES2.
 * @param parameters - PBES2-params, without their head.
 * @param passphrase - As bytes: UTF-8.
 * @param effort - That of the file.
 * @returns The bytes, or `undefined` where the passphrase is another one.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`, and what the reader
 * fails with
 */
export async function decryptPbes2(
  parameters: DerReader,
  encrypted: Uint8Array,
  passphrase: Uint8Array,
  effort: Effort,
): Promise<Uint8Array | undefined> {
  const derive = readDerivation(parameters.enter(Tag.sequence), effort);
  const scheme = parameters.enter(Tag.sequence);
  parameters.end();
  const cipher = readOid(scheme);
  const bits = Object.hasOwn(AES_CBC, cipher) ? AES_CBC[cipher] : undefined;
  if (bits === undefined) throw unsupported(`the cipher ${cipher}`);
  const iv = scheme.read(Tag.octetString).content;
  scheme.end();
  if (iv.length !== 16) throw scheme.error('has an initialization vector of the wrong length');
  return decryptAes(await derive(passphrase, bits), iv, encrypted);
}

async function decryptAes(
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  const aes = await importKey(key, 'AES-CBC', 'decrypt');
  try {
    const plain = await subtle().decrypt(
      { name: 'AES-CBC', iv: bufferSource(iv) },
      aes,
      bufferSource(encrypted),
    );
    return new Uint8Array(plain);
  } catch {
    // WebCrypto says no more than that the padding is wrong.
    return undefined;
  }
}

async function importKey(bytes: Uint8Array, name: 'AES-CBC' | 'PBKDF2', usage: 'decrypt' | 'deriveBits') {
  try {
    return await subtle().importKey('raw', bufferSource(bytes), name, false, [usage]);
  } catch (cause) {
    // Browsers may lack AES with 192 bits.
    const message = `this runtime has no ${name} with a key of ${bytes.length * 8} bits`;
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', message, { cause });
  }
}

/** Reads how the key is derived from the passphrase (RFC 8018, appendix A.2; RFC 7914, section 7). */
export function readDerivation(algorithm: DerReader, effort: Effort): Derive {
  const oid = readOid(algorithm);
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  if (oid === Oid.pbkdf2) return readPbkdf2(parameters, effort);
  if (oid === Oid.scrypt) return readScrypt(parameters, effort);
  throw unsupported(`the derivation of keys ${oid}`);
}

function readPbkdf2(parameters: DerReader, effort: Effort): Derive {
  const salt = parameters.read(Tag.octetString).content;
  const iterations = readSmallInteger(parameters);
  const length = parameters.peek() === Tag.integer ? readSmallInteger(parameters) * 8 : undefined;
  const hash = parameters.done ? 'SHA-1' : readPrf(parameters);
  parameters.end();
  effort.spend(iterations);
  return async (passphrase, bits) => {
    if (length !== undefined && length !== bits) throw parameters.error('has a key of the wrong length');
    const key = await importKey(passphrase, 'PBKDF2', 'deriveBits');
    const how = { name: 'PBKDF2', salt: bufferSource(salt), iterations, hash };
    return new Uint8Array(await subtle().deriveBits(how, key, bits));
  };
}

function readPrf(parameters: DerReader): HashName | 'SHA-1' {
  const prf = parameters.enter(Tag.sequence);
  const oid = readOid(prf);
  if (!prf.done) prf.enter(Tag.null).end();
  prf.end();
  const hash = Object.hasOwn(PRFS, oid) ? PRFS[oid] : undefined;
  if (hash) return hash;
  throw unsupported(`the pseudorandom function ${oid}`);
}

function readScrypt(parameters: DerReader, effort: Effort): Derive {
  const salt = parameters.read(Tag.octetString).content;
  const [N, r, p] = [
    readSmallInteger(parameters),
    readSmallInteger(parameters),
    readSmallInteger(parameters),
  ];
  const length = parameters.done ? undefined : readSmallInteger(parameters) * 8;
  parameters.end();
  if (N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1)
    throw parameters.error('has scrypt parameters that cannot be');
  if (128 * r * (N + p) > MAX_SCRYPT_MEMORY || p > MAX_SCRYPT_PARALLEL) {
    throw tooMuch('scrypt is asked to take more memory than any honest key needs');
  }
  effort.spend(N * r * p);
  return async (passphrase, bits) => {
    if (length !== undefined && length !== bits) throw parameters.error('has a key of the wrong length');
    const { scryptAsync } = await import('@noble/hashes/scrypt.js');
    return scryptAsync(passphrase, salt, { N, r, p, dkLen: bits / 8, maxmem: 2 * MAX_SCRYPT_MEMORY });
  };
}

function tooMuch(problem: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', problem);
}

/**
 * A passphrase as bytes.
 * @throws NotationError `ERR_PASSPHRASE_INVALID` where there is none
 */
export function passphraseBytes(passphrase: string | undefined, what: string): Uint8Array {
  if (typeof passphrase === 'string') return encodeUtf8(passphrase);
  throw new NotationError('ERR_PASSPHRASE_INVALID', `the ${what} is encrypted, and no passphrase is given`);
}

/** @param what - Such as `private key`. */
export function wrongPassphrase(what: string): NotationError {
  return new NotationError(
    'ERR_PASSPHRASE_INVALID',
    `the passphrase does not decrypt the ${what}, or the ${what} was changed`,
  );
}

/** The encryption is known, and not one of those that are read here. */
export function unsupported(what: string): NotationError {
  return new NotationError(
    'ERR_KEY_INVALID',
    `the key is encrypted with ${what}, which is not supported: encrypt it again, with openssl pkcs8 -topk8 -v2 aes-256-cbc`,
  );
}
