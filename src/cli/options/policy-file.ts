import { join } from 'node:path';
import { NotationError } from '../../errors/notation-error.ts';
import { configDirectoryOf } from '../../node/config/directories.ts';
import {
  BLOB_POLICY_FILE,
  NEWER_POLICY_FILE,
  OLDER_POLICY_FILE,
} from '../../node/config/load-trust-policy.ts';
import { readRegularFileIfExists, statusOf } from '../../node/files/read-file.ts';
import { readGivenFile } from './files.ts';

const EXPECTATION = { what: 'trust policy', code: 'ERR_POLICY_INVALID', maxBytes: 1024 * 1024 } as const;

/** Reads a trust policy as it is written: a file, or that of the configuration. */
export async function readPolicyFile(
  path: string | undefined,
  { blob, directory }: { blob: boolean; directory: string },
): Promise<Uint8Array> {
  if (path !== undefined) return readGivenFile(path, 'trust policy');
  const names = blob ? [BLOB_POLICY_FILE] : [NEWER_POLICY_FILE, OLDER_POLICY_FILE];
  for (const name of names) {
    const bytes = await readRegularFileIfExists(join(directory, name), EXPECTATION);
    if (bytes) return bytes;
  }
  throw new NotationError('ERR_POLICY_NOT_FOUND', `${directory} contains no ${names.join(' and no ')}`);
}

/** Reports whether the configuration has a trust policy, which need not be valid. */
export async function policyExists(blob: boolean): Promise<boolean> {
  const directory = configDirectoryOf({});
  const names = blob ? [BLOB_POLICY_FILE] : [NEWER_POLICY_FILE, OLDER_POLICY_FILE];
  const found = await Promise.all(names.map((name) => statusOf(join(directory, name), 'ERR_CONFIG_INVALID')));
  return found.some((status) => status !== undefined);
}
