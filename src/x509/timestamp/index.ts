/**
 * RFC 3161 time-stamps: having signatures time-stamped, and verifying that they were.
 *
 * @packageDocumentation
 */

export { createTimestamper, type TimestamperOptions } from './timestamper.ts';
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampVerifier,
  VerifiedTimestamp,
} from './types.ts';
export { verifyTimestamp } from './verify-timestamp.ts';
