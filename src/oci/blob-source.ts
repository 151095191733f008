import { createIncrementalHash, type IncrementalHash } from '../crypto/incremental-hash.ts';
import { readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { parseDigest } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { lockStream } from '../encoding/stream.ts';
import { NotationError } from '../errors/index.ts';
import { throwIfAborted, untilAborted } from '../net/abort.ts';

/** Opens a stream of a blob from its start. */
export type OpenBlob = () => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;

/** The bytes of a blob that is being stored. */
export interface BlobSource {
  readonly size: number;
  /** Whether all bytes are in memory anyway. */
  readonly held: boolean;
  /** Reads a range of bytes, which may begin before the one read last. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Cancels the stream; to be called when nothing more is read. */
  close(): void;
}

/** Makes a source of bytes in memory. */
export function bytesSource(bytes: Uint8Array): BlobSource {
  return {
    size: bytes.length,
    held: true,
    read: async (start, end) => bytes.subarray(start, end),
    close: () => undefined,
  };
}

/**
 * Makes a source of a stream that buffers no more than the range read last; to go back further, the stream is opened
 * again. The last bytes are only returned if all match the descriptor: `ERR_CONTENT_MISMATCH` otherwise.
 */
export function streamSource(
  descriptor: Descriptor,
  open: OpenBlob,
  signal: AbortSignal | undefined,
): BlobSource {
  let stream: CheckedStream | undefined;
  const close = () => {
    stream?.cancel();
    stream = undefined;
  };
  return {
    size: descriptor.size,
    held: false,
    close,
    async read(start, end) {
      throwIfAborted(signal);
      if (!stream || start < stream.start) {
        close();
        const hash = await createIncrementalHash(parseDigest(descriptor.digest).algorithm);
        const opened = await untilAborted(Promise.resolve(open()), signal, readingOf(descriptor));
        const reader = lockStream(opened, `the stream of ${descriptor.digest}`);
        stream = new CheckedStream(descriptor, reader, hash, signal);
      }
      return stream.read(start, end);
    },
  };
}

/** A stream with a buffer of what was read of it and not dropped yet. */
class CheckedStream {
  /** The position in the blob of the first buffered byte. */
  start = 0;
  #pieces: Uint8Array[] = [];
  /** How many bytes of the blob have been read. */
  #position = 0;
  #ended = false;
  readonly #descriptor: Descriptor;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #hash: IncrementalHash;
  readonly #signal: AbortSignal | undefined;

  constructor(
    descriptor: Descriptor,
    reader: ReadableStreamDefaultReader<Uint8Array>,
    hash: IncrementalHash,
    signal: AbortSignal | undefined,
  ) {
    this.#descriptor = descriptor;
    this.#reader = reader;
    this.#hash = hash;
    this.#signal = signal;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.#drop(start);
    while (!this.#ended && (this.#position < end || end === this.#descriptor.size)) {
      await this.#advance();
      this.#drop(start);
    }
    return this.#held(end - start);
  }

  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #advance(): Promise<void> {
    const { digest, size } = this.#descriptor;
    const what = readingOf(this.#descriptor);
    const { done, value } = await untilAborted(this.#reader.read(), this.#signal, what);
    if (!done) {
      const chunk = readBytes(value, 'each chunk of a stream');
      this.#position += chunk.length;
      if (this.#position > size) throw mismatch(`${digest} should have ${size} bytes and has more`);
      this.#hash.update(chunk);
      if (chunk.length > 0) this.#pieces.push(chunk);
      return;
    }
    this.#ended = true;
    if (this.#position < size) {
      throw mismatch(`${digest} should have ${size} bytes and has only ${this.#position}`);
    }
    const found = encodeHex(await this.#hash.digest());
    if (found !== parseDigest(digest).hex) throw mismatch(`the bytes under ${digest} have another digest`);
  }

  /** Drops the bytes before a position. */
  #drop(start: number): void {
    for (let [first] = this.#pieces; first && this.start < start; [first] = this.#pieces) {
      const count = Math.min(first.length, start - this.start);
      this.start += count;
      if (count < first.length) this.#pieces[0] = first.subarray(count);
      else this.#pieces.shift();
    }
  }

  /** Returns the first buffered bytes, in one piece. */
  #held(length: number): Uint8Array {
    const [first] = this.#pieces;
    if (first && first.length >= length) return first.subarray(0, length);
    const joined = new Uint8Array(length);
    let filled = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, length - filled);
      joined.set(part, filled);
      filled += part.length;
    }
    return joined;
  }
}

/** Names the reading of the stream, for the error of an aborted signal. */
function readingOf({ digest }: Descriptor): string {
  return `the reading of the stream of ${digest}`;
}

function mismatch(message: string): NotationError {
  return new NotationError('ERR_CONTENT_MISMATCH', message);
}
