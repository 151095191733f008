import type * as z from 'zod/mini';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { type FileExpectation, isMissing, readRegularFile } from '../files/read-file.ts';

const MAX_FILE = 1024 * 1024;

/**
 * Reads a JSON file of notation's configuration, unless there is none.
 * @param what - The name of the document, for the error.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readConfigFile<T extends z.ZodMiniType>(
  path: string,
  what: string,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const bytes = await readOptionalFile(path, { what, code: 'ERR_CONFIG_INVALID', maxBytes: MAX_FILE });
  if (!bytes) return undefined;
  try {
    return parseDocument(schema, bytes, `${what} ${path}`, 'ERR_CONFIG_INVALID');
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Without its cause, which quotes what is in the file: plugins are given secrets there.
    throw new NotationError(error.code, error.message);
  }
}

/**
 * Reads a file that must be a regular one, unless there is none.
 * @throws NotationError as `readRegularFile` does
 */
export async function readOptionalFile(
  path: string,
  expectation: FileExpectation,
): Promise<Uint8Array | undefined> {
  try {
    return await readRegularFile(path, expectation);
  } catch (error) {
    if (isNotationError(error) && error.cause !== undefined && isMissing(error.cause)) return undefined;
    throw error;
  }
}
