import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import { readUserMetadata } from '../envelope/payload.ts';
import { type Complete, type OperationBudget, readLimits, withBudget } from '../net/budget.ts';
import type { StatementBase } from '../policy/types.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import type { KnownChains } from '../x509/known-chains.ts';
import type { BlobVerifierOptions, VerifierOptions, VerifyOptions } from './options.ts';

/** The subject that a signature must have: an artifact of known digest, or a blob that is read to learn its digest. */
export type VerificationTarget = { readonly descriptor: Descriptor } | { readonly describe: DescribeBlob };

/** Reads a blob, as far as its signed descriptor goes. A value, so that only verifiers of blobs carry what reads them. */
export type DescribeBlob = (algorithm: DigestAlgorithm, signed: Descriptor) => Promise<Descriptor>;

/** The state that a verifier keeps between verifications. */
export interface VerifierSetup extends Omit<VerifierOptions | BlobVerifierOptions, 'trustPolicy'> {
  readonly knownChains: KnownChains;
}

/** The options of a call with its complete limits, and the budget that is left. Its signal is that of the budget. */
export type Budgeted<Options> = Omit<Options, 'limits' | 'signal'> & {
  readonly limits: Complete<VerificationLimits>;
  readonly signal: AbortSignal;
  readonly budget: OperationBudget;
};

/** The checked options of one call, with the time of verification. */
export interface VerificationRequest
  extends Pick<Budgeted<VerifyOptions>, 'pluginConfig' | 'signal' | 'budget'> {
  readonly requiredMetadata: Readonly<Record<string, string>>;
  readonly now: Date;
}

/** The input of every step of a verification. It is made once, and no step changes it. */
export interface VerificationContext extends Omit<VerifierSetup, 'limits'>, VerificationRequest {
  readonly statement: StatementBase;
  readonly target: VerificationTarget;
}

/**
 * Reads the options of a call, before anything is fetched.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`
 */
export function readRequest(
  {
    userMetadata,
    pluginConfig,
    signal,
    budget,
  }: Pick<Budgeted<VerifyOptions>, 'userMetadata' | 'pluginConfig' | 'signal' | 'budget'>,
  { clock }: VerifierSetup,
): VerificationRequest {
  const requiredMetadata = readUserMetadata(userMetadata);
  return { requiredMetadata, pluginConfig, signal, budget, now: readClock(clock) };
}

/**
 * Evaluates something within the limits of the call, or else of the verifier.
 * @param what - What is evaluated, for errors.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_TIMEOUT`, `ERR_BUDGET_EXCEEDED`, `ERR_ABORTED`
 */
export function withinLimits<Options extends Pick<VerifyOptions, 'limits' | 'signal'>, T>(
  what: string,
  options: Options,
  setup: Pick<VerifierSetup, 'limits'>,
  evaluate: (options: Budgeted<Options>) => Promise<T>,
): Promise<T> {
  const limits = readLimits<VerificationLimits>(VERIFICATION_LIMITS, setup.limits, options.limits);
  return withBudget(limits, options.signal, `the verification of ${what}`, (budget) =>
    evaluate(Object.assign({}, options, { limits, signal: budget.signal, budget })),
  );
}
