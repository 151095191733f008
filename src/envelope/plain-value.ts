import { encodeBase64 } from '../encoding/base64.ts';
import { isBytes } from '../encoding/bytes.ts';
import { formatRfc3339 } from './rfc3339.ts';

/**
 * Converts the value of an extended attribute, decoded from JSON or CBOR, as Go's JSON encoder does: bytes to base64,
 * times to RFC 3339. A replacer for `JSON.stringify`.
 */
export function toPlain(value: unknown): unknown {
  if (isBytes(value)) return encodeBase64(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return formatRfc3339(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'bigint' ? String(value) : value;
}
