import { isNotationError } from '../../../src/errors/index.ts';
import type { Decision } from './peer.ts';

/** Decides by calling notarykit. A failure without a code is a fault of its own: `untyped`. */
export async function decide(call: () => Decision | Promise<Decision>): Promise<Decision> {
  try {
    return await call();
  } catch (error) {
    if (isNotationError(error)) return { verdict: 'rejected', reason: `${error.code}: ${error.message}` };
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { verdict: 'untyped', reason };
  }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
