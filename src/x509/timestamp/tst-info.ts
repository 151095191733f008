import { contextTag, DerReader, Tag } from '../../asn1/der-reader.ts';
import { type FineTime, readFineTime } from '../../asn1/fine-time.ts';
import { Oid } from '../../asn1/oids.ts';
import { readAlgorithmOid, readBoolean, readInteger, readOid, readSmallInteger } from '../../asn1/values.ts';
import type { HashName } from '../../crypto/types.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { readExtensionList } from '../extension-list.ts';
import { hashNamed } from '../signature.ts';

/** 160 bits in bytes (RFC 3161, section 2.4.2), without one for the sign. */
const MAX_SERIAL_NUMBER = 20;

/** The content of a timestamp (RFC 3161, section 2.4.2). */
export interface TstInfo {
  policy: string;
  imprint: { hash: HashName; value: Uint8Array };
  /** Lower-case hexadecimal. */
  serialNumber: string;
  /** The time, truncated to milliseconds. */
  time: Date;
  /** The time minus the accuracy, rounded down to milliseconds. */
  earliest: Date;
  /** The time plus the accuracy, rounded up to milliseconds. */
  latest: Date;
  /** The content of the INTEGER. */
  nonce?: Uint8Array;
}

/**
 * Reads a TSTInfo.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`
 * @see docs/specification.md, rules TIME-4, TIME-11, RFC-19
 */
export function parseTstInfo(der: Uint8Array): TstInfo {
  const outer = new DerReader(der, 'timestamp', 'ERR_TIMESTAMP_INVALID');
  const info = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(info) !== 1) throw info.error('is not of version 1');
  const policy = readOid(info);
  const imprint = readImprint(info.enter(Tag.sequence));
  const serial = readInteger(info);
  if (serial.length > MAX_SERIAL_NUMBER && (serial.length > MAX_SERIAL_NUMBER + 1 || serial[0] !== 0)) {
    throw info.error('has a serial number of more than 160 bits');
  }
  const time = readFineTime(info);
  const given = info.peek() === Tag.sequence ? readAccuracy(info.enter(Tag.sequence)) : 0;
  // The policy of ETSI TS 102 023 (RFC 3628, section 5.2) means one second if no accuracy is given.
  const accuracy = given === 0 && policy === Oid.baselineTimestampPolicy ? 1e6 : given;
  if (info.peek() === Tag.boolean) readBoolean(info); // ordering
  const nonce = info.peek() === Tag.integer ? readInteger(info) : undefined;
  info.readOptional(contextTag(0)); // the name of the TSA, which its certificate contains too
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

/** Rounds the range outwards to whole milliseconds. */
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
  const oid = readAlgorithmOid(imprint.enter(Tag.sequence));
  const value = imprint.read(Tag.octetString).content;
  imprint.end();
  const hash = hashNamed(oid);
  if (!hash) throw imprint.error(`uses the hash function ${oid}, which is not allowed`);
  return { hash, value };
}

/** Reads an accuracy in microseconds. */
function readAccuracy(accuracy: DerReader): number {
  const seconds = accuracy.peek() === Tag.integer ? readSmallInteger(accuracy) : 0;
  const millis = readThousandths(accuracy, 0);
  const micros = readThousandths(accuracy, 1);
  accuracy.end();
  return seconds * 1e6 + millis * 1000 + micros;
}

/** Reads an implicitly tagged INTEGER from 0 to 999; the RFC starts at 1. */
function readThousandths(accuracy: DerReader, number: number): number {
  const tag = contextTag(number, false);
  if (accuracy.peek() !== tag) return 0;
  const value = readSmallInteger(accuracy.enterImplicit(tag, Tag.integer));
  if (value > 999) throw accuracy.error('has an accuracy out of range');
  return value;
}
