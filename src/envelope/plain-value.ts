import { encodeBase64 } from '../encoding/base64.ts';
import { formatRfc3339 } from './rfc3339.ts';

/**
 * The value of an extended attribute, whatever JSON or CBOR made of it, as a replacer of `JSON.stringify` that gives what
 * Go's encoder does: bytes in base64, times in RFC 3339.
 */
export function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return formatRfc3339(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'bigint' ? String(value) : value;
}
