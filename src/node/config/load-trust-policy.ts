import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { withMessage } from '../../errors/notation-error.ts';
import { parseTrustPolicy, type TrustPolicyOptions } from '../../policy/parse.ts';
import { parseBlobTrustPolicy } from '../../policy/parse-blob.ts';
import type { BlobTrustPolicy, TrustPolicy } from '../../policy/types.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { isCutShort, readSettled } from '../files/read-settled.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from './directories.ts';

/** The trust policy for OCI artifacts that notation reads from its second major version on. */
export const NEWER_POLICY_FILE = 'trustpolicy.oci.json';
/** The trust policy for OCI artifacts that every version reads, newer ones if the other file does not exist. */
export const OLDER_POLICY_FILE = 'trustpolicy.json';
/** The trust policy for blobs. */
export const BLOB_POLICY_FILE = 'trustpolicy.blob.json';
const MAX_FILE = 1024 * 1024;

/** Names the directory of notation's configuration, and the dialect of trust policies. */
export interface TrustPolicyFileOptions extends ConfigDirectoryOptions, TrustPolicyOptions {}

/**
 * Reads the trust policy for OCI artifacts from notation's configuration: `trustpolicy.oci.json`, or else
 * `trustpolicy.json`.
 *
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default.
 * @returns The policy.
 * @throws NotationError `ERR_POLICY_NOT_FOUND` if there is no such file, and the codes of `parseTrustPolicy`:
 * `ERR_POLICY_INVALID` (also if the file is a symbolic link or cannot be read), `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; their messages name the file
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 * (rule TP-1)
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { loadTrustPolicy } from 'notarykit/node';
 *
 * try {
 *   await loadTrustPolicy({ configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_POLICY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function loadTrustPolicy(options: TrustPolicyFileOptions = {}): Promise<TrustPolicy> {
  return loadFirst(configDirectoryOf(options), [NEWER_POLICY_FILE, OLDER_POLICY_FILE], (bytes) =>
    parseTrustPolicy(bytes, options),
  );
}

/**
 * Reads the trust policy for blobs from notation's configuration: `trustpolicy.blob.json`.
 *
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default.
 * @returns The policy.
 * @throws NotationError `ERR_POLICY_NOT_FOUND` if there is no such file, and the codes of `parseBlobTrustPolicy`:
 * `ERR_POLICY_INVALID` (also if the file is a symbolic link or cannot be read), `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; their messages name the file
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 * (rule TP-2)
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { loadBlobTrustPolicy } from 'notarykit/node';
 *
 * try {
 *   await loadBlobTrustPolicy({ configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_POLICY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function loadBlobTrustPolicy(options: TrustPolicyFileOptions = {}): Promise<BlobTrustPolicy> {
  return loadFirst(configDirectoryOf(options), [BLOB_POLICY_FILE], (bytes) =>
    parseBlobTrustPolicy(bytes, options),
  );
}

async function loadFirst<Policy>(
  directory: string,
  names: readonly string[],
  parse: (bytes: Uint8Array) => Policy,
): Promise<Policy> {
  for (const name of names) {
    const path = join(directory, name);
    const expectation = { what: 'trust policy', code: 'ERR_POLICY_INVALID', maxBytes: MAX_FILE } as const;
    const policy = await readSettled(async () => {
      const bytes = await readRegularFileIfExists(path, expectation);
      return bytes && namingFile(path, () => parse(bytes));
    }, isCutShort);
    if (policy) return policy;
  }
  throw new NotationError('ERR_POLICY_NOT_FOUND', `${directory} contains no ${names.join(' and no ')}`);
}

/** Puts the path of the file into the message of an error. */
function namingFile<Policy>(path: string, parse: () => Policy): Policy {
  try {
    return parse();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw withMessage(cause, `${path}: ${cause.message}`);
  }
}
