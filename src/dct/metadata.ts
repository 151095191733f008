import { decodeBase64 } from '../encoding/base64.ts';
import { conform, rejectLookalikes } from '../encoding/document.ts';
import { parseJson } from '../encoding/json.ts';
import type { Schema } from '../encoding/schema.ts';
import { parseRfc3339 } from '../envelope/rfc3339.ts';
import { isNotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { encodeCanonicalJson } from './canonical-json.ts';
import { metadataInvalid } from './failure.ts';
import { KNOWN_MEMBERS, signedSchema } from './schemas.ts';

/** One signature of a file. */
export interface MetadataSignature {
  readonly keyId: string;
  /** In lower case. */
  readonly method: string;
  readonly bytes: Uint8Array;
}

/** A file of metadata whose signatures have not been verified, and whose content has not been interpreted. */
export interface Metadata {
  readonly role: string;
  /** The file as it was read. */
  readonly bytes: Uint8Array;
  /** The bytes that are signed: the canonical form of the content. */
  readonly message: Uint8Array;
  readonly signatures: readonly MetadataSignature[];
  readonly content: Readonly<Record<string, unknown>>;
}

const CODE = 'ERR_DCT_METADATA_INVALID';

/**
 * Reads a file of metadata, without trusting it.
 * @throws NotationError `ERR_DCT_METADATA_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function readMetadata(role: string, bytes: Uint8Array): Metadata {
  const what = nameOf(role);
  const value = attempt(role, () => parseJson(bytes, what));
  const { signed, signatures } = conform(signedSchema(), value, what, CODE);
  rejectLookalikes(Object.keys(value as object), ['signed', 'signatures'], what, CODE);
  return {
    role,
    bytes,
    message: attempt(role, () => encodeCanonicalJson(signed)),
    signatures: signatures.map(({ keyid, method, sig }) => ({
      keyId: keyid,
      method: method.toLowerCase(),
      bytes: decodeBase64(sig, 'signature'),
    })),
    content: signed,
  };
}

/**
 * Interprets the content of a file in the shape that its role requires.
 * @throws NotationError `ERR_DCT_METADATA_INVALID`
 */
export function interpret<T>({ role, content }: Metadata, schema: Schema<T>): T {
  rejectLookalikes(Object.keys(content), KNOWN_MEMBERS, nameOf(role), CODE);
  return conform(schema, content, nameOf(role), CODE);
}

/** Returns the time of a string that a schema accepted. */
export function timeOf(text: string): Date {
  return parseRfc3339(text) ?? new Date(Number.NaN);
}

function nameOf(role: string): string {
  return `metadata of the role ${quote(role)}`;
}

function attempt<T>(role: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    throw metadataInvalid(role, `is malformed: ${cause.message}`, cause);
  }
}
