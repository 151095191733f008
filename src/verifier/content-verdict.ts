import { type ErrorCode, isNotationError, type Reason, reasonOf } from '../errors/index.ts';

/** The codes that blame the content, which is a verdict; other errors leave the verdict open. */
const VERDICTS: readonly ErrorCode[] = [
  'ERR_NOT_FOUND',
  'ERR_CONTENT_MISMATCH',
  'ERR_MANIFEST_INVALID',
  'ERR_DESCRIPTOR_INVALID',
  'ERR_LIMIT_EXCEEDED',
];

/** Returns the result of the work, or the reason if the content is to blame. */
export async function verdictOr<T>(work: () => Promise<T>): Promise<T | Reason> {
  try {
    return await work();
  } catch (error) {
    if (isNotationError(error) && VERDICTS.includes(error.code)) return reasonOf(error);
    throw error;
  }
}
