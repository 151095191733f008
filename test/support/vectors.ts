import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The directory of the files made by others: the variable NOTARYKIT_VECTORS, or the directory next to the repository. */
const directory = resolve(process.env.NOTARYKIT_VECTORS ?? join(repository, '../shared/vectors'));

/** The content of one file of the vectors. Fails if there is none: a test that cannot run has not passed. */
export function readVector(path: string): Uint8Array {
  return new Uint8Array(readFileSync(locateVector(path)));
}

/** The names of the files in a directory of the vectors, sorted. */
export function listVectors(path: string): string[] {
  return readdirSync(locateVector(path)).sort();
}

/** Returns the path of a file or directory of the vectors. */
export function locateVector(path: string): string {
  const location = join(directory, path);
  if (existsSync(location)) return location;
  const missing = existsSync(directory) ? path : 'the whole directory';
  throw new Error(
    `the interop vectors lack ${missing}: put the public test data of the Notary Project next to the repository, ` +
      'in ../shared/vectors, or set NOTARYKIT_VECTORS to where it is',
  );
}
