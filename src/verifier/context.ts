import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { KnownChains } from '../envelope/known-chains.ts';
import { readUserMetadata } from '../envelope/payload.ts';
import type { StatementBase } from '../policy/types.ts';
import type { BlobContent } from '../storage/blob.ts';
import type { BlobVerifierOptions, VerifierOptions, VerifyOptions } from './options.ts';

/** The subject that a signature must have: an artifact of known digest, or a blob that is read to learn its digest. */
export type VerificationTarget =
  | { readonly descriptor: Descriptor }
  | { readonly blob: BlobContent; readonly mediaType: string | undefined };

/** The state that a verifier keeps between verifications. */
export interface VerifierSetup extends Omit<VerifierOptions | BlobVerifierOptions, 'trustPolicy'> {
  readonly knownChains: KnownChains;
}

/** The checked options of one call, with the time of verification. */
export interface VerificationRequest {
  readonly requiredMetadata: Readonly<Record<string, string>>;
  readonly pluginConfig: VerifyOptions['pluginConfig'];
  readonly signal: AbortSignal | undefined;
  readonly now: Date;
}

/** The input of every step of a verification. It is made once, and no step changes it. */
export interface VerificationContext extends VerifierSetup, VerificationRequest {
  readonly statement: StatementBase;
  readonly target: VerificationTarget;
}

/**
 * Reads the options of a call, before anything is fetched.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`
 */
export function readRequest(
  { userMetadata, pluginConfig, signal }: Pick<VerifyOptions, 'userMetadata' | 'pluginConfig' | 'signal'>,
  { clock }: VerifierSetup,
): VerificationRequest {
  return { requiredMetadata: readUserMetadata(userMetadata), pluginConfig, signal, now: readClock(clock) };
}
