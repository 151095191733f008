import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { decodeLatin1, rejectByteOrderMark } from './bytes.ts';
import { trimEnd } from './trim-end.ts';

/** One block of a PEM document (RFC 7468). */
export interface PemBlock {
  /** The label between BEGIN and the dashes, such as `CERTIFICATE`. */
  label: string;
  /** The headers in front of the content, such as `Proc-Type: 4,ENCRYPTED` (RFC 1421, section 4.4). */
  headers: readonly string[];
  /** The decoded content. */
  der: Uint8Array;
}

const BOUNDARY = /^-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]*)-----$/;

/**
 * Decodes the blocks of a PEM document, in order. Text outside blocks, as openssl writes it, is ignored, in whatever
 * encoding it is. A block must begin at the start of a line: other readers do not find it elsewhere.
 * @throws NotationError `ERR_ENCODING_INVALID` for a block that is not closed, nested or not base64, and for a byte order
 * mark
 */
export function decodePem(input: string | Uint8Array): PemBlock[] {
  rejectByteOrderMark(input, 'PEM');
  // Blocks are ASCII; the text around them may be in an encoding other than UTF-8.
  const text = typeof input === 'string' ? input : decodeLatin1(input);
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let body: string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = trimEnd(raw, ' \t');
    const boundary = BOUNDARY.exec(line);
    if (!boundary) {
      if (label !== undefined) body.push(line.trimStart());
      continue;
    }
    if (boundary[1] === 'BEGIN') {
      if (label !== undefined) throw pemInvalid(`block ${quote(label)} contains another block`);
      label = boundary[2];
      body = [];
    } else {
      if (label === undefined || label !== boundary[2]) {
        throw pemInvalid(`END ${quote(boundary[2])} closes no block`);
      }
      blocks.push(decodeBlock(label, body));
      label = undefined;
    }
  }
  if (label !== undefined) throw pemInvalid(`block ${quote(label)} has no END line`);
  return blocks;
}

/** Headers come first; none of the characters of base64 is a colon. */
function decodeBlock(label: string, lines: readonly string[]): PemBlock {
  const end = lines.findIndex((line) => !line.includes(':'));
  const body = end < 0 ? [] : lines.slice(end);
  const headers = lines.slice(0, lines.length - body.length);
  return { label, headers, der: decodeBase64(body.join(''), `PEM block ${quote(label)}`) };
}

/** Encodes one PEM block, with lines of 64 characters and a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function pemInvalid(reason: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `PEM: ${reason}`);
}
