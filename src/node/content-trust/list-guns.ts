import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGun } from '../../dct/gun.ts';
import { NotationError } from '../../errors/index.ts';
import { attempt, isMissing } from '../files/system-errors.ts';

const CODE = 'ERR_DCT_METADATA_INVALID';
/** The directory of the metadata of a GUN, below that of the GUN. */
const METADATA = 'metadata';
const ROOT = 'root.json';
const MAX_DIRECTORIES = 100_000;

/**
 * Lists the GUNs whose metadata is in a directory, sorted. Each part of a name is a directory.
 * @throws NotationError `ERR_DCT_METADATA_INVALID` for a directory that cannot be read, `ERR_LIMIT_EXCEEDED`
 */
export async function listGuns(directory: string): Promise<string[]> {
  const guns: string[] = [];
  // The list grows at its end during the iteration.
  const queue = [''];
  for (const name of queue) {
    if (queue.length > MAX_DIRECTORIES) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `${directory} has over ${MAX_DIRECTORIES} directories`);
    }
    const entries = await entriesOf(join(directory, name));
    if (name.endsWith(`/${METADATA}`) && entries.some((entry) => entry.isFile() && entry.name === ROOT)) {
      guns.push(name.slice(0, -METADATA.length - 1));
      continue;
    }
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(name, entry.name));
    queue.push(...below.map((path) => path.replaceAll('\\', '/')).filter(isGun));
  }
  return guns.sort();
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  return attempt(CODE, `list ${directory}`, async () => {
    try {
      return await readdir(directory, { withFileTypes: true });
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  });
}
