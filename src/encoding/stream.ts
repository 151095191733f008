import { argumentInvalid } from '../errors/notation-error.ts';

/** Reports whether a value is a web stream, of this realm or another one. */
export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as ReadableStream | null | undefined)?.getReader === 'function';
}

/**
 * Locks a web stream that a caller gives, to read it.
 * @param name - Names the stream in the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything else, and for a stream that is being read already
 */
export function lockStream(stream: unknown, name: string): ReadableStreamDefaultReader<Uint8Array> {
  if (!isStream(stream)) throw argumentInvalid(`${name} must be a ReadableStream`);
  if (stream.locked) throw argumentInvalid(`${name} is being read already`);
  return stream.getReader();
}
