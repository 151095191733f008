import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { checkState, type TrustStateStore } from '../../dct/state.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { parseJson } from '../../encoding/json.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { makeDirectories } from '../files/make-directories.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { attempt } from '../files/system-errors.ts';
import { writeFiles } from '../files/write-files.ts';

const CODE = 'ERR_DCT_METADATA_INVALID';
const MAX_FILE = 16 * 1024 * 1024;

/**
 * Makes a store of trust states in a directory, a file for each GUN. Only the user whose process this is can read them.
 *
 * @param directory - The directory; it is made when the first state is kept. Who can write to it decides what is trusted on
 * first use.
 * @returns The store.
 * @throws NotationError `ERR_ARGUMENT_INVALID`; its functions reject with `ERR_DCT_METADATA_INVALID` for a file that is
 * malformed, a symbolic link, or cannot be read or written, `ERR_LIMIT_EXCEEDED`
 *
 * @example
 * ```ts
 * import { createFileTrustStateStore } from 'notarykit/node';
 *
 * const store = createFileTrustStateStore('/var/lib/notarykit/trust');
 * console.log(await store.load('docker.io/library/alpine')); // undefined
 * ```
 */
export function createFileTrustStateStore(directory: string): TrustStateStore {
  if (typeof directory !== 'string' || directory === '') throw argumentInvalid('directory must be a path');
  const root = resolve(directory);
  // Names of repositories are longer than those of files may be, and have characters that some systems do not allow.
  const pathOf = (gun: string) => join(root, `${createHash('sha256').update(gun).digest('hex')}.json`);
  return {
    async load(gun) {
      const expectation = { what: 'trust state', code: CODE, maxBytes: MAX_FILE } as const;
      const bytes = await readRegularFileIfExists(pathOf(gun), expectation);
      return bytes && checkState(parseJson(bytes, 'trust state'), gun);
    },
    save: (gun, state) =>
      attempt(CODE, `write the trust state of ${gun}`, async () => {
        const content = encodeUtf8(JSON.stringify(state));
        await makeDirectories(root, 0o700);
        await writeFiles(root, [{ path: pathOf(gun), content, mode: 0o600 }]);
      }),
  };
}
