import type { RevocationCheckerOptions } from './x509/revocation/checker.ts';
import { firstAddressToAsk, nothingChecked, type RevocationChecker } from './x509/revocation-status.ts';
import type { TimestampVerifier } from './x509/timestamp-verifier.ts';

// Time-stamps and revocation are loaded when they are first needed: most verifications of a process need no code of
// theirs, and a bundle keeps it in chunks of its own.

/** Options in which the abilities may be left out: they are then those of notarykit. */
export interface DefaultAbilities extends Pick<RevocationCheckerOptions, 'fetch' | 'cache'> {
  /**
   * Tells whether certificates are revoked: asks the OCSP responders and CRL distribution points that they name by
   * default. `fromResponses` answers from replies that were collected before.
   */
  revocation?: RevocationChecker | undefined;
  /** Verifies time-stamps; by RFC 3161 by default. */
  timestamp?: TimestampVerifier | undefined;
}

/** The options with every ability. */
export function withDefaultAbilities<T extends DefaultAbilities>(
  options: T,
): T & { revocation: RevocationChecker; timestamp: TimestampVerifier } {
  return {
    ...options,
    revocation: options?.revocation ?? revocationOnNeed(options),
    timestamp: options?.timestamp ?? timestampOnNeed,
  };
}

/** {@link createRevocationChecker} of `notarykit/x509/revocation`, loaded when it is first asked. */
export function revocationOnNeed(options: RevocationCheckerOptions): RevocationChecker {
  let checker: Promise<RevocationChecker> | undefined;
  return {
    async check(chain, how) {
      if (!firstAddressToAsk(chain)) return nothingChecked(chain);
      checker ??= import('./x509/revocation/checker.ts').then((module) =>
        module.createRevocationChecker(options),
      );
      return (await checker).check(chain, how);
    },
  };
}

const timestampOnNeed: TimestampVerifier = async (token, expectation) => {
  const { verifyTimestamp } = await import('./x509/timestamp/verify-timestamp.ts');
  return verifyTimestamp(token, expectation);
};
