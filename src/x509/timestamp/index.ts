/**
 * RFC 3161 timestamps: timestamping signatures, and verifying timestamps.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export type { Budget, Resource } from '../../net/budget.ts';
export { createTimestamper, type TimestamperOptions } from './timestamper.ts';
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampForm,
  TimestampOptions,
  TimestampVerifier,
  VerifiedTimestamp,
} from './types.ts';
export { verifyTimestamp } from './verify-timestamp.ts';
