import { type ErrorCode, isNotationError, NotationError } from '../../errors/index.ts';
import { escapeUnprintable } from '../../errors/quote.ts';

/** Reports whether an error comes from the operating system, with one of the codes if any are given. */
export function isSystemError(error: unknown, ...codes: string[]): error is Error & { code: string } {
  if (!(error instanceof Error) || isNotationError(error)) return false;
  if (!('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 || codes.includes(error.code);
}

/** Reports whether an error says that a file does not exist, or the directory that would contain it. */
export function isMissing(error: unknown): boolean {
  return isSystemError(error, 'ENOENT', 'ENOTDIR');
}

/**
 * Runs work on files and gives failures of the operating system the code of their layer.
 * @param code - The code of the error.
 * @param task - Completes "cannot …" in the message, such as `write /etc/notation/config.json`.
 * @throws NotationError of that code; one that the work throws is passed on
 */
export async function attempt<T>(code: ErrorCode, task: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const reason = isSystemError(cause) ? ` (${cause.code})` : '';
    throw new NotationError(code, `cannot ${escapeUnprintable(task)}${reason}`, { cause });
  }
}
