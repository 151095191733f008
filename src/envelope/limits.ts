import { NotationError } from '../errors/index.ts';
import { MAX_CERTIFICATE } from '../x509/certificate.ts';
import { MAX_CHAIN } from '../x509/path-builder.ts';

/** The limits of the parts of an envelope; real ones stay far below. */
const MAX = {
  /** Bytes. */
  'signature envelope': 32 * 1024 * 1024,
  /** Far more than the largest parts together; this bounds the memory of strings and copies. */
  'JWS signature envelope': 16 * 1024 * 1024,
  'protected header': 1024 * 1024,
  'timestamp token': 1024 * 1024,
  /** Applied before base64 is decoded, so that its padding counts. */
  certificate: MAX_CERTIFICATE + 2,
  signature: 1024,
  /** Certificates. */
  'certificate chain': MAX_CHAIN,
} as const;

/** The limit of values in the JSON or CBOR of an envelope; a real one has a few dozen. */
export const MAX_VALUES = 10_000;

/** @throws NotationError `ERR_LIMIT_EXCEEDED` */
export function checkPartSize(part: keyof typeof MAX, size: number): void {
  if (size > MAX[part]) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${part} measures ${size}, more than ${MAX[part]}`);
  }
}
