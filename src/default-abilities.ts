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
      requireChain(chain);
      if (!chain.some(namesAddress)) return nothingChecked(chain);
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
  return described ? timestamperOnNeed(timestamp) : timestamp;
}

/** `createTimestamper` of `notarykit/x509/timestamp`, loaded when a signature is there. */
function timestamperOnNeed(options: TimestamperOptions): Timestamper {
  return {
    async timestamp(signature, hash, how) {
      const { createTimestamper } = await import('./x509/timestamp/timestamper.ts');
      const { fetch } = options;
      const timestamper = createTimestamper({ revocation: revocationOnNeed({ fetch }), ...options });
      return timestamper.timestamp(signature, hash, how);
    },
  };
}
