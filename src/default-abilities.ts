import type { SigningOptions } from './signer/signing.ts';
import { requireChain } from './x509/require.ts';
import {
  namesAddress,
  nothingChecked,
  type RevocationChecker,
} from './x509/revocation/certificate-status.ts';
import type { RevocationCheckerOptions } from './x509/revocation/checker.ts';
import type { TimestamperOptions } from './x509/timestamp/timestamper.ts';
import type { Timestamper, TimestampVerifier } from './x509/timestamp/types.ts';

// Time-stamps and revocation are loaded when they are first needed: most verifications of a process need no code of
// theirs, and a bundle keeps it in chunks of its own.

/** What the abilities that are made by default are made with. */
export type DefaultAbilityOptions = Pick<RevocationCheckerOptions, 'fetch' | 'cache'>;

/** Returns the options with every ability of notarykit, except where the caller gives another. */
export function withDefaultAbilities<T extends DefaultAbilityOptions & GivenAbilities>(
  options: T,
): T & { revocation: RevocationChecker; timestamp: TimestampVerifier } {
  return {
    ...options,
    revocation: options?.revocation ?? lazyRevocationChecker(options),
    timestamp: options?.timestamp ?? lazyTimestampVerifier,
  };
}

interface GivenAbilities {
  revocation?: RevocationChecker | undefined;
  timestamp?: TimestampVerifier | undefined;
}

/** {@link createRevocationChecker} of `notarykit/x509/revocation`, loaded when it is first asked. */
export function lazyRevocationChecker(options: RevocationCheckerOptions): RevocationChecker {
  let checker: Promise<RevocationChecker> | undefined;
  return {
    async check(chain, how) {
      requireChain(chain);
      if (!chain.some(namesAddress)) return nothingChecked(chain);
      checker ??= import('./x509/revocation/checker.ts').then((module) =>
        module.createRevocationChecker(options),
      );
      return (await checker).check(chain, how);
    },
  };
}

const lazyTimestampVerifier: TimestampVerifier = async (token, expectation) => {
  const { verifyTimestamp } = await import('./x509/timestamp/verify-timestamp.ts');
  return verifyTimestamp(token, expectation);
};

/** Options of signing in which the time-stamper may be described. */
export type WithTimestamperOptions<T extends SigningOptions> = Omit<T, 'timestamp'> & {
  /**
   * Has the signature time-stamped, so that it can be verified after its certificate has expired: the address of the
   * authority and its root certificates, or a time-stamper of your own. Signing fails if anything is wrong with it.
   */
  timestamp?: TimestamperOptions | Timestamper | undefined;
};

/** The time-stamper that options of signing ask for. */
export function askedTimestamper({
  timestamp,
}: Pick<WithTimestamperOptions<SigningOptions>, 'timestamp'> = {}): Timestamper | undefined {
  const described = typeof timestamp === 'object' && timestamp !== null && 'url' in timestamp;
  return described ? lazyTimestamper(timestamp) : timestamp;
}

/** `createTimestamper` of `notarykit/x509/timestamp`, loaded when a signature is there. */
function lazyTimestamper(options: TimestamperOptions): Timestamper {
  return {
    async timestamp(signature, hash, how) {
      const { createTimestamper } = await import('./x509/timestamp/timestamper.ts');
      const { fetch } = options;
      const timestamper = createTimestamper({ revocation: lazyRevocationChecker({ fetch }), ...options });
      return timestamper.timestamp(signature, hash, how);
    },
  };
}
