import { isNotationError, reasonOf, withMessage } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { pause } from '../../net/abort.ts';
import {
  type Complete,
  OPERATION_LIMITS,
  type OperationLimits,
  readLimits,
  withBudget,
} from '../../net/budget.ts';
import { checkReference, formatReference, parseReference, type Reference } from '../reference.ts';
import type { Capability, RegistryCheck } from './capabilities.ts';
import type { CheckSteps } from './check-steps.ts';
import type { Connection } from './connection.ts';
import type { Probe } from './probe.ts';
import { connectorFor, type RegistryOptions } from './registry.ts';

/** Milliseconds in which a registry stores what it was sent just before the check was stopped. */
const SETTLING = 250;
const REMOVAL_LIMITS: Complete<OperationLimits> = {
  time: 30_000,
  requests: 200,
  bytes: 16 * 1024 * 1024,
};

export type { Capability, ProbeRemains, RegistryCheck } from './capabilities.ts';

/** Options of {@link checkRegistry}; all are optional. */
export interface CheckRegistryOptions extends Omit<RegistryOptions, 'chunkSize'> {
  /** Stores a probe in the repository, to find out what only writing shows, and removes it; `false` by default. */
  write?: boolean | undefined;
  /** 60 seconds, 1,000 requests and 128 MiB by default. The removal of the probe has 30 seconds more. */
  limits?: OperationLimits | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline; once the probe, if there is one, is removed. */
  signal?: AbortSignal | undefined;
}

/**
 * Finds out what a registry supports: how signatures are listed, whether manifests may have an `artifactType`, whether
 * manifests can be deleted and uploads resumed, and whether a signature that was stored is listed again.
 *
 * Only reads by default, which shows how signatures are listed and, for an artifact with signatures, that they are. With
 * `write: true` it stores a probe: two or three small blobs, an image manifest without a tag, and a referrer of it in the
 * form of a signature manifest. Then it deletes them, also after a failure or an abort. The artifact that the reference
 * names is never changed. What may stay is the blob `{}`, which signatures share, and an upload that was not finished,
 * which expires; and the repository, if there was none.
 *
 * @param reference - A repository such as `registry.example.com/team/app`. With a tag or a digest, the signatures of that
 * artifact are requested.
 * @param options - As for `createRegistry`: credentials, plain HTTP and so on; `write`, `limits` and `signal`.
 * @returns What the registry supports, as plain data. Failures after the first requests are the reason of one capability.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_NOT_FOUND` if there is no such artifact,
 * `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_CONTENT_MISMATCH`,
 * `ERR_BUDGET_EXCEEDED`, `ERR_TIMEOUT` and `ERR_ABORTED`. If a part of the probe could not be removed, the message names it.
 *
 * @example
 * ```ts
 * import { checkRegistry } from 'notarykit/oci';
 *
 * // A registry without the referrers API, in the place of the network.
 * const fetch = async () => new Response(null, { status: 404 });
 *
 * const check = await checkRegistry('registry.example.com/team/app', { fetch });
 * console.log(check.referrers, check.deletion.status); // tag unknown
 * ```
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function checkRegistry(
  reference: string | Reference,
  { write = false, limits, signal, ...registryOptions }: CheckRegistryOptions = {},
): Promise<RegistryCheck> {
  const parts = typeof reference === 'object' && reference !== null ? reference : parseReference(reference);
  checkReference(parts);
  const { registry, repository, tag, digest } = parts;
  const target = digest ?? tag;
  const complete = readLimits<OperationLimits>(OPERATION_LIMITS, limits);
  const what = `the check of ${quote(formatReference(parts))}`;
  const connection = connectorFor(registryOptions)(registry, repository);
  const { checkSteps } = await import('./writer.ts');
  const probe: Probe = { manifests: [], blobs: [] };
  const work = withBudget(complete, signal, what, (budget) => {
    const options = { signal: budget.signal, budget };
    return write
      ? checkSteps.probe(connection, target, probe, options)
      : checkSteps.observe(connection, target, options);
  });
  if (!write) return { registry, repository, ...(await work) };
  const removeAll = () => removeWithinLimits(checkSteps, connection, probe);
  const found = await work.catch(async (error) => {
    if (probe.blobs.length > 0) await pause(SETTLING, undefined, what);
    await removeAll();
    if (!isNotationError(error) || probe.manifests.length === 0) throw error;
    throw withMessage(error, `${error.message}; of the probe, ${probe.manifests.join(', ')} may be left`);
  });
  const { manifests, blobs } = probe;
  const deletion = (await removeAll()) ?? found.deletion;
  const remains = {
    removed: manifests.length === 0,
    manifests,
    blobs: blobs.map((blob) => blob.digest),
  };
  return { registry, repository, ...found, deletion, probe: remains };
}

/** Removes a probe within limits of its own: the check may have used up its limits, or been aborted. */
async function removeWithinLimits(
  { remove }: CheckSteps,
  connection: Connection,
  probe: Probe,
): Promise<Capability | undefined> {
  try {
    return await withBudget(REMOVAL_LIMITS, undefined, 'the removal of the probe', (budget) =>
      remove(connection, probe, { signal: budget.signal, budget }),
    );
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return { status: 'unknown', reason: reasonOf(error) };
  }
}
