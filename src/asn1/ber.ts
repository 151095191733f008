import { concatBytes } from '../encoding/bytes.ts';
import { type ErrorCode, NotationError } from '../errors/index.ts';
import { DerReader, isPem, Tag } from './der-reader.ts';
import { element, elementHead } from './der-writer.ts';

/** Limit of the depth of nesting. */
const MAX_DEPTH = 32;
/** Limit of the elements in total. */
const MAX_ELEMENTS = 20_000;
const END_OF_CONTENTS = 0x00;
const CONSTRUCTED_OCTET_STRING = 0x24;

/** How BER is read. */
export interface BerRules {
  /** The name of what is read, for errors. */
  what: string;
  /** The code of those errors. */
  code: ErrorCode;
  maxBytes: number;
  /** Whether lengths may be indefinite, and octet strings in pieces. */
  streamed?: boolean;
}

/** An element whose content is being read: where it ends, and its DER so far. */
interface Open {
  tag: number;
  /** Infinite if an end-of-contents element ends it. */
  end: number;
  parts: Uint8Array[];
  length: number;
}

/**
 * Converts BER to DER: lengths become minimal, and octet strings whole. Everything else is unchanged, and
 * so is DER.
 *
 * @throws NotationError With the code of the rules, or `ERR_LIMIT_EXCEEDED`
 */
export function toDer(ber: Uint8Array, rules: BerRules): Uint8Array {
  if (ber.length > rules.maxBytes) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a ${rules.what} of ${ber.length} bytes is too large`);
  }
  if (isPem(ber)) throw malformed(rules, 'it is PEM, but must be DER');
  if (isDer(ber, rules)) return ber;
  const whole: Open = { tag: 0, end: ber.length, parts: [], length: 0 };
  const open = [whole];
  let offset = 0;
  for (let elements = 0; ; elements++) {
    let current = open.at(-1) ?? whole;
    while (current !== whole && offset === current.end) {
      open.pop();
      current = close(current, open.at(-1) ?? whole, rules);
    }
    if (current === whole && whole.parts.length > 0) break;
    if (elements === MAX_ELEMENTS) throw malformed(rules, 'it has too many elements');
    const limit = open.reduce((least, { end }) => Math.min(least, end), ber.length);
    const { tag, start, end } = readHead(ber, offset, limit, rules);
    offset = start;
    if (tag === END_OF_CONTENTS && start === end && current.end === Number.POSITIVE_INFINITY) {
      current.end = offset;
    } else if ((tag & 0x20) === 0) {
      write(current, elementHead(tag, end - start), ber.subarray(start, end));
      offset = end;
    } else {
      if (open.length > MAX_DEPTH) throw malformed(rules, 'its elements are nested too deeply');
      open.push({ tag, end, parts: [], length: 0 });
    }
  }
  if (offset !== ber.length) throw malformed(rules, 'it has trailing bytes');
  return concatBytes(...whole.parts);
}

/** Reports whether there is nothing to convert, as in most tokens: every length is definite and minimal. */
function isDer(ber: Uint8Array, rules: BerRules): boolean {
  const ends = [ber.length];
  let offset = 0;
  for (let elements = 0; elements < MAX_ELEMENTS && ends.length <= MAX_DEPTH; elements++) {
    const { tag, start, end } = readHead(ber, offset, ends.at(-1) ?? 0, rules);
    if (end === Number.POSITIVE_INFINITY || tag === CONSTRUCTED_OCTET_STRING) return false;
    const length = end - start;
    const head = length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5;
    if (start - offset !== head) return false;
    offset = start;
    if ((tag & 0x20) === 0) offset = end;
    else ends.push(end);
    while (offset === ends.at(-1)) ends.pop();
    if (ends.length < 2) return ends.length === 0;
  }
  return false;
}

function close({ tag, parts, length }: Open, parent: Open, { what, code, streamed }: BerRules): Open {
  if (!streamed || tag !== CONSTRUCTED_OCTET_STRING) {
    write(parent, elementHead(tag, length), ...parts);
    return parent;
  }
  const pieces = new DerReader(concatBytes(...parts), what, code);
  const contents: Uint8Array[] = [];
  while (!pieces.done) contents.push(pieces.read(Tag.octetString).content);
  write(parent, element(Tag.octetString, ...contents));
  return parent;
}

function write(open: Open, ...parts: Uint8Array[]): void {
  for (const part of parts) {
    open.parts.push(part);
    open.length += part.length;
  }
}

function readHead(
  ber: Uint8Array,
  offset: number,
  limit: number,
  rules: BerRules,
): { tag: number; start: number; end: number } {
  const [tag, first] = [ber[offset], ber[offset + 1]];
  if (tag === undefined || first === undefined) throw malformed(rules, 'it is cut off');
  if ((tag & 0x1f) === 0x1f) throw malformed(rules, 'it has a tag number of 31 or more');
  if (first === 0x80 && rules.streamed && (tag & 0x20) !== 0) {
    return { tag, start: offset + 2, end: Number.POSITIVE_INFINITY };
  }
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || size > 8) throw malformed(rules, 'it has an indefinite or oversized length');
  const start = offset + 2 + size;
  let length = first < 0x80 ? first : 0;
  for (const byte of ber.subarray(offset + 2, start)) length = length * 256 + byte;
  if (start > limit || length > limit - start) throw malformed(rules, 'it is cut off');
  return { tag, start, end: start + length };
}

function malformed({ what, code }: BerRules, reason: string): NotationError {
  return new NotationError(code, `the ${what} is malformed: ${reason}`);
}
