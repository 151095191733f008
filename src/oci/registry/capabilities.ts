import { isNotationError, type NotationError, type Reason, reasonOf } from '../../errors/index.ts';
import { rethrowIfAborted } from '../../net/abort.ts';
import type { OperationOptions } from '../repository.ts';

/** Whether a registry can do something. */
export interface Capability {
  /** `unknown` if it was not tried, which without `write` is most, or if the attempt failed for another reason. */
  status: 'yes' | 'no' | 'unknown';
  /** What the registry responded if it cannot, or why the attempt failed; absent if there was no attempt. */
  reason?: Reason;
}

/** The remains of the probe of a check that writes. */
export interface ProbeRemains {
  /** Whether no manifest of the probe is left. */
  removed: boolean;
  /** The digests of manifests that could not be deleted. Delete them otherwise. */
  manifests: string[];
  /**
   * The digests of blobs that the registry does not delete on request. Nothing refers to them once the manifests are gone,
   * and registries remove such blobs when they collect garbage.
   */
  blobs: string[];
}

/** What a registry supports: plain data. */
export interface RegistryCheck {
  /** The host, as the reference names it. */
  registry: string;
  /** The repository that was checked, without its registry. */
  repository: string;
  /** The digest of the artifact, if the reference has a tag or a digest. */
  digest?: string;
  /** How signatures are listed: by the referrers API, or in the index under the fallback tag. */
  referrers: 'api' | 'tag';
  /** Whether manifests may state their type in `artifactType`, as signatures do by default. */
  artifactTypeManifests: Capability;
  /** Whether manifests can be deleted, as `deleteSignature` does. */
  deletion: Capability;
  /** Whether a blob can be sent in chunks and the status of its upload requested, to resume it after a lost connection. */
  resumableUploads: Capability;
  /**
   * Whether a stored signature is listed again. Without `write`, this is `yes` if the artifact has a signature that is
   * listed.
   */
  listsReferrers: Capability;
  /** Present if the check wrote. */
  probe?: ProbeRemains;
}

/** What a check finds out in a repository. */
export type Findings = Omit<RegistryCheck, 'registry' | 'repository' | 'probe'>;

/** The capabilities that a check finds out. */
export type Capabilities = Pick<
  RegistryCheck,
  'referrers' | 'artifactTypeManifests' | 'deletion' | 'resumableUploads' | 'listsReferrers'
>;

/** Makes a capability that a registry lacks. */
export function lacking(error: NotationError): Capability {
  return { status: 'no', reason: reasonOf(error) };
}

/**
 * Returns the capability that an attempt found out, `unknown` if the attempt failed.
 * @throws NotationError if the operation was aborted or is over a limit; anything but a NotationError
 */
export async function attempt(
  work: () => Promise<Capability>,
  { signal }: OperationOptions,
): Promise<Capability> {
  try {
    return await work();
  } catch (error) {
    rethrowIfAborted(error, signal);
    if (!isNotationError(error)) throw error;
    return { status: 'unknown', reason: reasonOf(error) };
  }
}
