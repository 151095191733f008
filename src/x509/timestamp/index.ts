/**
 * RFC 3161 timestamps: timestamping signatures, and verifying timestamps.
 *
 * @packageDocumentation
 */
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampVerifier,
  VerifiedTimestamp,
} from '../timestamp-verifier.ts';
export { createTimestamper, type TimestamperOptions } from './timestamper.ts';
export { verifyTimestamp } from './verify-timestamp.ts';
