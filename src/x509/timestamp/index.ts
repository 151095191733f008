/**
 * RFC 3161 time-stamps: having signatures time-stamped, and verifying that they were.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampVerifier,
  VerifiedTimestamp,
} from '../timestamp-verifier.ts';
export { createTimestamper, type TimestamperOptions } from './timestamper.ts';
export { verifyTimestamp } from './verify-timestamp.ts';
