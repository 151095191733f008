import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/des.js';

import { decodePem } from '../../src/encoding/pem.ts';
import { KeyDerivationBudget } from '../../src/keys/key-derivation-budget.ts';
import { deriveBytes } from '../../src/keys/pkcs12-derivation.ts';

import type { TestCertificate } from '../../src/testing/index.ts';
import * as der from './der.ts';

const DATA = '1.2.840.113549.1.7.1';
const BAGS = '1.2.840.113549.1.12.10.1';
const SALT = new Uint8Array(8).fill(7);
const IV = new Uint8Array(16).fill(9);

/** A passphrase as PKCS #12 derives keys from it. */
export function bmp(passphrase: string): Uint8Array {
  return Uint8Array.from(
    [...`${passphrase}\0`].flatMap((c) => [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 255]),
  );
}

export const keyOf = ({ privateKey }: TestCertificate): Uint8Array =>
  new Uint8Array(decodePem(privateKey)[0]?.der ?? []);

/**
 * EncryptedPrivateKeyInfo, or the parts of EncryptedContentInfo, by AES-256 and PBKDF2.
 * @param declared - The iterations that it says, right or wrong.
 */
export async function encrypt(
  plain: Uint8Array,
  passphrase: string,
  declared = 1000,
): Promise<[algorithm: Uint8Array, encrypted: Uint8Array]> {
  const { subtle } = globalThis.crypto;
  const secret = await subtle.importKey('raw', new TextEncoder().encode(passphrase), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const derivation = { name: 'PBKDF2', salt: SALT, iterations: 1000, hash: 'SHA-256' };
  const key = await subtle.deriveKey(derivation, secret, { name: 'AES-CBC', length: 256 }, false, [
    'encrypt',
  ]);
  const encrypted = new Uint8Array(
    await subtle.encrypt({ name: 'AES-CBC', iv: IV }, key, new Uint8Array(plain)),
  );
  const prf = der.sequence(der.oid('1.2.840.113549.2.9'), der.nullValue());
  const kdf = der.sequence(
    der.oid('1.2.840.113549.1.5.12'),
    der.sequence(der.octetString(SALT), der.integer(declared), prf),
  );
  const scheme = der.sequence(der.oid('2.16.840.1.101.3.4.1.42'), der.octetString(IV));
  return [der.sequence(der.oid('1.2.840.113549.1.5.13'), der.sequence(kdf, scheme)), encrypted];
}

/**
 * EncryptedPrivateKeyInfo, or the parts of EncryptedContentInfo, by Triple DES in PBES2, as OpenSSL 3.0 writes keys.
 * @param prf - The object identifier of the HMAC of PBKDF2, and its hash.
 */
export function encryptTripleDes(
  plain: Uint8Array,
  passphrase: string,
  prf: { oid: string; hash: CHash } = { oid: '1.2.840.113549.2.9', hash: sha256 },
): [algorithm: Uint8Array, encrypted: Uint8Array] {
  const key = pbkdf2(prf.hash, new TextEncoder().encode(passphrase), SALT, { c: 2048, dkLen: 24 });
  const iv = IV.subarray(0, 8);
  const pbkdf = der.sequence(
    der.octetString(SALT),
    der.integer(2048),
    der.sequence(der.oid(prf.oid), der.nullValue()),
  );
  const kdf = der.sequence(der.oid('1.2.840.113549.1.5.12'), pbkdf);
  const scheme = der.sequence(der.oid('1.2.840.113549.3.7'), der.octetString(iv));
  return [
    der.sequence(der.oid('1.2.840.113549.1.5.13'), der.sequence(kdf, scheme)),
    tripleDes(key, iv, plain),
  ];
}

function tripleDes(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = forge.cipher.createCipher('3DES-CBC', binary(key));
  cipher.start({ iv: binary(iv) });
  cipher.update(forge.util.createBuffer(binary(plain)));
  cipher.finish();
  return Uint8Array.from(cipher.output.getBytes(), (c: string) => c.charCodeAt(0));
}

/** The same by 3DES, as it was done before. */
export async function encryptOld(
  plain: Uint8Array,
  passphrase: string,
): Promise<[algorithm: Uint8Array, encrypted: Uint8Array]> {
  const derivation = {
    passphrase: bmp(passphrase),
    salt: SALT,
    iterations: 2048,
    budget: new KeyDerivationBudget(),
  };
  const key = await deriveBytes(sha1, 1, derivation, 24);
  const iv = await deriveBytes(sha1, 2, derivation, 8);
  const parameters = der.sequence(der.octetString(SALT), der.integer(2048));
  return [der.sequence(der.oid('1.2.840.113549.1.12.1.3'), parameters), tripleDes(key, iv, plain)];
}

const binary = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** A bag of the type with the number. */
export function bagOf(type: number, value: Uint8Array, friendlyName?: string): Uint8Array {
  const name =
    friendlyName === undefined
      ? []
      : [
          der.set(
            der.sequence(
              der.oid('1.2.840.113549.1.9.20'),
              der.set(der.element(0x1e, bmp(friendlyName).slice(0, -2))),
            ),
          ),
        ];
  return der.sequence(der.oid(`${BAGS}.${type}`), der.explicit(0, value), ...name);
}

export const keyBag = (key: Uint8Array, name?: string): Uint8Array => bagOf(1, key, name);
export const shroudedKeyBag = (parts: Uint8Array[], name?: string): Uint8Array => {
  const [algorithm = der.nullValue(), encrypted = new Uint8Array()] = parts;
  return bagOf(2, der.sequence(algorithm, der.octetString(encrypted)), name);
};
export const certificateBag = (certificate: Uint8Array): Uint8Array =>
  bagOf(3, der.sequence(der.oid('1.2.840.113549.1.9.22.1'), der.explicit(0, der.octetString(certificate))));
export const nestedBag = (...bags: Uint8Array[]): Uint8Array => bagOf(6, der.sequence(...bags));
/** A bag of a type that signing does not need. */
export const otherBag = (): Uint8Array => bagOf(5, der.sequence());

/** Bags in the clear. */
export const plainPart = (...bags: Uint8Array[]): Uint8Array => plainContent(der.sequence(...bags));
/** The same with SafeContents in any encoding. */
export const plainContent = (contents: Uint8Array): Uint8Array =>
  der.sequence(der.oid(DATA), der.explicit(0, der.octetString(contents)));
/** Bags that are encrypted together. */
export const encryptedPart = async (passphrase: string, ...bags: Uint8Array[]): Promise<Uint8Array> => {
  const [algorithm, encrypted] = await encrypt(der.sequence(...bags), passphrase);
  return encryptedContent(algorithm, encrypted);
};
export const encryptedContent = (algorithm: Uint8Array, encrypted: Uint8Array): Uint8Array => {
  const content = der.sequence(der.oid(DATA), algorithm, der.implicit(0, encrypted));
  const data = der.sequence(der.integer(0), content);
  return der.sequence(der.oid('1.2.840.113549.1.7.6'), der.explicit(0, data));
};

/** A hash function with its object identifier, and that of HMAC with it. */
export interface MacHash {
  hash: CHash;
  oid: string;
  hmac: string;
}
const SHA_256: MacHash = { hash: sha256, oid: '2.16.840.1.101.3.4.2.1', hmac: '1.2.840.113549.2.9' };

/** A file of such parts, with a MAC unless there is no passphrase. */
export async function pfx(
  parts: Uint8Array[],
  passphrase?: string | Uint8Array,
  iterations = 2048,
  mac = SHA_256,
): Promise<Uint8Array> {
  return pfxOf(der.sequence(...parts), passphrase, iterations, mac);
}

/** The same with AuthenticatedSafe in any encoding. */
export async function pfxOf(
  safe: Uint8Array,
  passphrase?: string | Uint8Array,
  iterations = 2048,
  { hash, oid } = SHA_256,
): Promise<Uint8Array> {
  const info = der.sequence(der.oid(DATA), der.explicit(0, der.octetString(safe)));
  if (passphrase === undefined) return der.sequence(der.integer(3), info);
  const secret = typeof passphrase === 'string' ? bmp(passphrase) : passphrase;
  const derivation = {
    passphrase: secret,
    salt: SALT,
    iterations: Math.min(iterations, 2048),
    budget: new KeyDerivationBudget(),
  };
  const key = await deriveBytes(hash, 3, derivation, hash.outputLen);
  const mac = hmac(hash, key, safe);
  const digestInfo = der.sequence(der.sequence(der.oid(oid), der.nullValue()), der.octetString(mac));
  return der.sequence(
    der.integer(3),
    info,
    der.sequence(digestInfo, der.octetString(SALT), der.integer(iterations)),
  );
}

/** A file of such parts with a MAC by PBMAC1 (RFC 9579): PBKDF2 and HMAC with one hash. */
export function pfxWithPbmac1(
  parts: Uint8Array[],
  passphrase: string,
  keyLength = 32,
  { hash, hmac: hmacOid } = SHA_256,
): Uint8Array {
  const safe = der.sequence(...parts);
  const secret = new TextEncoder().encode(passphrase);
  const mac = hmac(hash, pbkdf2(hash, secret, SALT, { c: 2048, dkLen: keyLength }), safe);
  const algorithm = der.sequence(der.oid(hmacOid), der.nullValue());
  const derivation = der.sequence(
    der.octetString(SALT),
    der.integer(2048),
    der.integer(keyLength),
    algorithm,
  );
  const parameters = der.sequence(der.sequence(der.oid('1.2.840.113549.1.5.12'), derivation), algorithm);
  const digestInfo = der.sequence(
    der.sequence(der.oid('1.2.840.113549.1.5.14'), parameters),
    der.octetString(mac),
  );
  const info = der.sequence(der.oid(DATA), der.explicit(0, der.octetString(safe)));
  // The salt and iterations of the older form mean nothing here.
  const macData = der.sequence(
    digestInfo,
    der.octetString(new TextEncoder().encode('NOT USED')),
    der.integer(1),
  );
  return der.sequence(der.integer(3), info, macData);
}
