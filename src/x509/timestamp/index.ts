/**
 * RFC 3161 timestamps: timestamping signatures, and verifying timestamps.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export { createTimestamper, type TimestamperOptions } from './timestamper.ts';
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampForm,
  TimestampVerifier,
  VerifiedTimestamp,
} from './types.ts';
export { verifyTimestamp } from './verify-timestamp.ts';
