import { type DerReader, Tag } from './der-reader.ts';

/** A time in milliseconds, and the remaining nanoseconds. */
export interface FineTime {
  milliseconds: number;
  nanoseconds: number;
}

/** A fraction has no trailing zeros (X.690, section 11.7; RFC 3161, section 2.4.2). */
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/;

/** Reads a GeneralizedTime in UTC, with a fraction of the second down to nanoseconds. */
export function readFineTime(reader: DerReader): FineTime {
  const text = String.fromCharCode(...reader.read(Tag.generalizedTime).content.subarray(0, 32));
  const match = TIME.exec(text);
  if (!match) throw reader.error('has a malformed time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const same = time.toISOString().replace(/\.000Z$|[-:T]/g, '');
  if (same !== text.slice(0, 14)) throw reader.error('has a time that does not exist');
  const fraction = Number((match[7] ?? '').padEnd(9, '0'));
  return { milliseconds: time.getTime() + Math.floor(fraction / 1e6), nanoseconds: fraction % 1e6 };
}
