import { toDer } from '../../asn1/ber.ts';
import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { readSmallInteger } from '../../asn1/values.ts';
import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
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

/** Characters of a reason in a message. */
const MAX_REASON = 200;
/** Reasons are shown even if they are not valid UTF-8. */
const lenient = new TextDecoder();

/**
 * Reads the token of a TimeStampResp (RFC 3161, section 2.4.2).
 * @param name - Names the authority in errors.
 * @throws NotationError `ERR_TIMESTAMP_REFUSED`, `ERR_TIMESTAMP_INVALID`
 * @see docs/specification.md, rule RFC-18
 */
export function readTimestampResponse(bytes: Uint8Array, name: string): Uint8Array {
  const outer = new DerReader(
    toDer(bytes, tokenRules),
    'response of the timestamp authority',
    'ERR_TIMESTAMP_INVALID',
  );
  const response = outer.enter(Tag.sequence);
  outer.end();
  const status = response.enter(Tag.sequence);
  const number = readSmallInteger(status);
  if (number > 1) {
    const why = [STATUSES[number] ?? `status ${number}`, ...readReasons(status)].join(', ');
    throw new NotationError('ERR_TIMESTAMP_REFUSED', `${name} refused the request: ${why}`);
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
      reasons.push(quote(lenient.decode(texts.read().content), MAX_REASON));
    }
  }
  const bits = status.readOptional(Tag.bitString)?.content.subarray(1, 5) ?? new Uint8Array();
  for (const [bit, failure] of Object.entries(FAILURES)) {
    const byte = bits[Number(bit) >> 3] ?? 0;
    if ((byte & (0x80 >> (Number(bit) & 7))) !== 0) reasons.push(failure);
  }
  return reasons;
}
