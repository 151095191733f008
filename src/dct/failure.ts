import { type ErrorCode, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

/** The codes of what Docker Content Trust does not vouch for. */
export type TrustCode = Extract<ErrorCode, `ERR_DCT_${string}`>;

const NEXT_STEPS: Readonly<Record<TrustCode, string>> = {
  ERR_DCT_METADATA_INVALID:
    'Treat the metadata as tampered with, or report it to the operator of the server.',
  ERR_DCT_ROOT_UNTRUSTED:
    'Pass `pinning` with the certificates or the CA of the root that you trust, or with `firstUse: true`.',
  ERR_DCT_ROOT_SKIPPED: 'Check that the server still has every version of the root.',
  ERR_DCT_ROLLBACK: 'Do not trust the server or the connection: it serves older metadata than before.',
  ERR_DCT_FREEZE:
    'Do not trust the server or the connection until it serves a timestamp that has not expired.',
  ERR_DCT_MIX_AND_MATCH: 'Try again; if the error stays, do not trust the server or the connection.',
  ERR_DCT_ENDLESS_DATA: 'Do not trust the server or the connection.',
  ERR_DCT_TOO_LARGE: 'Treat the metadata as tampered with: no repository needs as much.',
  ERR_DCT_THRESHOLD: 'Treat the metadata as tampered with, or have the owners of the keys sign it again.',
  ERR_DCT_EXPIRED: 'Have the owner of the role sign it again, for instance with `notary witness`.',
  ERR_DCT_TARGET_INVALID: 'Have the tag signed again, with its SHA-256 digest.',
  ERR_DCT_DELEGATION_CYCLE: 'Treat the metadata as tampered with, or have the delegation removed.',
  ERR_DCT_TAG_UNTRUSTED: 'Have the tag signed by a role that you trust, or pass that role in `roles`.',
  ERR_DCT_DIVERGED: 'Do not use the tag until you know which of the two digests is meant.',
};

/** Makes an error with the next step of its code: the table of all codes, which every bundle has, is kept short. */
export function trustError(code: TrustCode, message: string, cause?: unknown): NotationError {
  return new NotationError(code, message, { cause, nextStep: NEXT_STEPS[code] });
}

/** Makes the error of the metadata of a role. */
export function metadataError(code: TrustCode, role: string, reason: string, cause?: unknown): NotationError {
  return trustError(code, `the metadata of the role ${quote(role)} ${reason}`, cause);
}

/** Makes the error of metadata that is malformed. */
export function metadataInvalid(role: string, reason: string, cause?: unknown): NotationError {
  return metadataError('ERR_DCT_METADATA_INVALID', role, reason, cause);
}
