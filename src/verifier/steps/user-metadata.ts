import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';

/**
 * Checks that all required user metadata is signed.
 * @throws NotationError `ERR_USER_METADATA_MISMATCH`
 * @see docs/specification.md, rules BLOB-9, VER-15
 */
export function verifyUserMetadata(
  { payload: { annotations: signed = {} } }: Signature,
  { requiredMetadata }: VerificationContext,
): Finding {
  for (const [key, value] of Object.entries(requiredMetadata)) {
    if (Object.hasOwn(signed, key) && signed[key] === value) continue;
    const found = Object.hasOwn(signed, key) ? quote(signed[key]) : 'missing';
    throw new NotationError(
      'ERR_USER_METADATA_MISMATCH',
      `the signed user metadata differ: ${quote(key)} must be ${quote(value)}, but is ${found}`,
    );
  }
  return {};
}
