import { toDer } from '../../asn1/ber.ts';
import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { readInteger, readSmallInteger } from '../../asn1/values.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { NotationError } from '../../errors/index.ts';
import { tokenRules } from './token-rules.ts';

const STATUSES: readonly (string | undefined)[] = [
  'granted',
  'grantedWithMods',
  'rejection',
  'waiting',
  'revocationWarning',
  'revocationNotification',
];

/** PKIFailureInfo of RFC 3161, section 2.4.2, by bit. */
const FAILURES: Readonly<Record<number, string>> = {
  0: 'badAlg',
  2: 'badRequest',
  5: 'badDataFormat',
  14: 'timeNotAvailable',
  15: 'unacceptedPolicy',
  16: 'unacceptedExtension',
  17: 'addInfoNotAvailable',
  25: 'systemFailure',
};

const MAX_TEXT = 200;
/** The reason of a refusal is shown as far as it can be read. */
const lenient = new TextDecoder();

/**
 * The token of a TimeStampResp (RFC 3161, section 2.4.2).
 * @param name - The authority, for errors.
 * @throws NotationError `ERR_TIMESTAMP_REFUSED`, `ERR_TIMESTAMP_INVALID`
 */
export function readTimestampResponse(reply: Uint8Array, name: string): Uint8Array {
  const outer = new DerReader(
    toDer(reply, tokenRules),
    'reply of the time-stamping authority',
    'ERR_TIMESTAMP_INVALID',
  );
  const response = outer.enter(Tag.sequence);
  outer.end();
  const status = response.enter(Tag.sequence);
  const number = readSmallInteger(status);
  if (number > 1) {
    const why = [STATUSES[number] ?? `status ${number}`, ...readReasons(status)].join(', ');
    throw new NotationError('ERR_TIMESTAMP_REFUSED', `${name} refuses a time-stamp: ${why}`);
  }
  const token = response.read(Tag.sequence).bytes;
  response.end();
  return token;
}

function readReasons(status: DerReader): string[] {
  const reasons: string[] = [];
  if (status.peek() === Tag.sequence) {
    const texts = status.enter(Tag.sequence);
    while (!texts.done && reasons.length < 4) {
      reasons.push(JSON.stringify(lenient.decode(texts.read().content).slice(0, MAX_TEXT)));
    }
  }
  const bits = status.readOptional(Tag.bitString)?.content.subarray(1, 5) ?? new Uint8Array();
  for (const [bit, failure] of Object.entries(FAILURES)) {
    const octet = bits[Number(bit) >> 3] ?? 0;
    if ((octet & (0x80 >> (Number(bit) & 7))) !== 0) reasons.push(failure);
  }
  return reasons;
}

/** The content octets of an INTEGER that was written as a nonce, in hexadecimal. */
export function nonceText(integer: Uint8Array): string {
  return encodeHex(readInteger(new DerReader(integer, 'nonce', 'ERR_TIMESTAMP_INVALID')));
}
