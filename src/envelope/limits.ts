import { NotationError } from '../errors/index.ts';
import { MAX_CERTIFICATE } from '../x509/certificate.ts';
import { MAX_CHAIN } from '../x509/path-builder.ts';

/** What the parts of an envelope may measure; real ones stay far below. */
const MAX = {
  /** Bytes. */
  'signature envelope': 32 * 1024 * 1024,
  /** Far more than the largest parts together, which bounds what texts and copies of it take. */
  'JWS signature envelope': 16 * 1024 * 1024,
  'protected header': 1024 * 1024,
  'timestamp token': 1024 * 1024,
  /** Applied before base64 is decoded, whose padding counts. */
  certificate: MAX_CERTIFICATE + 2,
  signature: 1024,
  /** Certificates. */
  'certificate chain': MAX_CHAIN,
} as const;

/** Values that a JSON document inside an envelope, or CBOR, may hold; real ones have a few dozen. */
export const MAX_VALUES = 10_000;

/** @throws NotationError `ERR_LIMIT_EXCEEDED` */
export function checkPartSize(part: keyof typeof MAX, size: number): void {
  if (size > MAX[part]) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${part} measures ${size}, more than ${MAX[part]}`);
  }
}
