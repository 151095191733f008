import { isNotationError } from '../../errors/index.ts';
import { pause } from '../../net/abort.ts';

/** Milliseconds to wait before each further try: a program that writes a file in place is soon done. */
const PAUSES = [5, 10, 20, 40, 80];

/**
 * Reads what another program may be changing at this moment: a few times if it fails. A file that is written in place
 * is cut short for a moment, and a directory may change between listing and reading.
 *
 * @param mayPass - Reports whether a failure may be due to such a change.
 * @throws What the last try throws
 */
export async function readSettled<T>(
  read: () => Promise<T>,
  mayPass: (error: unknown) => boolean,
): Promise<T> {
  for (const milliseconds of PAUSES) {
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
    await pause(milliseconds, undefined, 'the change of another program');
  }
  return read();
}

/** Reports whether a document could not be decoded, as one that is cut short cannot. */
export function isCutShort(error: unknown): boolean {
  if (isNotationError(error, 'ERR_ENCODING_INVALID')) return true;
  return isNotationError(error) && isCutShort(error.cause);
}
