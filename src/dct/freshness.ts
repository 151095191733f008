import { metadataError } from './failure.ts';
import { timeOf } from './metadata.ts';

/** What the metadata of every role states about itself. */
export interface Dated {
  readonly version: number;
  /** RFC 3339. */
  readonly expires: string;
}

/**
 * Requires that a role has not fallen below the version that was verified before.
 * @throws NotationError `ERR_DCT_ROLLBACK`
 */
export function checkVersion(role: string, { version }: Dated, before = 0): void {
  if (version >= before) return;
  const reason = `has version ${version}, after version ${before} was verified`;
  throw metadataError('ERR_DCT_ROLLBACK', role, reason);
}

/**
 * Requires that metadata has not expired.
 * @throws NotationError `ERR_DCT_FREEZE` for the timestamp, whose expiry is what ends a freeze; otherwise `ERR_DCT_EXPIRED`
 */
export function checkExpiry(role: string, { expires }: Dated, now: Date): void {
  if (now < timeOf(expires)) return;
  const code = role === 'timestamp' ? 'ERR_DCT_FREEZE' : 'ERR_DCT_EXPIRED';
  throw metadataError(code, role, `expired on ${timeOf(expires).toISOString()}`);
}
