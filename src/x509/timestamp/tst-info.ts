import { contextTag, DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readBoolean, readInteger, readOid, readSmallInteger } from '../../asn1/values.ts';
import type { HashName } from '../../crypto/types.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { readExtensionList } from '../extension-list.ts';
import { hashNamed } from '../signature.ts';

/** Of ETSI TS 102 023 (RFC 3628, section 5.2): it promises one second where no accuracy is given. */

/** Octets of 160 bits (RFC 3161, section 2.4.2); one for the sign may come before them. */
const MAX_SERIAL_NUMBER = 20;

/** What a time-stamp says (RFC 3161, section 2.4.2). */
export interface TstInfo {
  policy: string;
  imprint: { hash: HashName; value: Uint8Array };
  /** Lower-case hexadecimal. */
  serialNumber: string;
  /** The time, cut to milliseconds. */
  time: Date;
  /** The time less the accuracy, rounded down to milliseconds. */
  earliest: Date;
  /** The time and the accuracy, rounded up to milliseconds. */
  latest: Date;
  /** Content octets of the INTEGER in hexadecimal. */
  nonce?: string;
}

/**
 * Reads a TSTInfo.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`
 */
export function parseTstInfo(der: Uint8Array): TstInfo {
  const outer = new DerReader(der, 'time-stamp', 'ERR_TIMESTAMP_INVALID');
  const info = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(info) !== 1) throw info.error('is of a version other than 1');
  const policy = readOid(info);
  const imprint = readImprint(info.enter(Tag.sequence));
  const serial = readInteger(info);
  if (serial.length > MAX_SERIAL_NUMBER && (serial.length > MAX_SERIAL_NUMBER + 1 || serial[0] !== 0)) {
    throw info.error('has a serial number of more than 160 bits');
  }
  const time = readTime(info);
  const given = info.peek() === Tag.sequence ? readAccuracy(info.enter(Tag.sequence)) : 0;
  const accuracy = given === 0 && policy === Oid.baselineTimestampPolicy ? 1e6 : given;
  if (info.peek() === Tag.boolean) readBoolean(info); // ordering
  const nonce = info.peek() === Tag.integer ? encodeHex(readInteger(info)) : undefined;
  info.readOptional(contextTag(0)); // the name of the authority: its certificate has it
  if (info.peek() === contextTag(1)) readExtensionList(info.enter(contextTag(1)), {});
  info.end();
  return {
    policy,
    imprint,
    serialNumber: encodeHex(serial),
    ...rangeOf(time, accuracy),
    ...(nonce !== undefined && { nonce }),
  };
}

/** Whole milliseconds that hold the true range. */
function rangeOf({ milliseconds, nanoseconds }: FineTime, accuracy: number) {
  const whole = Math.floor(accuracy / 1000);
  const rest = (accuracy % 1000) * 1000;
  return {
    time: new Date(milliseconds),
    earliest: new Date(milliseconds - whole + Math.floor((nanoseconds - rest) / 1e6)),
    latest: new Date(milliseconds + whole + Math.ceil((nanoseconds + rest) / 1e6)),
  };
}

function readImprint(imprint: DerReader): TstInfo['imprint'] {
  const oid = readOid(imprint.enter(Tag.sequence));
  const value = imprint.read(Tag.octetString).content;
  imprint.end();
  const hash = hashNamed(oid);
  if (!hash) throw imprint.error(`is made with the hash function ${oid}, which is not allowed`);
  return { hash, value };
}

/** A time in milliseconds, and the nanoseconds after it that do not make one. */
interface FineTime {
  milliseconds: number;
  nanoseconds: number;
}

/** A fraction has no zeros at its end (RFC 3161, section 2.4.2). */
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/;

/** GeneralizedTime, with a fraction of the second down to nanoseconds. */
function readTime(info: DerReader): FineTime {
  const text = String.fromCharCode(...info.read(Tag.generalizedTime).content.subarray(0, 32));
  const match = TIME.exec(text);
  if (!match) throw info.error('has a malformed time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const same = time.toISOString().replace(/\.000Z$|[-:T]/g, '');
  if (same !== text.slice(0, 14)) throw info.error('has a time that does not exist');
  const fraction = Number((match[7] ?? '').padEnd(9, '0'));
  return { milliseconds: time.getTime() + Math.floor(fraction / 1e6), nanoseconds: fraction % 1e6 };
}

/** Accuracy in microseconds. */
function readAccuracy(accuracy: DerReader): number {
  const seconds = accuracy.peek() === Tag.integer ? readSmallInteger(accuracy) : 0;
  const millis = readThousandths(accuracy, 0);
  const micros = readThousandths(accuracy, 1);
  accuracy.end();
  return seconds * 1e6 + millis * 1000 + micros;
}

/** An implicitly tagged INTEGER from 0 to 999; the standard would have it begin with 1. */
function readThousandths(accuracy: DerReader, number: number): number {
  const tag = contextTag(number, false);
  if (accuracy.peek() !== tag) return 0;
  const value = readSmallInteger(accuracy.enterImplicit(tag, Tag.integer));
  if (value > 999) throw accuracy.error('has an accuracy out of range');
  return value;
}
