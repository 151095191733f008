import { type ErrorCode, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

/** The codes of metadata that must not be trusted. */
export type MetadataCode = Extract<ErrorCode, `ERR_DCT_${string}`>;

/** Makes the error of the metadata of a role. */
export function metadataFailure(
  code: MetadataCode,
  role: string,
  reason: string,
  cause?: unknown,
): NotationError {
  return new NotationError(code, `the metadata of the role ${quote(role)} ${reason}`, { cause });
}

/** Makes the error of metadata that is malformed. */
export function metadataInvalid(role: string, reason: string, cause?: unknown): NotationError {
  return metadataFailure('ERR_DCT_METADATA_INVALID', role, reason, cause);
}
