import { type EnvelopeMediaType, envelopeMediaTypes, type SignatureFormat } from '../envelope/model.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

// What callers give to the workflows, who may write JavaScript: what is of another type than declared must not pass
// as if it had been left out.

const MAX_SIGNATURES = 100;

/**
 * User metadata as they are given: a plain object of texts. A `Map` would seem to demand nothing.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID` for a value that is not a text
 */
export function readUserMetadata(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (!isPlainObject(given)) throw argumentInvalid('userMetadata must be a plain object of strings');
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'string') continue;
    const message = `the user metadata key ${quote(key)} has a value that is not a string`;
    throw new NotationError('ERR_USER_METADATA_INVALID', message);
  }
  return { ...given };
}

/**
 * The media type of a format of envelopes.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function envelopeTypeFor(format: SignatureFormat): EnvelopeMediaType {
  if (Object.hasOwn(envelopeMediaTypes, format)) return envelopeMediaTypes[format];
  throw argumentInvalid('the format of a signature is "cose" or "jws"');
}

/**
 * How many signatures are looked at; 100 by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readMaxSignatures(given: number = MAX_SIGNATURES): number {
  if (Number.isSafeInteger(given) && given > 0) return given;
  throw argumentInvalid('maxSignatures must be a positive integer');
}

/**
 * The time by a clock; that of the machine by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for one that gives anything but valid dates
 */
export function readClock(clock: () => Date = () => new Date()): Date {
  const time = typeof clock === 'function' ? clock() : undefined;
  const copy = new Date(typeof time?.getTime === 'function' ? time.getTime() : Number.NaN);
  if (!Number.isNaN(copy.getTime())) return copy;
  throw argumentInvalid('clock must be a function that returns a valid Date');
}

/** Also of another realm: its prototype has none itself, or it has no prototype. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
