import { decodeLatin1, decodeUtf8, decodeUtf16 } from '../encoding/bytes.ts';
import { type DerElement, type DerReader, Tag } from './der-reader.ts';

/** Reads a BOOLEAN, which in DER is 00 or FF. */
export function readBoolean(reader: DerReader): boolean {
  const { content } = reader.read(Tag.boolean);
  const [byte] = content;
  if (content.length !== 1 || (byte !== 0x00 && byte !== 0xff)) throw reader.error('has a malformed BOOLEAN');
  return byte === 0xff;
}

/** Reads an INTEGER; returns its two's complement content, which must be minimal. */
export function readInteger(reader: DerReader): Uint8Array {
  const { content } = reader.read(Tag.integer);
  const [first, second = 0] = content;
  const padded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
  if (first === undefined || (content.length > 1 && padded)) throw reader.error('has a malformed INTEGER');
  return content;
}

/** Reads an INTEGER from 0 to 2^31 - 1. */
export function readSmallInteger(reader: DerReader): number {
  const content = readInteger(reader);
  if (content.length > 4 || (content[0] ?? 0) >= 0x80) throw reader.error('has an INTEGER out of range');
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Reads an OBJECT IDENTIFIER; returns its dotted form. */
export function readOid(reader: DerReader): string {
  const { content } = reader.read(Tag.oid);
  const last = content.at(-1);
  if (last === undefined || last >= 0x80 || content.length > 64) {
    throw reader.error('has a malformed OBJECT IDENTIFIER');
  }
  let text = '';
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if ((fresh && byte === 0x80) || arc > 2 ** 40) throw reader.error('has a malformed OBJECT IDENTIFIER');
    arc = arc * 128 + (byte & 0x7f);
    fresh = byte < 0x80;
    if (!fresh) continue;
    if (text === '') {
      const root = Math.min(Math.floor(arc / 40), 2);
      text = `${root}.${arc - root * 40}`;
    } else {
      text += `.${arc}`;
    }
    arc = 0;
  }
  return text;
}

/**
 * Reads the content of an AlgorithmIdentifier whose parameters are not evaluated: one element, or none.
 * @throws NotationError With the code of the reader
 */
export function readAlgorithmOid(algorithm: DerReader): string {
  const oid = readOid(algorithm);
  skipParameters(algorithm);
  return oid;
}

/** Reads the parameters of an AlgorithmIdentifier, up to its end. */
export function skipParameters(algorithm: DerReader): void {
  if (!algorithm.done) algorithm.read();
  algorithm.end();
}

/** Reads a BIT STRING of whole bytes. */
export function readByteAlignedBitString(reader: DerReader): Uint8Array {
  const { content } = reader.read(Tag.bitString);
  if (content[0] !== 0) throw reader.error('has a BIT STRING that is not of whole bytes');
  return content.subarray(1);
}

/** Reads a BIT STRING of named bits; returns whether each bit is set, bit 0 first. Ignores bits after the first 16. */
export function readNamedBits(reader: DerReader): boolean[] {
  const { content } = reader.read(Tag.bitString);
  const [unused = 8, ...bytes] = content.subarray(0, 3);
  const last = content.length > 1 ? (content.at(-1) ?? 0) : 0;
  if (unused > 7 || (content.length === 1 && unused > 0) || (last & ((1 << unused) - 1)) !== 0) {
    throw reader.error('has a malformed BIT STRING');
  }
  return bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((byte >> bit) & 1) === 1));
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** Reads a UTCTime or GeneralizedTime as RFC 5280, section 4.1.2.5 allows: with seconds, in UTC. */
export function readTime(reader: DerReader): Date {
  const { tag, content } = reader.read();
  const utc = tag === Tag.utcTime;
  const text = decodeLatin1(content.subarray(0, 20));
  const match = utc ? UTC_TIME.exec(text) : tag === Tag.generalizedTime ? GENERALIZED_TIME.exec(text) : null;
  if (!match) throw reader.error('has a malformed time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const fullYear = utc ? year + (year >= 50 ? 1900 : 2000) : year;
  const time = new Date(0);
  time.setUTCFullYear(fullYear, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const exists =
    time.getUTCMonth() === month - 1 && time.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) throw reader.error('has a time that does not exist');
  return time;
}

/** Decodes a character string of the types that names use (RFC 5280, DirectoryString). */
export function stringValue(reader: DerReader, { tag, content }: DerElement): string {
  switch (tag) {
    case Tag.utf8String:
      return utf8(reader, content);
    case Tag.printableString:
      return checked(reader, decodeLatin1(content), /^[A-Za-z0-9 '()+,\-./:=?*&]*$/);
    case Tag.numericString:
      return checked(reader, decodeLatin1(content), /^[0-9 ]*$/);
    case Tag.ia5String:
      return checked(reader, decodeLatin1(content), /^[\0-\x7f]*$/);
    case Tag.t61String:
      return decodeLatin1(content);
    case Tag.bmpString:
      return bmp(reader, content);
    default:
      throw reader.error('has a name of an unsupported string type');
  }
}

function utf8(reader: DerReader, content: Uint8Array): string {
  try {
    return decodeUtf8(content);
  } catch {
    throw reader.error('has a name that is not UTF-8');
  }
}

function checked(reader: DerReader, text: string, characters: RegExp): string {
  if (!characters.test(text)) throw reader.error('has a name with characters outside its string type');
  return text;
}

function bmp(reader: DerReader, content: Uint8Array): string {
  if (content.length % 2 !== 0) throw reader.error('has a BMPString of odd length');
  return checked(reader, decodeUtf16(content), /^[^\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]*$/).replace(
    /\0$/,
    '',
  );
}
