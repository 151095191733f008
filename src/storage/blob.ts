import { digestOf } from '../crypto/digest.ts';
import { createIncrementalHash } from '../crypto/incremental-hash.ts';
import { isBytes, ownBytes, readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import type { DigestAlgorithm } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isStream, lockStream } from '../encoding/stream.ts';
import { type EnvelopeMediaType, envelopeTypeFor, type SignatureFormat } from '../envelope/model.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { throwIfAborted, untilAborted } from '../net/abort.ts';

/**
 * The content of a blob: bytes, a `Blob` or `File`, or a web or Node stream of bytes of any length. A stream is read
 * once and never buffered as a whole.
 */
export type BlobData = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The default media type of a blob.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#payload
 */
export const DEFAULT_BLOB_TYPE = 'application/octet-stream';

/** CBOR tag 18 in one byte (RFC 9052, section 2). */
const COSE_SIGN1_TAG = 0xd2;

/** A type and a subtype (RFC 6838, section 4.2), with parameters. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:;[\x20-\x7e]{0,500})?$/;

/** The content of a blob, open for reading once: bytes, or chunks that nobody else can read. */
export type BlobContent = { readonly bytes: Uint8Array } | ChunkSource;

interface ChunkSource {
  /** Whether it ends by itself; a stream may be endless. */
  readonly finite: boolean;
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  stop(): void;
}

/**
 * Opens the content of a blob. A stream is locked, so that a second reader cannot take parts of it.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for data of another type, and for a stream that is being read already
 */
export function openBlob(data: BlobData): BlobContent {
  if (isBytes(data)) return { bytes: ownBytes(data) };
  if (isBlob(data)) return blobSource(data);
  if (isStream(data)) return streamSource(data);
  if (isIterable(data)) return iterableSource(data);
  throw argumentInvalid('the data of a blob must be a Uint8Array, a Blob, or a stream of Uint8Arrays');
}

/**
 * Computes the descriptor of a blob.
 * @param mediaType - The media type of the blob.
 * @param most - The most bytes of a stream: a longer one, which may be endless, is cancelled.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for chunks of another type, `ERR_ARTIFACT_MISMATCH` for a longer stream,
 * `ERR_ABORTED`, `ERR_TIMEOUT`; errors of the stream are passed on
 * @see docs/specification.md, rule BLOB-3
 */
export async function describeBlob(
  content: BlobContent,
  algorithm: DigestAlgorithm,
  mediaType: string,
  signal: AbortSignal | undefined,
  most = Number.POSITIVE_INFINITY,
): Promise<Descriptor> {
  if ('bytes' in content) {
    const { bytes } = content;
    throwIfAborted(signal);
    return { mediaType, digest: await digestOf(bytes, algorithm), size: bytes.length };
  }
  const hash = await createIncrementalHash(algorithm);
  let size = 0;
  for await (const chunk of chunksOf(content, signal)) {
    const bytes = readBytes(chunk, 'each chunk of a blob');
    hash.update(bytes);
    size += bytes.length;
    if (size > most && !content.finite) {
      const message = `the signature is about another artifact: its size is ${most}, and the blob is larger`;
      throw new NotationError('ERR_ARTIFACT_MISMATCH', message);
    }
  }
  return { mediaType, digest: `${algorithm}:${encodeHex(await hash.digest())}`, size };
}

/** Cancels a stream that will not be read, so that its file or connection is free. */
export function discardBlob(content: BlobContent): void {
  if ('stop' in content) content.stop();
}

/**
 * Checks that a string is a media type.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see docs/specification.md, rule BLOB-4
 */
export function checkMediaType(mediaType: string): string {
  if (typeof mediaType === 'string' && MEDIA_TYPE.test(mediaType)) return mediaType;
  throw argumentInvalid('mediaType must be a media type such as application/octet-stream');
}

/**
 * Returns the media type of the envelope of a blob's signature. Without a format its first byte decides: a JWS is a JSON
 * object, a COSE_Sign1 begins with its tag.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an unknown format
 * @see docs/specification.md, rule BLOB-6
 */
export function envelopeTypeOf(
  signature: Uint8Array,
  format: SignatureFormat | undefined,
): EnvelopeMediaType {
  return envelopeTypeFor(format ?? (signature?.[0] === COSE_SIGN1_TAG ? 'cose' : 'jws'));
}

/** Yields the chunks of a source, which is stopped if the caller stops early. */
async function* chunksOf(source: ChunkSource, signal: AbortSignal | undefined) {
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await untilAborted(source.next(), signal, 'the reading of the blob');
      ended = done === true;
      if (ended) return;
      yield value;
    }
  } finally {
    // Not awaited: a source that hangs would delay the error.
    if (!ended) source.stop();
  }
}

function blobSource(blob: Blob): ChunkSource {
  let source: ChunkSource | undefined;
  const opened = () => {
    source ??= streamSource(blob.stream());
    return source;
  };
  return { finite: true, next: () => opened().next(), stop: () => source?.stop() };
}

/** Not every runtime can iterate a ReadableStream. */
function streamSource(stream: ReadableStream<Uint8Array>): ChunkSource {
  const reader = lockStream(stream, 'the stream of the blob');
  return {
    finite: false,
    next: () => reader.read(),
    stop: () => {
      reader.cancel().catch(() => undefined);
      reader.releaseLock();
    },
  };
}

function iterableSource(data: AsyncIterable<Uint8Array>): ChunkSource {
  keepFailure(data);
  const iterator = data[Symbol.asyncIterator]();
  // The iterator of a Node stream does not end it before the first chunk, nor while it waits for a chunk.
  const end = async () => (isDestroyable(data) ? data.destroy() : iterator.return?.());
  return { finite: false, next: () => iterator.next(), stop: () => void end().catch(() => undefined) };
}

/** A Node stream that fails before it is read (no such file) would end the process; reading it reports the failure. */
function keepFailure(data: object): void {
  if ('on' in data && typeof data.on === 'function') data.on('error', () => undefined);
}

/** Reports whether a value is a Blob or File, of this realm or another one. */
function isBlob(data: unknown): data is Blob {
  return ['[object Blob]', '[object File]'].includes(Object.prototype.toString.call(data));
}

function isDestroyable(data: object): data is { destroy(): unknown } {
  return 'destroy' in data && typeof data.destroy === 'function';
}

function isIterable(data: unknown): data is AsyncIterable<Uint8Array> {
  return typeof (data as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator] === 'function';
}
