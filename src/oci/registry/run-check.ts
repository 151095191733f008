import { isNotationError } from '../../errors/index.ts';
import { withMessage } from '../../errors/notation-error.ts';
import { pause } from '../../net/abort.ts';
import { type Complete, type OperationLimits, withBudget } from '../../net/budget.ts';
import type { OperationOptions } from '../repository.ts';
import type { RegistryCheck } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { observeCapabilities } from './observe-capabilities.ts';
import type { Probe } from './probe.ts';
import { probeCapabilities } from './probe-capabilities.ts';
import { removeProbe } from './remove-probe.ts';

/** Milliseconds in which a registry stores what it was sent just before the check was stopped. */
const SETTLING = 250;

type Findings = Omit<RegistryCheck, 'registry' | 'repository' | 'probe'>;

/** Finds out what reading shows. */
export function checkByReading(
  connection: Connection,
  target: string | undefined,
  limits: Complete<OperationLimits>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Findings> {
  return withBudget(limits, signal, what, (budget) =>
    observeCapabilities(connection, target, { signal: budget.signal, budget }),
  );
}

/** Finds out what reading and writing shows, and removes what was written, whatever happens. */
export async function checkByWriting(
  connection: Connection,
  target: string | undefined,
  limits: Complete<OperationLimits>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Findings & Pick<RegistryCheck, 'probe'>> {
  const probe: Probe = { manifests: [], blobs: [] };
  const found = await withBudget(limits, signal, what, (budget) =>
    find(connection, target, probe, { signal: budget.signal, budget }),
  ).catch(async (error) => {
    if (probe.blobs.length > 0) await pause(SETTLING, undefined, what);
    const { remains } = await removeProbe(connection, probe);
    if (!isNotationError(error) || remains.removed) throw error;
    throw withMessage(error, `${error.message}; of the probe, ${remains.manifests.join(', ')} may be left`);
  });
  const { deletion = found.deletion, remains } = await removeProbe(connection, probe);
  return { ...found, deletion, probe: remains };
}

async function find(
  connection: Connection,
  target: string | undefined,
  probe: Probe,
  options: OperationOptions,
): Promise<Findings> {
  const read = await readUnlessNew(connection, target, options);
  const { referrers, ...probed } = await probeCapabilities(connection, probe, options);
  // If nothing could be stored in a repository that does not exist, reading it again says so.
  const known = read ?? (referrers ? { referrers } : await observeCapabilities(connection, target, options));
  return { ...known, ...probed, referrers: referrers ?? known.referrers };
}

/** Reads from a repository; `undefined` if there is none: some registries make one when something is stored in it. */
async function readUnlessNew(
  connection: Connection,
  target: string | undefined,
  options: OperationOptions,
): Promise<Findings | undefined> {
  try {
    return await observeCapabilities(connection, target, options);
  } catch (error) {
    if (target === undefined && isNotationError(error, 'ERR_NOT_FOUND')) return undefined;
    throw error;
  }
}
