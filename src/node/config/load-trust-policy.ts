import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { parseTrustPolicy, type TrustPolicyOptions } from '../../policy/parse.ts';
import { parseBlobTrustPolicy } from '../../policy/parse-blob.ts';
import type { BlobTrustPolicy, TrustPolicy } from '../../policy/types.ts';
import { readOptionalFile } from './config-file.ts';
import { notationConfigDirectory } from './directories.ts';

/** The file that notation reads from its second major version on. */
export const NEWER_POLICY_FILE = 'trustpolicy.oci.json';
/** The file that every version of notation reads, newer ones where they find no other. */
export const OLDER_POLICY_FILE = 'trustpolicy.json';
/** The file for blobs. */
export const BLOB_POLICY_FILE = 'trustpolicy.blob.json';
const MAX_FILE = 1024 * 1024;

/**
 * Reads the trust policy for OCI artifacts of notation's configuration: `trustpolicy.oci.json`, else
 * `trustpolicy.json`.
 *
 * @param configDirectory - The folder that holds it; notation's own on this machine by default.
 * @param options - The dialect; `spec` by default.
 * @returns The policy.
 * @throws NotationError `ERR_POLICY_NOT_FOUND` where there is none, and the codes of `parseTrustPolicy`:
 * `ERR_POLICY_INVALID` (also for a symbolic link and a file that cannot be read), `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; their messages name the file
 * @see Trust store and trust policy specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { loadTrustPolicy } from 'notarykit/node';
 *
 * try {
 *   await loadTrustPolicy('./no-such-folder');
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_POLICY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function loadTrustPolicy(
  configDirectory: string = notationConfigDirectory(),
  options: TrustPolicyOptions = {},
): Promise<TrustPolicy> {
  return loadFirst(configDirectory, [NEWER_POLICY_FILE, OLDER_POLICY_FILE], (bytes) =>
    parseTrustPolicy(bytes, options),
  );
}

/**
 * Reads the trust policy for blobs of notation's configuration: `trustpolicy.blob.json`.
 *
 * @param configDirectory - The folder that holds it; notation's own on this machine by default.
 * @param options - The dialect; `spec` by default.
 * @returns The policy.
 * @throws NotationError `ERR_POLICY_NOT_FOUND` where there is none, and the codes of `parseBlobTrustPolicy`:
 * `ERR_POLICY_INVALID` (also for a symbolic link and a file that cannot be read), `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; their messages name the file
 * @see Trust store and trust policy specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { loadBlobTrustPolicy } from 'notarykit/node';
 *
 * try {
 *   await loadBlobTrustPolicy('./no-such-folder');
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_POLICY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function loadBlobTrustPolicy(
  configDirectory: string = notationConfigDirectory(),
  options: TrustPolicyOptions = {},
): Promise<BlobTrustPolicy> {
  return loadFirst(configDirectory, [BLOB_POLICY_FILE], (bytes) => parseBlobTrustPolicy(bytes, options));
}

async function loadFirst<Policy>(
  directory: string,
  names: readonly string[],
  parse: (bytes: Uint8Array) => Policy,
): Promise<Policy> {
  for (const name of names) {
    const path = join(directory, name);
    const expectation = { what: 'trust policy', code: 'ERR_POLICY_INVALID', maxBytes: MAX_FILE } as const;
    const bytes = await readOptionalFile(path, expectation);
    if (bytes) return naming(path, () => parse(bytes));
  }
  throw new NotationError('ERR_POLICY_NOT_FOUND', `${directory} holds no ${names.join(' and no ')}`);
}

/** Which of the files it is belongs into the message. */
function naming<Policy>(path: string, parse: () => Policy): Policy {
  try {
    return parse();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}
