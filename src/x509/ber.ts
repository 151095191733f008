import { concatBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { elementHead } from '../der-writer.ts';

/** Bytes of a time-stamp token or reply; the usual ones have two to ten thousand. */
export const MAX_TOKEN = 1024 * 1024;
/** How deep elements may stand in each other. */
const MAX_DEPTH = 32;
/** Elements in all. */
const MAX_ELEMENTS = 20_000;

/** An element whose content is being read: where it ends, and what has been written of it. */
interface Open {
  tag: number;
  end: number;
  parts: Uint8Array[];
  length: number;
}

/**
 * Makes DER of BER: lengths become minimal, everything else stays as it is. Authorities may encode in BER
 * (RFC 5652, section 2); like the reference, definite lengths only. What is DER already comes out as it went in.
 *
 * @throws NotationError `ERR_TIMESTAMP_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function toDer(ber: Uint8Array): Uint8Array {
  if (ber.length > MAX_TOKEN) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a time-stamp of ${ber.length} bytes is too large`);
  }
  const whole: Open = { tag: 0, end: ber.length, parts: [], length: 0 };
  const open = [whole];
  let offset = 0;
  for (let elements = 0; ; elements++) {
    let current = open.at(-1) ?? whole;
    while (current !== whole && offset === current.end) {
      open.pop();
      current = close(current, open.at(-1) ?? whole);
    }
    if (current === whole && whole.parts.length > 0) break;
    if (elements === MAX_ELEMENTS) throw malformed('it has too many elements');
    const { tag, start, end } = readHead(ber, offset, current.end);
    if ((tag & 0x20) === 0) {
      write(current, elementHead(tag, end - start), ber.subarray(start, end));
      offset = end;
    } else {
      if (open.length > MAX_DEPTH) throw malformed('its elements are nested too deeply');
      open.push({ tag, end, parts: [], length: 0 });
      offset = start;
    }
  }
  if (offset !== ber.length) throw malformed('it has trailing bytes');
  return concatBytes(...whole.parts);
}

function close({ tag, parts, length }: Open, parent: Open): Open {
  write(parent, elementHead(tag, length), ...parts);
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
): { tag: number; start: number; end: number } {
  const [tag, first] = [ber[offset], ber[offset + 1]];
  if (tag === undefined || first === undefined) throw malformed('it is cut off');
  if ((tag & 0x1f) === 0x1f) throw malformed('it has a tag number of 31 or more');
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || octets > 8) throw malformed('it has an indefinite or oversized length');
  const start = offset + 2 + octets;
  let length = first < 0x80 ? first : 0;
  for (const octet of ber.subarray(offset + 2, start)) length = length * 256 + octet;
  if (start > limit || length > limit - start) throw malformed('it is cut off');
  return { tag, start, end: start + length };
}

function malformed(reason: string): NotationError {
  return new NotationError('ERR_TIMESTAMP_INVALID', `the time-stamp is malformed: ${reason}`);
}
