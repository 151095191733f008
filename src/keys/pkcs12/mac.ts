import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import { type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readOid, readSmallInteger } from '../../asn1/values.ts';
import { NotationError } from '../../errors/index.ts';
import { readDerivation } from '../pbes2.ts';
import { deriveOctets, Purpose } from './key-derivation.ts';
import type { Passphrase } from './passphrase.ts';

/** The hashes that a MAC is made with. */
const HASHES: Readonly<Record<string, CHash>> = {
  [Oid.sha1]: sha1,
  [Oid.sha256]: sha256,
  [Oid.sha384]: sha384,
  [Oid.sha512]: sha512,
};
/** The same, by what HMAC is called with them. */
const HMACS: Readonly<Record<string, CHash>> = {
  [Oid.hmacWithSha1]: sha1,
  [Oid.hmacWithSha256]: sha256,
  [Oid.hmacWithSha384]: sha384,
  [Oid.hmacWithSha512]: sha512,
};

/**
 * Whether a passphrase is that of a file: its MAC, over what is protected, is right (RFC 7292, section 4; RFC 9579).
 * @param macData - The content of MacData.
 * @throws NotationError `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function isMacGood(
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
  if (oid === Oid.pbmac1) return isSame(await pbmac1(algorithm, content, passphrase), mac);
  const hash = lookUp(HASHES, oid, 'hash');
  const derivation = { passphrase: passphrase.bmp, salt, iterations, effort: passphrase.effort };
  const key = await deriveOctets(hash, Purpose.mac, derivation, hash.outputLen);
  return isSame(hmac(hash, key, content), mac);
}

async function pbmac1(
  algorithm: DerReader,
  content: Uint8Array,
  { utf8, effort }: Passphrase,
): Promise<Uint8Array> {
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  const derive = readDerivation(parameters.enter(Tag.sequence), effort);
  const hash = lookUp(HMACS, readOid(parameters.enter(Tag.sequence)), 'MAC');
  parameters.end();
  return hmac(hash, await derive(utf8, hash.outputLen * 8), content);
}

function lookUp(table: Readonly<Record<string, CHash>>, oid: string, what: string): CHash {
  const found = Object.hasOwn(table, oid) ? table[oid] : undefined;
  if (found) return found;
  throw new NotationError(
    'ERR_KEY_INVALID',
    `the PKCS #12 file is protected with the ${what} ${oid}, which is not supported`,
  );
}

/** In a time that does not tell where they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [i, octet] of a.entries()) difference |= octet ^ (b[i] ?? 0);
  return difference === 0;
}
