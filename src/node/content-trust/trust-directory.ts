import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { env } from 'node:process';
import { checkGun } from '../../dct/gun.ts';
import { isBaseRole, isDelegation } from '../../dct/roles.ts';
import type { MetadataSource } from '../../dct/source.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { readStartIfExists } from '../files/read-file.ts';
import { listGuns } from './list-guns.ts';
import { listTrustKeys, readTrustKey, type TrustKeyFile } from './trust-keys.ts';

/** Options of {@link openTrustDirectory}. */
export interface TrustDirectoryOptions {
  /**
   * The directory: that of Docker by default, `trust` in `$DOCKER_CONFIG` or in `.docker` of the home directory. That of
   * the program `notary` is `.notary`.
   */
  directory?: string | undefined;
}

/** What the clients of Docker Content Trust keep on this machine. */
export interface TrustDirectory {
  /** An absolute path. */
  readonly directory: string;
  /** Returns the GUNs whose metadata is there, sorted. */
  guns(): Promise<string[]>;
  /**
   * Returns the metadata of a GUN as a source of `verifyTrustData` and of the functions on it. It is as old as the last
   * use of the client: a timestamp lives 14 days, so that most of it must be verified with an earlier `clock`.
   */
  source(gun: string): MetadataSource;
  /** Returns the files of private keys, by their identifiers, without reading the keys themselves. */
  keys(): Promise<TrustKeyFile[]>;
  /**
   * Returns the file of a private key, for `createSigner`.
   * @param id - The identifier of the key.
   */
  readKey(id: string): Promise<string>;
}

const CODE = 'ERR_DCT_METADATA_INVALID';

/**
 * Opens the directory in which `docker trust` and `notary` keep metadata and private keys. Nothing is written.
 *
 * @param options - The directory.
 * @returns The directory; it need not exist.
 * @throws NotationError Its functions reject with `ERR_DCT_METADATA_INVALID` for a file that is not a regular file or cannot
 * be read, `ERR_KEY_INVALID` for a key file that is malformed, `ERR_KEY_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_ARGUMENT_INVALID`. Symbolic links are not followed.
 *
 * @example
 * ```ts
 * import { openTrustDirectory } from 'notarykit/node';
 *
 * const trust = openTrustDirectory({ directory: '/home/me/.docker/trust' });
 * console.log(await trust.guns()); // the names of repositories
 * ```
 */
export function openTrustDirectory({
  directory = dockerTrust(),
}: TrustDirectoryOptions = {}): TrustDirectory {
  if (typeof directory !== 'string' || directory === '') throw argumentInvalid('directory must be a path');
  const root = resolve(directory);
  return {
    directory: root,
    guns: () => listGuns(join(root, 'tuf')),
    source: (gun) => sourceIn(join(root, 'tuf'), gun),
    keys: () => listTrustKeys(join(root, 'private')),
    readKey: (id) => readTrustKey(join(root, 'private'), id),
  };
}

function dockerTrust(): string {
  return join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'trust');
}

/** There is one file of each role, whose hash the verification checks. */
function sourceIn(directory: string, gun: string): MetadataSource {
  checkGun(gun);
  const metadata = join(directory, ...gun.split('/'), 'metadata');
  return {
    gun,
    async read({ role, version, maxBytes }, { budget } = {}) {
      if (!isBaseRole(role) && !isDelegation(role)) throw argumentInvalid(`${quote(role)} is not a role`);
      if (version !== undefined) return undefined;
      const path = join(metadata, ...`${role}.json`.split('/'));
      const bytes = await readStartIfExists(path, { what: 'metadata', code: CODE, maxBytes: maxBytes + 1 });
      budget?.charge('bytes', bytes?.length ?? 0);
      return bytes;
    },
  };
}
