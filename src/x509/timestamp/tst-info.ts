import type { HashName } from '../../crypto/types.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { readBoolean, readInteger, readOid, readSmallInteger } from '../asn1-values.ts';
import { contextTag, DerReader, Tag } from '../der.ts';
import { HASHES } from '../signature.ts';

/** Of ETSI TS 102 023 (RFC 3628, section 5.2): it promises one second where no accuracy is given. */
const BASELINE_POLICY = '0.4.0.2023.1.1';

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
  const serialNumber = encodeHex(readInteger(info));
  const microseconds = readTime(info);
  const given = info.peek() === Tag.sequence ? readAccuracy(info.enter(Tag.sequence)) : 0;
  const accuracy = given === 0 && policy === BASELINE_POLICY ? 1e6 : given;
  if (info.peek() === Tag.boolean) readBoolean(info); // ordering
  const nonce = info.peek() === Tag.integer ? encodeHex(readInteger(info)) : undefined;
  info.readOptional(contextTag(0)); // the name of the authority: its certificate has it
  if (info.peek() === contextTag(1)) refuseCritical(info.enter(contextTag(1)));
  info.end();
  return {
    policy,
    imprint,
    serialNumber,
    time: new Date(Math.floor(microseconds / 1000)),
    earliest: new Date(Math.floor((microseconds - accuracy) / 1000)),
    latest: new Date(Math.ceil((microseconds + accuracy) / 1000)),
    ...(nonce !== undefined && { nonce }),
  };
}

function readImprint(imprint: DerReader): TstInfo['imprint'] {
  const oid = readOid(imprint.enter(Tag.sequence));
  const value = imprint.read(Tag.octetString).content;
  imprint.end();
  const hash = Object.hasOwn(HASHES, oid) ? HASHES[oid] : undefined;
  if (!hash) throw imprint.error(`is made with the hash function ${oid}, which is not allowed`);
  return { hash, value };
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/;

/** GeneralizedTime with any fraction of a second, in microseconds; what is smaller counts up. */
function readTime(info: DerReader): number {
  const text = String.fromCharCode(...info.read(Tag.generalizedTime).content.subarray(0, 32));
  const match = TIME.exec(text);
  if (!match) throw info.error('has a malformed time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const same = time.toISOString().replace(/\.000Z$|[-:T]/g, '');
  if (same !== text.slice(0, 14)) throw info.error('has a time that does not exist');
  return time.getTime() * 1000 + Math.ceil(Number((match[7] ?? '').padEnd(9, '0')) / 1000);
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
  const field = accuracy.readOptional(contextTag(number, false));
  if (!field) return 0;
  const integer = Uint8Array.of(Tag.integer, field.content.length, ...field.content.subarray(0, 4));
  const value = readSmallInteger(accuracy.inside(integer));
  if (value > 999) throw accuracy.error('has an accuracy out of range');
  return value;
}

function refuseCritical(extensions: DerReader): void {
  while (!extensions.done) {
    const extension = extensions.enter(Tag.sequence);
    const oid = readOid(extension);
    const critical = extension.peek() === Tag.boolean && readBoolean(extension);
    extension.read(Tag.octetString);
    extension.end();
    if (critical) throw extensions.error(`has the critical extension ${oid}, which is unknown`);
  }
}
