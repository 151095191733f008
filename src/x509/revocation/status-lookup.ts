import { lazy } from '../../encoding/lazy.ts';
import { joinSignals, throwIfAborted } from '../../net/abort.ts';
import { type Certificate, type CertificateInput, readChain } from '../certificate.ts';
import {
  allNotChecked,
  type CertificateStatus,
  namesRevocationUrl,
  type RevocationChecker,
  type RevocationCheckOptions,
} from './certificate-status.ts';
import { readTimes, requireClock } from './check-arguments.ts';
import type { EvaluationTime } from './evaluation.ts';

/** A status, and the responses that it is based on, DER. */
export interface StatusWithEvidence {
  status: CertificateStatus;
  evidence: Uint8Array[];
}

/** Determines the status of each certificate of a chain, at a time. */
export type StatusLookup = (
  chain: readonly Certificate[],
  at: EvaluationTime & Pick<RevocationCheckOptions, 'signal' | 'budget'>,
) => Promise<StatusWithEvidence[]>;

/**
 * Returns a lookup whose code is loaded for the first chain that names a URL: a bundle keeps OCSP and CRL in a chunk of
 * its own, and most verifications of a process do not need it.
 */
export function lazyLookup(load: () => Promise<StatusLookup>): StatusLookup {
  const loaded = lazy(load);
  return async (chain, at) => {
    if (chain.some(namesRevocationUrl)) return (await loaded())(chain, at);
    return allNotChecked(chain).map((status) => ({ status, evidence: [] }));
  };
}

/**
 * Makes a checker from a lookup.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a clock that is not a function
 */
export function checkerOf(
  lookup: StatusLookup,
  options: { clock?: (() => Date) | undefined; signal?: AbortSignal | undefined },
): RevocationChecker<CertificateInput> {
  const { signal: stopAll } = options;
  const clock = requireClock(options.clock);
  return {
    async check(given, how = {}) {
      const chain = readChain(given);
      const at = readTimes(how, clock);
      throwIfAborted(stopAll);
      throwIfAborted(how.signal);
      const both = joinSignals(stopAll, how.signal);
      try {
        const statuses = await lookup(chain, { ...at, signal: both.signal, budget: how.budget });
        return statuses.map(({ status }) => status);
      } finally {
        both.release();
      }
    },
  };
}
