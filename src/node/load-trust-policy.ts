import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../errors/index.ts';
import { parseTrustPolicy, type TrustPolicyOptions } from '../policy/parse.ts';
import type { TrustPolicy } from '../policy/types.ts';
import { notationConfigDirectory } from './directories.ts';
import { isMissing, readRegularFile } from './files.ts';

/** The names that notation knows, the newer one first. */
const FILE_NAMES = ['trustpolicy.oci.json', 'trustpolicy.json'];
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
  for (const name of FILE_NAMES) {
    const path = join(configDirectory, name);
    if (!(await exists(path))) continue;
    const expectation = { what: 'trust policy', code: 'ERR_POLICY_INVALID', maxBytes: MAX_FILE } as const;
    return parse(await readRegularFile(path, expectation), options, path);
  }
  throw new NotationError(
    'ERR_POLICY_NOT_FOUND',
    `${configDirectory} holds no ${FILE_NAMES.join(' and no ')}`,
  );
}

/** Which of the two files it is belongs into the message. */
function parse(bytes: Uint8Array, options: TrustPolicyOptions, path: string): TrustPolicy {
  try {
    return parseTrustPolicy(bytes, options);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new NotationError('ERR_POLICY_INVALID', `the trust policy ${path} cannot be read`, {
      cause: error,
    });
  }
}
