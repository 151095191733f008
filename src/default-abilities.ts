import type { RevocationChecker } from './x509/revocation/certificate-status.ts';
import { createRevocationChecker, type RevocationCheckerOptions } from './x509/revocation/checker.ts';
import type { TimestampVerifier } from './x509/timestamp/types.ts';

/** Options of the abilities that are made by default. */
export type DefaultAbilityOptions = Pick<RevocationCheckerOptions, 'fetch' | 'transport' | 'cache'>;

interface GivenAbilities {
  revocation?: RevocationChecker | undefined;
  timestamp?: TimestampVerifier | undefined;
}

/**
 * Returns the options with every ability of notarykit, unless the caller gives another.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a `fetch` or a `cache` of the wrong type
 */
export function withDefaultAbilities<T extends DefaultAbilityOptions & GivenAbilities>(
  options: T,
): T & { revocation: RevocationChecker; timestamp: TimestampVerifier } {
  const { fetch, transport, cache, revocation, timestamp }: DefaultAbilityOptions & GivenAbilities =
    options ?? {};
  return {
    ...options,
    revocation: revocation ?? createRevocationChecker({ fetch, transport, cache }),
    timestamp: timestamp ?? verifyTimestampLazily,
  };
}

/** Most verifications of a process need no code for timestamps, and a bundle keeps it in a chunk of its own. */
const verifyTimestampLazily: TimestampVerifier = async (token, expectation) => {
  const { verifyTimestamp } = await import('./x509/timestamp/verify-timestamp.ts');
  return verifyTimestamp(token, expectation);
};
