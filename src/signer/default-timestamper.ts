import { createRevocationChecker } from '../x509/revocation/checker.ts';
import { createTimestamper, type TimestamperOptions } from '../x509/timestamp/timestamper.ts';
import type { Timestamper } from '../x509/timestamp/types.ts';

/**
 * Creates the timestamper of a TSA that is given by its URL. The revocation status of its certificates is checked by the
 * same `fetch` or `transport`, unless a checker is given.
 */
export function createDefaultTimestamper(options: TimestamperOptions): Timestamper {
  const { fetch, transport, revocation = createRevocationChecker({ fetch, transport }) } = options;
  return createTimestamper({ ...options, revocation });
}
