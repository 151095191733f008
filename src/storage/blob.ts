import { digestOf } from '../crypto/digest.ts';
import { createIncrementalHash } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { type EnvelopeMediaType, envelopeTypeFor, type SignatureFormat } from '../envelope/model.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { throwIfAborted, untilAborted } from '../net/abort.ts';

/**
 * The content of a blob: bytes, a `Blob` or `File`, or a stream of bytes of any length, of the web or of Node. A stream
 * is read once; it is never held as a whole.
 */
export type BlobData = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What a blob is called where nobody says (signature specification, "Payload"). */
export const DEFAULT_BLOB_TYPE = 'application/octet-stream';

/** CBOR tag 18 in one byte (RFC 9052, section 2). */
const COSE_SIGN1_TAG = 0xd2;

/** A type and a subtype as RFC 6838 (section 4.2) allows them, and parameters. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:;[\x20-\x7e]{0,500})?$/;

/**
 * The descriptor of a blob: digest and size of what it holds.
 * @param mediaType - What the blob is said to be.
 * @param most - Bytes that it may hold: a stream of more is given up, as it may have no end.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for what is no data, `ERR_ARTIFACT_MISMATCH` for a stream of more bytes,
 * `ERR_ABORTED`; what a stream fails with passes
 */
export async function describeBlob(
  data: BlobData,
  algorithm: DigestAlgorithm,
  mediaType: string,
  signal: AbortSignal | undefined,
  most = Number.POSITIVE_INFINITY,
): Promise<Descriptor> {
  if (data instanceof Uint8Array) {
    throwIfAborted(signal);
    return { mediaType, digest: await digestOf(data, algorithm), size: data.length };
  }
  const hash = await createIncrementalHash(algorithm);
  let size = 0;
  for await (const chunk of chunksOf(data, signal)) {
    if (!(chunk instanceof Uint8Array)) throw argumentInvalid('the chunks of a blob must be Uint8Arrays');
    hash.update(chunk);
    size += chunk.length;
    if (size > most && !(data instanceof Blob)) {
      const message = `the signature is about another artifact: its size is ${most}, and the blob is larger`;
      throw new NotationError('ERR_ARTIFACT_MISMATCH', message);
    }
  }
  return { mediaType, digest: `${algorithm}:${encodeHex(await hash.digest())}`, size };
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` for what is no data of a blob */
export function checkBlobData(data: BlobData): void {
  if (isStream(data)) {
    if (data.locked) throw argumentInvalid('the stream of the blob is being read already');
    return;
  }
  if (data instanceof Uint8Array || data instanceof Blob) return;
  if (!isIterable(data)) {
    throw argumentInvalid('the data of a blob must be a Uint8Array, a Blob, or a stream of Uint8Arrays');
  }
  keepFailure(data);
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkMediaType(mediaType: string): string {
  if (typeof mediaType === 'string' && MEDIA_TYPE.test(mediaType)) return mediaType;
  throw argumentInvalid('mediaType must be a media type such as application/octet-stream');
}

/** Gives up a stream that nobody is going to read, so that its file or connection is free. */
export function discardBlob(data: BlobData): void {
  if (data instanceof Uint8Array || data instanceof Blob) return;
  if (isStream(data)) data.cancel().catch(() => undefined);
  else sourceOf(data).stop();
}

/**
 * The media type of the envelope of a blob's signature. Without the name of its file its first byte tells: a JWS is a
 * JSON object, a COSE_Sign1 begins with its tag.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a format that is none
 */
export function envelopeTypeOf(
  signature: Uint8Array,
  format: SignatureFormat | undefined,
): EnvelopeMediaType {
  return envelopeTypeFor(format ?? (signature?.[0] === COSE_SIGN1_TAG ? 'cose' : 'jws'));
}

/** The chunks of a stream; it is given up when the caller stops, whether or not it notices. */
async function* chunksOf(data: Exclude<BlobData, Uint8Array>, signal: AbortSignal | undefined) {
  const source = sourceOf(data instanceof Blob ? data.stream() : data);
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await untilAborted(source.next(), signal, 'the reading of the blob');
      ended = done === true;
      if (ended) return;
      yield value;
    }
  } finally {
    // Not waited for: a source that hangs would hold up the error.
    if (!ended) source.stop();
  }
}

/** Where chunks come from. */
interface ChunkSource {
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  stop(): void;
}

function sourceOf(data: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): ChunkSource {
  // Not every runtime lets a ReadableStream be iterated.
  if (isStream(data)) {
    const reader = data.getReader();
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(() => undefined) };
  }
  const iterator = data[Symbol.asyncIterator]();
  // The iterator of a stream of Node does not end it before its first chunk, nor while it waits for one.
  const end = async () => (isDestroyable(data) ? data.destroy() : iterator.return?.());
  return { next: () => iterator.next(), stop: () => void end().catch(() => undefined) };
}

/** A stream of Node that fails before it is read (no such file) would end the process; whoever reads it learns of it. */
function keepFailure(data: object): void {
  if ('on' in data && typeof data.on === 'function') data.on('error', () => undefined);
}

function isStream(data: unknown): data is ReadableStream<Uint8Array> {
  return typeof (data as ReadableStream | null)?.getReader === 'function';
}

function isDestroyable(data: object): data is { destroy(): unknown } {
  return 'destroy' in data && typeof data.destroy === 'function';
}

function isIterable(data: unknown): data is AsyncIterable<Uint8Array> {
  return typeof (data as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator] === 'function';
}
