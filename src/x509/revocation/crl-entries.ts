import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readInteger, readTime } from '../../asn1/values.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { decodeHex } from '../../encoding/hex.ts';
import { type ExtensionReaders, readExtensionList } from '../extension-list.ts';
import { type RevocationFact, readReason } from './evaluation.ts';

/** Bytes of entries for each bucket of the index: about five entries. */
const BUCKET = 256;
/** Object identifiers, DER, of the entry extensions that are understood: reason code and invalidity date. */
const UNDERSTOOD = [0x15, 0x18].map((arc) => Uint8Array.of(Tag.oid, 3, 0x55, 0x1d, arc));
/** Limit of the entries of one certificate, which may be put on hold and removed again several times. */
const MAX_FACTS = 100;

/**
 * The entries of a CRL, of which there may be a million: they are scanned once, without an object for each, and looked up
 * in buckets by the last bits of the serial number. In the worst case a lookup scans every entry once.
 */
export class CrlEntries {
  readonly #bytes: Uint8Array;
  readonly #index: Index;
  /**
   * Whether any entry has a critical extension that is unknown or cannot be read. No status may be derived from the rest
   * of the CRL then (RFC 5280, section 5.3): the extension may be about later entries too.
   */
  readonly unknownCritical: boolean;

  /**
   * @param bytes - The entries, one after another, DER.
   * @throws NotationError `ERR_CRL_INVALID`
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#index = indexOf(bytes);
    this.unknownCritical = hasUnknownCritical(bytes);
  }

  get count(): number {
    return this.#index.offsets.length;
  }

  /**
   * Finds the entries of a serial number, in the order of the CRL; usually there is none.
   * @param serialNumber - Lower-case hexadecimal, as a certificate has it.
   * @throws NotationError `ERR_CRL_INVALID` for an entry that cannot be read
   */
  find(serialNumber: string): RevocationFact[] {
    const serial = decodeHex(serialNumber);
    const { offsets, ends } = this.#index;
    const bucket = bucketOf(serial, 0, serial.length, ends.length);
    const facts: RevocationFact[] = [];
    for (const offset of offsets.subarray(ends[bucket - 1] ?? 0, ends[bucket])) {
      if (!this.#isAbout(serial, offset)) continue;
      if (facts.length === MAX_FACTS)
        throw readerOf(this.#bytes).error('has too many entries for one certificate');
      facts.push(readEntry(this.#bytes.subarray(offset)));
    }
    return facts;
  }

  #isAbout(serial: Uint8Array, offset: number): boolean {
    const start = contentStart(this.#bytes, offset) + 2;
    const length = this.#bytes[start - 1] ?? 0;
    return length === serial.length && equalBytes(this.#bytes.subarray(start, start + length), serial);
  }
}

/** Where the entries begin, by bucket, and in the order of the CRL in each; and where each bucket ends among them. */
interface Index {
  offsets: Uint32Array;
  ends: Uint32Array;
}

/** Checks and scans the entries: each is a SEQUENCE of a serial number of up to 127 bytes, a time, and extensions. */
function indexOf(bytes: Uint8Array): Index {
  const buckets = 2 ** Math.ceil(Math.log2(1 + bytes.length / BUCKET));
  const counts = new Uint32Array(buckets);
  let count = 0;
  for (let offset = 0; offset < bytes.length; count++) {
    const end = endOfEntry(bytes, offset);
    const bucket = bucketOfEntry(bytes, offset, buckets);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    offset = end;
  }
  const ends = new Uint32Array(buckets);
  for (let bucket = 0, end = 0; bucket < buckets; bucket++) {
    ends[bucket] = end;
    end += counts[bucket] ?? 0;
  }
  // Each bucket is filled from its beginning, which ends up at its end.
  const offsets = new Uint32Array(count);
  for (let offset = 0; offset < bytes.length; offset = endOf(bytes, offset)) {
    const bucket = bucketOfEntry(bytes, offset, buckets);
    const place = ends[bucket] ?? 0;
    offsets[place] = offset;
    ends[bucket] = place + 1;
  }
  return { offsets, ends };
}

/** Returns the bucket of an entry whose form has been checked. */
function bucketOfEntry(bytes: Uint8Array, offset: number, buckets: number): number {
  const serial = contentStart(bytes, offset) + 2;
  return bucketOf(bytes, serial, serial + (bytes[serial - 1] ?? 0), buckets);
}

/** Uses the last bytes of a serial number, which are random or count up. */
function bucketOf(bytes: Uint8Array, start: number, end: number, buckets: number): number {
  let last = 0;
  for (let i = Math.max(start, end - 3); i < end; i++) last = last * 256 + (bytes[i] ?? 0);
  return last & (buckets - 1);
}

/** Reports whether any entry, whose form has been checked, has extensions that cannot be read or are critical and unknown. */
function hasUnknownCritical(bytes: Uint8Array): boolean {
  for (let offset = 0; offset < bytes.length; ) {
    const end = endOf(bytes, offset);
    const serial = contentStart(bytes, offset) + 2;
    const time = serial + (bytes[serial - 1] ?? 0);
    if (isUnknownCritical(bytes, time + 2 + (bytes[time + 1] ?? 0), end)) return true;
    offset = end;
  }
  return false;
}

/**
 * Reports whether the extensions of an entry cannot be read, or one of them is critical and unknown.
 * @param list - Where the SEQUENCE of extensions begins; `end` if the entry has none.
 */
function isUnknownCritical(bytes: Uint8Array, list: number, end: number): boolean {
  let extension = list === end ? end : contentStart(bytes, list);
  while (extension < end) {
    const oid = contentStart(bytes, extension);
    const next = oid + lengthAt(bytes, extension);
    const oidEnd = contentStart(bytes, oid) + lengthAt(bytes, oid);
    const framed =
      bytes[extension] === Tag.sequence && bytes[oid] === Tag.oid && oidEnd < next && next <= end;
    if (!framed) return true;
    const isFalse = bytes[oidEnd + 1] === 1 && bytes[oidEnd + 2] === 0;
    const critical = bytes[oidEnd] === Tag.boolean && !isFalse;
    if (critical && !isUnderstood(bytes.subarray(oid, oidEnd))) return true;
    extension = next;
  }
  return false;
}

function isUnderstood(oid: Uint8Array): boolean {
  return UNDERSTOOD.some((known) => equalBytes(known, oid));
}

function endOfEntry(bytes: Uint8Array, offset: number): number {
  const start = contentStart(bytes, offset);
  const end = start + lengthAt(bytes, offset);
  const serialLength = bytes[start + 1] ?? 0x80;
  const framed =
    bytes[offset] === Tag.sequence &&
    bytes[start] === Tag.integer &&
    serialLength > 0 &&
    serialLength < 0x80 &&
    end <= bytes.length &&
    isMinimal(bytes[start + 2] ?? 0, bytes[start + 3] ?? 0, serialLength) &&
    isTimeAndExtensions(bytes, start + 2 + serialLength, end);
  if (!framed) throw readerOf(bytes).error('has a malformed entry');
  return end;
}

/** Reports whether a serial number is minimal: it must have only one encoding, because lookups compare encodings. */
function isMinimal(first: number, second: number, length: number): boolean {
  const padded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
  return length === 1 || !padded;
}

function isTimeAndExtensions(bytes: Uint8Array, time: number, end: number): boolean {
  const length = bytes[time] === Tag.utcTime ? 13 : bytes[time] === Tag.generalizedTime ? 15 : 0;
  const timeEnd = time + 2 + length;
  if (length === 0 || bytes[time + 1] !== length || timeEnd > end || bytes[timeEnd - 1] !== 0x5a)
    return false;
  for (let i = time + 2; i < timeEnd - 1; i++) {
    const digit = bytes[i] ?? 0;
    if (digit < 0x30 || digit > 0x39) return false;
  }
  if (timeEnd === end) return true;
  return bytes[timeEnd] === Tag.sequence && contentStart(bytes, timeEnd) + lengthAt(bytes, timeEnd) === end;
}

/** Returns where an element ends. */
function endOf(bytes: Uint8Array, offset: number): number {
  return contentStart(bytes, offset) + lengthAt(bytes, offset);
}

/** Returns where the content of an element begins whose length has one to four bytes. */
function contentStart(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  return offset + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

/** Returns the length of an element; NaN, with which every comparison is false, if it is indefinite, oversized or not minimal. */
function lengthAt(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset + 1] ?? 0x80;
  if (first < 0x80) return first;
  const size = first & 0x7f;
  if (size === 0 || size > 4) return Number.NaN;
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[offset + 2 + i] ?? 0);
  return length >= 0x80 && length >= 256 ** (size - 1) ? length : Number.NaN;
}

/** Reads one entry (RFC 5280, section 5.3). */
function readEntry(bytes: Uint8Array): RevocationFact {
  const entry = readerOf(bytes).enter(Tag.sequence);
  readInteger(entry);
  const fact: RevocationFact = { time: readTime(entry) };
  if (!entry.done) {
    const known: ExtensionReaders = {
      [Oid.reasonCode]: (value) => {
        fact.reason = readReason(value);
      },
      [Oid.invalidityDate]: (value) => {
        if (value.peek() !== Tag.generalizedTime) throw value.error('has a malformed invalidity date');
        fact.invalidityDate = readTime(value);
      },
    };
    readExtensionList(entry.enter(Tag.sequence), known, [Oid.invalidityDate]);
  }
  entry.end();
  return fact;
}

function readerOf(bytes: Uint8Array): DerReader {
  return new DerReader(bytes, 'CRL', 'ERR_CRL_INVALID');
}
