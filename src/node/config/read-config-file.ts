import { equalBytes } from '../../encoding/bytes.ts';
import { parseDocument } from '../../encoding/document.ts';
import type { Schema } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { isCutShort, readSettled } from '../files/read-settled.ts';

const CODE = 'ERR_CONFIG_INVALID';
const MAX_FILE = 1024 * 1024;

/** A JSON file of the configuration. */
export interface ConfigFile<T> {
  /** The document; `undefined` if the file does not exist. */
  document: T | undefined;
  /** Reports whether the file still has the same content. */
  isCurrent(): Promise<boolean>;
}

/**
 * Reads a JSON file of notation's configuration.
 * @param what - The name of the document, for the error.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readConfigFile<T>(
  path: string,
  what: string,
  schema: Schema<T>,
): Promise<ConfigFile<T>> {
  const read = () => readRegularFileIfExists(path, { what, code: CODE, maxBytes: MAX_FILE });
  try {
    return await readSettled(async () => {
      const bytes = await read();
      const document = bytes && parseDocument(schema, bytes, `${what} ${path}`, CODE);
      return { document, isCurrent: async () => isSame(bytes, await read()) };
    }, isCutShort);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its cause quotes what is in the file, which may contain secrets for plugins.
    throw new NotationError(error.code, error.message);
  }
}

function isSame(before: Uint8Array | undefined, after: Uint8Array | undefined): boolean {
  return before && after ? equalBytes(before, after) : before === after;
}
