import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { decodeLatin1, decodeUtf8, encodeUtf8, rejectByteOrderMark } from './bytes.ts';

const MAX_DEPTH = 32;
/** The limit of values in a document: a full page of referrers has about 100 000. */
const MAX_VALUES = 400_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** What a number contains besides digits: `+`, `-`, `.`, `E` and `e`. */
const IN_NUMBER: readonly (number | undefined)[] = [0x2b, 0x2d, 0x2e, 0x45, 0x65];
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses a JSON document from outside: UTF-8 only, no duplicate member names (some parsers keep the last one,
 * some the first) and none named `__proto__`, bounded in depth and in the number of values before anything is
 * built from it.
 *
 * @param input - The document, as bytes or a string.
 * @param what - The name of the document, for the error.
 * @param maxValues - How many values it may contain; 400 000 by default.
 * @returns The value, as `JSON.parse` returns it.
 * @throws NotationError `ERR_ENCODING_INVALID` or `ERR_LIMIT_EXCEEDED`, without a cause: the engine's error
 * quotes the document, which may be a secret
 */
export function parseJson(input: Uint8Array | string, what: string, maxValues = MAX_VALUES): unknown {
  rejectByteOrderMark(input, what);
  const bytes = typeof input === 'string' ? encodeUtf8(input) : input;
  scan(bytes, what, maxValues);
  const text = typeof input === 'string' ? input : decodeUtf8(input, what);
  try {
    return JSON.parse(text);
  } catch {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} is not JSON`);
  }
}

/** Checks structure and names only; JSON.parse checks the grammar. */
function scan(bytes: Uint8Array, what: string, maxValues: number): void {
  const open: (Set<string> | undefined)[] = [];
  const endOfString = stringEnds(bytes);
  let values = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const end = endOfString(i);
      const names = open.at(-1);
      if (names && isName(bytes, end)) addName(names, bytes.subarray(i, end + 1), what);
      i = end;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      open.push(byte === OPEN_OBJECT ? new Set() : undefined);
      values++;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      open.pop();
    } else if (byte === COMMA) {
      values++;
    } else if (isDigit(byte)) {
      const end = endOfNumber(bytes, i);
      requireFinite(bytes.subarray(i, end), what);
      i = end - 1;
    }
    if (open.length > MAX_DEPTH || values > maxValues) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${what} is nested too deep or has too many values`);
    }
  }
}

/**
 * Returns a function that returns the index of the closing quote of the string that starts at an index, or of the last
 * byte if there is no such quote. Strings must be passed in their order: each backslash is looked for once.
 */
function stringEnds(bytes: Uint8Array): (start: number) => number {
  const find = (byte: number, from: number) => {
    const found = bytes.indexOf(byte, from);
    return found < 0 ? bytes.length : found;
  };
  let backslash = find(BACKSLASH, 0);
  return (start) => {
    if (backslash < start) backslash = find(BACKSLASH, start);
    let end = find(QUOTE, start + 1);
    while (backslash < end) {
      if (backslash + 1 === end) end = find(QUOTE, end + 1);
      backslash = find(BACKSLASH, backslash + 2);
    }
    return Math.min(end, bytes.length - 1);
  };
}

function isDigit(byte = 0): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (isDigit(bytes[end]) || IN_NUMBER.includes(bytes[end])) end++;
  return end;
}

/** JSON.parse makes Infinity of a number that is out of range, and JSON.stringify null of that. */
function requireFinite(number: Uint8Array, what: string): void {
  if (Number(decodeLatin1(number)) === Number.POSITIVE_INFINITY) {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} has a number that is out of range`);
  }
}

function isName(bytes: Uint8Array, end: number): boolean {
  let i = end + 1;
  while (bytes[i] === 0x20 || bytes[i] === 0x09 || bytes[i] === 0x0a || bytes[i] === 0x0d) i++;
  return bytes[i] === COLON;
}

function addName(names: Set<string>, quoted: Uint8Array, what: string): void {
  const text = decodeUtf8(quoted, what);
  const name = text.includes('\\') ? plainName(text, what) : text.slice(1, -1);
  // Copied onto another object, such a member would become its prototype.
  if (name === '__proto__') {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} has a member named __proto__`);
  }
  if (names.has(name)) {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} has the member ${quote(name)} twice`);
  }
  names.add(name);
}

function plainName(quoted: string, what: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} has a malformed member name`);
  }
}
