import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Where the files made by others are: the variable NOTARYKIT_VECTORS, or the folder beside the repository. */
const folder = resolve(process.env.NOTARYKIT_VECTORS ?? join(repository, '../shared/vectors'));

/** The content of one file of the vectors. Fails where there is none: a test that cannot run has not passed. */
export function readVector(path: string): Uint8Array {
  return new Uint8Array(readFileSync(locateVector(path)));
}

/** The names of the files in a folder of the vectors, sorted. */
export function listVectors(path: string): string[] {
  return readdirSync(locateVector(path)).sort();
}

/** Where a file or folder of the vectors is. */
export function locateVector(path: string): string {
  const location = join(folder, path);
  if (existsSync(location)) return location;
  const missing = existsSync(folder) ? path : 'the whole folder';
  throw new Error(
    `the interop vectors lack ${missing}: put the public test data of the Notary Project beside the repository, ` +
      'in ../shared/vectors, or set NOTARYKIT_VECTORS to where it is',
  );
}
