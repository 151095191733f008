import { toDer } from '../../asn1/ber.ts';
import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { readSmallInteger } from '../../asn1/values.ts';
import { NotationError } from '../../errors/index.ts';
import { wrongPassphrase } from '../pbes2.ts';
import { readContentInfo } from './content-info.ts';
import { isMacGood } from './mac.ts';
import { passphrasesOf } from './passphrase.ts';
import { type Bag, SafeContents } from './safe-contents.ts';
import { WHAT } from './what.ts';

/** How to read a PKCS #12 file. */
export interface Pkcs12Options {
  /** What the file is protected with; the empty text by default. */
  passphrase?: string | undefined;
  /** Which key is meant, by its name (the alias of Java's keytool), where the file holds several. */
  friendlyName?: string | undefined;
}

/** What a signer needs of a PKCS #12 file. */
export interface Pkcs12Content {
  /** PKCS#8, DER. */
  privateKey: Uint8Array;
  /** All certificates of the file, DER, in its order. */
  certificates: Uint8Array[];
}

/** Bytes of a file; real ones have two to ten thousand. */
const MAX_FILE = 1024 * 1024;
const RULES = { what: WHAT, code: 'ERR_KEY_INVALID', maxBytes: MAX_FILE, streamed: true } as const;

/**
 * Reads a PKCS #12 file, as `openssl pkcs12`, Java's keytool, Windows and macOS write it: what comes out goes right into
 * `createSigner`. The older encryptions (3DES and RC2, as `openssl pkcs12 -legacy`) are read too.
 *
 * @param file - The bytes of the file, at most 1 MiB; DER or BER.
 * @param options - The passphrase, and which key is meant where there are several.
 * @returns The private key and all certificates.
 * @throws NotationError `ERR_PASSPHRASE_INVALID` for another passphrase, `ERR_KEY_NOT_FOUND` where there is no key, or none
 * of that name, `ERR_ARGUMENT_INVALID` where there are several keys and none is named, `ERR_KEY_INVALID` for what is no
 * PKCS #12 file or is protected in a way that is not supported, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 * @see RFC 7292; RFC 9579
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createSigner } from 'notarykit/signer';
 * import { readPkcs12 } from 'notarykit/keys';
 *
 * const file = new Uint8Array([0x30, 0x00]); // await readFile('release.p12')
 * try {
 *   const signer = await createSigner(await readPkcs12(file, { passphrase: 'secret' }));
 *   console.log(signer.certificates.length);
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_INVALID')); // true: this is none
 * }
 * ```
 */
export async function readPkcs12(file: Uint8Array, options: Pkcs12Options = {}): Promise<Pkcs12Content> {
  if (!(file instanceof Uint8Array)) throw invalid('a PKCS #12 file must be a Uint8Array');
  const { passphrase = '', friendlyName } = options ?? {};
  if (typeof passphrase !== 'string') throw invalid('passphrase must be a text');
  const outer = new DerReader(toDer(file, RULES), WHAT, RULES.code);
  const pfx = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(pfx) !== 3) throw pfx.error('is of another version than 3');
  const authenticated = readContentInfo(pfx.enter(Tag.sequence));
  const macData = pfx.done ? undefined : pfx.read(Tag.sequence).content;
  pfx.end();
  for (const candidate of passphrasesOf(passphrase)) {
    if (macData && !(await isMacGood(outer.inside(macData), authenticated, candidate))) continue;
    const contents = new SafeContents();
    await contents.readAuthenticatedSafe(outer.inside(authenticated), candidate);
    return { privateKey: chooseKey(contents.keys, friendlyName), certificates: contents.certificates };
  }
  throw wrongPassphrase(WHAT);
}

function chooseKey(keys: readonly Bag[], friendlyName: string | undefined): Uint8Array {
  const named = keys.filter((key) => friendlyName === undefined || key.friendlyName === friendlyName);
  const [key, ...others] = named;
  if (key && others.length === 0) return key.content;
  const names = keys.map((one) => JSON.stringify(one.friendlyName?.slice(0, 80) ?? '')).join(', ');
  if (key) throw invalid(`the PKCS #12 file holds several keys: name one of ${names} by friendlyName`);
  const which = friendlyName === undefined ? 'no private key' : 'no private key of that name';
  throw new NotationError(
    'ERR_KEY_NOT_FOUND',
    `the PKCS #12 file holds ${which}${names ? `, but ${names}` : ''}`,
  );
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
