import type * as z from 'zod/mini';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';

const MAX_FILE = 1024 * 1024;

/**
 * Reads a JSON file of notation's configuration; returns `undefined` if it does not exist.
 * @param what - The name of the document, for the error.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readConfigFile<T extends z.ZodMiniType>(
  path: string,
  what: string,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const code = 'ERR_CONFIG_INVALID';
  const bytes = await readRegularFileIfExists(path, { what, code, maxBytes: MAX_FILE });
  if (!bytes) return undefined;
  try {
    return parseDocument(schema, bytes, `${what} ${path}`, code);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its cause quotes what is in the file, which may contain secrets for plugins.
    throw new NotationError(error.code, error.message);
  }
}
