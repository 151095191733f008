import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import { type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readOid, readSmallInteger } from '../../asn1/values.ts';
import { keyInvalid } from '../key-errors.ts';
import type { Passphrase } from '../passphrase.ts';
import { readDerivation } from '../pbes2.ts';
import { deriveBytes, Purpose } from '../pkcs12-derivation.ts';

/** The hash functions of MACs. */
const HASHES: Readonly<Record<string, CHash>> = {
  [Oid.sha1]: sha1,
  [Oid.sha224]: sha224,
  [Oid.sha256]: sha256,
  [Oid.sha384]: sha384,
  [Oid.sha512]: sha512,
  [Oid.sha512_224]: sha512_224,
  [Oid.sha512_256]: sha512_256,
};
/** The same hash functions, by the object identifier of HMAC with each. */
const HMACS: Readonly<Record<string, CHash>> = {
  [Oid.hmacWithSha1]: sha1,
  [Oid.hmacWithSha224]: sha224,
  [Oid.hmacWithSha256]: sha256,
  [Oid.hmacWithSha384]: sha384,
  [Oid.hmacWithSha512]: sha512,
  [Oid.hmacWithSha512_224]: sha512_224,
  [Oid.hmacWithSha512_256]: sha512_256,
};

/** Limits of the key of PBMAC1 in bytes: a short one can be guessed, and one beyond the longest hash is pointless. */
const MIN_MAC_KEY = 20;
const MAX_MAC_KEY = 64;

/**
 * Reports whether a passphrase yields the MAC in a file (RFC 7292, section 4; RFC 9579).
 * @param macData - The content of MacData.
 * @param content - The bytes that the MAC protects.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function isMacValid(
  macData: DerReader,
  content: Uint8Array,
  passphrase: Passphrase,
): Promise<boolean> {
  const digestInfo = macData.enter(Tag.sequence);
  const algorithm = digestInfo.enter(Tag.sequence);
  const mac = digestInfo.read(Tag.octetString).content;
  digestInfo.end();
  const salt = macData.read(Tag.octetString).content;
  const iterations = macData.done ? 1 : readSmallInteger(macData);
  macData.end();
  const oid = readOid(algorithm);
  if (oid === Oid.pbmac1) return isEqualMac(await pbmac1(algorithm, content, passphrase), mac);
  const hash = lookUp(HASHES, oid, 'hash');
  const derivation = { passphrase: passphrase.bmp, salt, iterations, budget: passphrase.budget };
  const key = await deriveBytes(hash, Purpose.mac, derivation, hash.outputLen);
  return isEqualMac(hmac(hash, key, content), mac);
}

async function pbmac1(
  algorithm: DerReader,
  content: Uint8Array,
  { utf8, budget }: Passphrase,
): Promise<Uint8Array> {
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  const { keyLength, derive } = readDerivation(parameters.enter(Tag.sequence), budget);
  const hash = lookUp(HMACS, readOid(parameters.enter(Tag.sequence)), 'MAC');
  parameters.end();
  const length = keyLength ?? hash.outputLen;
  if (length < MIN_MAC_KEY || length > MAX_MAC_KEY) {
    throw keyInvalid(`the PKCS #12 file has a MAC with a key of ${length} bytes, which is not supported`);
  }
  return hmac(hash, await derive(utf8, length), content);
}

function lookUp(table: Readonly<Record<string, CHash>>, oid: string, what: string): CHash {
  const found = Object.hasOwn(table, oid) ? table[oid] : undefined;
  if (found) return found;
  throw keyInvalid(`the PKCS #12 file is protected with the ${what} ${oid}, which is not supported`);
}

/** Compares in constant time. */
function isEqualMac(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}
