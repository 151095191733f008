import { toDer } from '../../asn1/ber.ts';
import { contextTag, type DerElement, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readOid, readSmallInteger } from '../../asn1/values.ts';
import { concatBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/notation-error.ts';
import { decryptByPassphrase } from '../decrypt.ts';
import { keyInvalid, wrongPassphrase } from '../key-errors.ts';
import type { Passphrase } from '../passphrase.ts';
import { isPrivateKeyInfo } from '../pkcs8.ts';

/** The name of the format, for errors. */
export const PKCS12_FILE = 'PKCS #12 file';
/** Limit of a file in bytes; usual ones have two to ten thousand. */
const MAX_FILE = 1024 * 1024;
/**
 * How a file is read, and what is in its octet strings: NSS, as in Firefox, and Bouncy Castle write BER of indefinite length
 * at every layer.
 */
export const PKCS12_RULES = {
  what: PKCS12_FILE,
  code: 'ERR_KEY_INVALID',
  maxBytes: MAX_FILE,
  streamed: true,
} as const;

/** A key in a file (RFC 7292, section 4.2), with its name. */
export interface SafeBag {
  content: Uint8Array;
  friendlyName?: string;
}

const MAX_BAGS = 200;
const MAX_DEPTH = 4;

/** The keys and certificates of a file. */
export class SafeContents {
  readonly keys: SafeBag[] = [];
  readonly certificates: Uint8Array[] = [];
  #bags = 0;

  /**
   * Reads AuthenticatedSafe (RFC 7292, section 4.1), whose parts may be encrypted.
   * @param reader - Of DER.
   * @throws NotationError `ERR_KEY_INVALID`, `ERR_PASSPHRASE_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
   */
  async readAuthenticatedSafe(reader: DerReader, passphrase: Passphrase): Promise<void> {
    const parts = reader.enter(Tag.sequence);
    reader.end();
    while (!parts.done) {
      this.#count();
      const { content } = parts.read(Tag.sequence);
      const type = readOid(parts.inside(content));
      const info = parts.inside(content);
      const contents = type === Oid.data ? readData(info) : await decryptContent(info, type, passphrase);
      await this.#readBags(parts.inside(toDer(contents, PKCS12_RULES)), passphrase, 0);
    }
  }

  async #readBags(reader: DerReader, passphrase: Passphrase, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw reader.error('has bags nested too deeply');
    const bags = reader.enter(Tag.sequence);
    reader.end();
    while (!bags.done) {
      this.#count();
      const bag = bags.enter(Tag.sequence);
      const type = readOid(bag);
      const value = bag.enter(contextTag(0));
      const named = readName(bag);
      bag.end();
      await this.#readBag(type, value, named, passphrase, depth);
    }
  }

  async #readBag(
    type: string,
    value: DerReader,
    named: Pick<SafeBag, 'friendlyName'>,
    passphrase: Passphrase,
    depth: number,
  ): Promise<void> {
    switch (type) {
      case Oid.keyBag:
        this.keys.push({ content: value.read(Tag.sequence).bytes, ...named });
        value.end();
        return;
      case Oid.pkcs8ShroudedKeyBag: {
        const info = value.enter(Tag.sequence);
        value.end();
        const algorithm = info.enter(Tag.sequence);
        const encrypted = info.read(Tag.octetString).content;
        info.end();
        const content = await decrypt(algorithm, encrypted, passphrase);
        if (!isPrivateKeyInfo(content)) throw wrongPassphrase(PKCS12_FILE);
        this.keys.push({ content, ...named });
        return;
      }
      case Oid.certBag: {
        const bag = value.enter(Tag.sequence);
        value.end();
        if (readOid(bag) === Oid.x509Certificate)
          this.certificates.push(readLast(bag, Tag.octetString).content);
        return;
      }
      case Oid.safeContentsBag:
        return this.#readBags(value, passphrase, depth + 1);
      // CRLs, secrets and future kinds of bags are not needed to sign.
      default:
    }
  }

  #count(): void {
    if (++this.#bags > MAX_BAGS)
      throw new NotationError('ERR_LIMIT_EXCEEDED', `a ${PKCS12_FILE} has more than ${MAX_BAGS} bags`);
  }
}

/**
 * Reads the content of a ContentInfo, which must be data (RFC 5652, section 4).
 * @param info - The content of its SEQUENCE.
 * @throws NotationError `ERR_KEY_INVALID`
 */
export function readData(info: DerReader): Uint8Array {
  const type = readOid(info);
  if (type === Oid.signedData) {
    throw keyInvalid(`the ${PKCS12_FILE} is protected by a signature, which is not supported`);
  }
  if (type !== Oid.data) throw info.error(`has content of the unknown type ${type}`);
  return readLast(info, Tag.octetString).content;
}

/** Reads the last element of a structure, inside an explicit tag `[0]`. */
function readLast(reader: DerReader, tag: number): DerElement {
  const explicit = reader.enter(contextTag(0));
  reader.end();
  const element = explicit.read(tag);
  explicit.end();
  return element;
}

/** Decrypts EncryptedData (RFC 5652, section 8). */
async function decryptContent(info: DerReader, type: string, passphrase: Passphrase): Promise<Uint8Array> {
  readOid(info);
  if (type !== Oid.encryptedData) throw info.error(`has content of the unknown type ${type}`);
  const data = info.inside(readLast(info, Tag.sequence).content);
  readSmallInteger(data);
  const content = data.enter(Tag.sequence);
  data.readOptional(contextTag(1)); // unprotected attributes
  data.end();
  readOid(content);
  const algorithm = content.enter(Tag.sequence);
  // Implicitly tagged, and in pieces if the BER encoding was.
  const encrypted = readPieces(content);
  content.end();
  const plain = await decrypt(algorithm, encrypted, passphrase);
  if (plain[0] !== Tag.sequence) throw wrongPassphrase(PKCS12_FILE);
  return plain;
}

function readPieces(content: DerReader): Uint8Array {
  if (content.peek() !== contextTag(0)) return content.read(contextTag(0, false)).content;
  const pieces = content.enter(contextTag(0));
  const contents: Uint8Array[] = [];
  while (!pieces.done) contents.push(pieces.read(Tag.octetString).content);
  return concatBytes(...contents);
}

async function decrypt(
  algorithm: DerReader,
  encrypted: Uint8Array,
  passphrase: Passphrase,
): Promise<Uint8Array> {
  const plain = await decryptByPassphrase(algorithm, encrypted, passphrase);
  if (plain) return plain;
  throw wrongPassphrase(PKCS12_FILE);
}

/** Reads the friendlyName among the attributes of a bag. */
function readName(bag: DerReader): Pick<SafeBag, 'friendlyName'> {
  if (bag.done) return {};
  const attributes = bag.enter(Tag.set);
  let named: Pick<SafeBag, 'friendlyName'> = {};
  while (!attributes.done) {
    const attribute = attributes.enter(Tag.sequence);
    if (readOid(attribute) !== Oid.friendlyName) continue;
    const values = attribute.enter(Tag.set);
    attribute.end();
    const { content } = values.read(Tag.bmpString);
    values.end();
    named = { friendlyName: new TextDecoder('utf-16be').decode(content) };
  }
  return named;
}
