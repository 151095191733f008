import { isNotationError } from '../../errors/index.ts';
import type { OperationOptions } from '../repository.ts';
import type { Findings } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { observeCapabilities } from './observe-capabilities.ts';
import type { Probe } from './probe.ts';
import { probeCapabilities } from './probe-capabilities.ts';
import { removeProbe } from './remove-probe.ts';

/** The steps of a check, which are loaded when there is one. */
export const checkSteps = { observe: observeCapabilities, probe: observeAndProbe, remove: removeProbe };
export type CheckSteps = typeof checkSteps;

/** Finds out what reading and writing shows. */
async function observeAndProbe(
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
