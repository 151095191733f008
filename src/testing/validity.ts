import { argumentInvalid } from '../errors/notation-error.ts';

/** The validity period of a certificate. */
export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

const DAY = 86_400_000;
/** How many days the CAs of a chain outlive its leaf. */
const CA_DAYS = 30;

/**
 * Reads the validity that a caller gave; by default a day from now, as in the reference implementation.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function validityOf(options: { notBefore?: Date | undefined; notAfter?: Date | undefined }): Validity {
  const notBefore = checkTime('notBefore', options.notBefore ?? new Date());
  const notAfter = checkTime('notAfter', options.notAfter ?? new Date(notBefore.getTime() + DAY));
  if (notAfter < notBefore) {
    throw argumentInvalid('notAfter must not be before notBefore');
  }
  return { notBefore, notAfter };
}

/** Returns the validity of the CAs above a leaf. */
export function caValidity({ notBefore, notAfter }: Validity): Validity {
  return { notBefore, notAfter: new Date(Math.min(notAfter.getTime() + CA_DAYS * DAY, LATEST)) };
}

/** The years that the times of a certificate can encode (RFC 5280, section 4.1.2.5). */
const EARLIEST = Date.UTC(1950, 0);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);

function checkTime(name: string, time: Date): Date {
  const seconds = time instanceof Date ? Math.floor(time.getTime() / 1000) * 1000 : Number.NaN;
  if (!(seconds >= EARLIEST && seconds <= LATEST)) {
    throw argumentInvalid(`${name} must be a Date of the years 1950 to 9999`);
  }
  return new Date(seconds);
}

/** The last year whose times leave a year for the end of a validity. */
const LATEST_START = Date.UTC(9999, 0);

/**
 * Returns the time of a clock that a caller gave.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readClock(clock: () => Date): Date {
  return readTime('the time of clock', typeof clock === 'function' ? clock() : undefined);
}

/**
 * Returns a time that a caller gave.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readTime(name: string, time: unknown): Date {
  const fits = time instanceof Date && time.getTime() >= EARLIEST && time.getTime() < LATEST_START;
  if (fits) return time;
  throw argumentInvalid(`${name} must be a Date of the years 1950 to 9998`);
}
