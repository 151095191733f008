import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrustStoreType } from '../../x509/trust-store.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from '../config/directories.ts';
import { attempt, isMissing } from '../files/system-errors.ts';
import { isTemporaryName } from '../files/temporary-name.ts';
import { storeDirectory } from './named-store.ts';

/** A file of a trust store. */
export interface TrustStoreFile {
  readonly type: TrustStoreType;
  /** The name of the trust store. */
  readonly store: string;
  /** The name of the file. */
  readonly file: string;
}

const TYPES = ['ca', 'signingAuthority', 'tsa'] as const satisfies readonly TrustStoreType[];

/**
 * Lists the files of the trust stores of `notation`, by type, store and file name. They are not read: a file on the list
 * may be no certificate.
 *
 * @param options - The directory of notation's configuration.
 * @returns One entry for each file; none if there is no trust store.
 * @throws NotationError `ERR_TRUST_STORE_INVALID` if a directory cannot be read, `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { listTrustStores } from 'notarykit/node';
 *
 * for (const { type, store, file } of await listTrustStores()) console.log(`${type}:${store}`, file);
 * ```
 */
export async function listTrustStores(options: ConfigDirectoryOptions = {}): Promise<TrustStoreFile[]> {
  const configDirectory = configDirectoryOf(options);
  const files: TrustStoreFile[] = [];
  for (const type of TYPES) {
    const directory = storeDirectory(configDirectory, type, '');
    for (const store of await namesIn(directory, (entry) => entry.isDirectory())) {
      const names = await namesIn(join(directory, store), (entry) => entry.isFile());
      files.push(...names.map((file) => ({ type, store, file })));
    }
  }
  return files;
}

async function namesIn(directory: string, wanted: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = await attempt('ERR_TRUST_STORE_INVALID', `read ${directory}`, async () => {
    try {
      return await readdir(directory, { withFileTypes: true });
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw cause;
    }
  });
  const names = entries
    .filter((entry) => wanted(entry) && !isTemporaryName(entry.name))
    .map(({ name }) => name);
  return names.sort();
}
