import { toDer } from '../../asn1/ber.ts';
import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { readSmallInteger } from '../../asn1/values.ts';
import { readBytes } from '../../encoding/bytes.ts';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { wrongPassphrase } from '../key-errors.ts';
import { passphrasesOf } from '../passphrase.ts';
import { isMacValid } from './mac.ts';
import { PKCS12_FILE, PKCS12_RULES, readData, type SafeBag, SafeContents } from './safe-contents.ts';

/** Options of {@link readPkcs12}. */
export interface Pkcs12Options {
  /** The passphrase of the file; the empty string by default. */
  passphrase?: string | undefined;
  /** The name of the key to read (the alias of Java's keytool), if the file contains several. */
  friendlyName?: string | undefined;
}

/** The private key and certificates of a PKCS #12 file. */
export interface Pkcs12Content {
  /** PKCS#8, DER. */
  privateKey: Uint8Array;
  /** All certificates of the file, DER, in its order. */
  certificates: Uint8Array[];
}

/** Limit of the names of keys in an error. */
const MAX_SHOWN = 10;

/**
 * Reads a PKCS #12 file, as `openssl pkcs12`, Java's keytool, Bouncy Castle, Firefox, Windows and macOS write it. The result can be passed to
 * `createSigner`. The older encryptions (3DES and RC2, as `openssl pkcs12 -legacy`) are read too.
 *
 * @param file - The bytes of the file, at most 1 MiB; DER or BER.
 * @param options - The passphrase, and the name of the key to read if there are several.
 * @returns The private key and all certificates.
 * @throws NotationError `ERR_PASSPHRASE_INVALID` if the passphrase is wrong, `ERR_KEY_NOT_FOUND` if the file contains no key, or
 * no key of that name, `ERR_ARGUMENT_INVALID` if it contains several keys and none is named, `ERR_KEY_INVALID` if it is not a
 * valid PKCS #12 file or is protected in a way that is not supported, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 * @see https://www.rfc-editor.org/rfc/rfc7292 and https://www.rfc-editor.org/rfc/rfc9579
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createSigner } from 'notarykit';
 * import { readPkcs12 } from 'notarykit/keys';
 *
 * const file = new Uint8Array([0x30, 0x00]); // await readFile('release.p12')
 * try {
 *   const signer = await createSigner(await readPkcs12(file, { passphrase: 'secret' }));
 *   console.log(signer.certificates.length);
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_INVALID')); // true: it is not a PKCS #12 file
 * }
 * ```
 */
export async function readPkcs12(file: Uint8Array, options: Pkcs12Options = {}): Promise<Pkcs12Content> {
  const bytes = readBytes(file, 'a PKCS #12 file');
  const { passphrase = '', friendlyName } = options ?? {};
  if (typeof passphrase !== 'string') throw argumentInvalid('passphrase must be a string');
  const outer = new DerReader(toDer(bytes, PKCS12_RULES), PKCS12_FILE, PKCS12_RULES.code);
  const pfx = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(pfx) !== 3) throw pfx.error('has a version other than 3');
  const authenticated = readData(pfx.enter(Tag.sequence));
  const macData = pfx.done ? undefined : pfx.read(Tag.sequence).content;
  pfx.end();
  for (const candidate of passphrasesOf(passphrase)) {
    if (macData && !(await isMacValid(outer.inside(macData), authenticated, candidate))) continue;
    const contents = new SafeContents();
    await contents.readAuthenticatedSafe(outer.inside(toDer(authenticated, PKCS12_RULES)), candidate);
    return { privateKey: chooseKey(contents.keys, friendlyName), certificates: contents.certificates };
  }
  throw wrongPassphrase(PKCS12_FILE);
}

function chooseKey(keys: readonly SafeBag[], friendlyName: string | undefined): Uint8Array {
  const named = keys.filter((key) => friendlyName === undefined || key.friendlyName === friendlyName);
  const [key, ...others] = named;
  if (key && others.length === 0) return key.content;
  const shown = keys.slice(0, MAX_SHOWN).map((one) => quote(one.friendlyName ?? '', 80));
  const names = shown.join(', ');
  if (key) {
    throw argumentInvalid(`the PKCS #12 file contains several keys: name one of ${names} by friendlyName`);
  }
  const which = friendlyName === undefined ? 'no private key' : 'no private key of that name';
  throw new NotationError(
    'ERR_KEY_NOT_FOUND',
    `the PKCS #12 file contains ${which}${names ? `, but ${names}` : ''}`,
  );
}
