import { type Abortable, onAbort } from './abort.ts';
import type { TransportBody } from './send.ts';

/** How a body is read. */
export interface ReadOptions {
  /** The most bytes to read. Decoded bytes count, so that a compressed body cannot exceed it. */
  maxBytes: number;
  /** Stops reading, also if the runtime does not tie the body to the signal of its request. */
  signal: Abortable;
  /** The length that the sender claims, or 0: a body of that length is gathered in one buffer and never copied. */
  expected: number;
  /** Gets the number of bytes read so far, whenever some have arrived. */
  onLength?: ((length: number) => void) | undefined;
}

/** Bytes of a body of unknown length that are gathered in chunks; joining them takes their size once more. */
const MAX_CHUNKS = 1024 * 1024;
/** The largest buffer that is allocated for what may come; only what is written to it takes memory. */
const MAX_PLACE = 64 * 1024 * 1024;

/**
 * Reads a body until it ends or exceeds the limit; what follows is neither read nor kept.
 * @returns The bytes. If they are more than the limit, the body was longer and has been cut off.
 */
export async function readAtMost(
  body: TransportBody | null,
  { maxBytes, signal, expected, onLength }: ReadOptions,
): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  const gathered = new Gathered(expected, maxBytes);
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  const release = onAbort(signal, stop);
  try {
    while (gathered.length <= maxBytes) {
      const { done, value } = await reader.read();
      if (done || !value) break;
      gathered.add(value);
      onLength?.(Math.min(gathered.length, maxBytes));
    }
  } finally {
    release();
    stop();
  }
  return gathered.bytes();
}

/** Cancels a body that will not be read, so that its connection is free. */
export function discard(body: TransportBody | null): void {
  body?.cancel().catch(() => undefined);
}

/** Wraps a listener so that an exception it throws cannot fail the request, as documented where listeners are given. */
export function safely<T>(listener: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
  if (!listener) return undefined;
  return (value) => {
    try {
      const returned: unknown = listener(value);
      // An async function fits the type as well, and Node ends a process when nobody handles a rejection.
      if (returned instanceof Promise) returned.catch(() => undefined);
    } catch {
      // The listener must handle its own errors.
    }
  };
}

/** The bytes of a body, at most one more than the limit. */
class Gathered {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  /** Its beginning, unless that is in chunks. */
  #place: Uint8Array;
  #placed = 0;
  length = 0;

  constructor(expected: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#place = new Uint8Array(expected > 0 ? Math.min(expected, maxBytes) : 0);
  }

  add(received: Uint8Array): void {
    const chunk = received.subarray(0, this.#maxBytes + 1 - this.length);
    this.length += chunk.length;
    if (this.#chunks.length > 0 || this.length > this.#place.length) this.#chunks.push(chunk);
    else this.#put(chunk);
    if (this.#chunks.length > 0 && this.length > MAX_CHUNKS && this.#maxBytes <= MAX_PLACE)
      this.#moveTo(this.#maxBytes + 1);
  }

  bytes(): Uint8Array {
    if (this.#chunks.length > 0) this.#moveTo(this.length);
    const bytes = this.#place.subarray(0, this.length);
    // A short body must not keep a large buffer.
    return 2 * bytes.length < this.#place.length ? bytes.slice() : bytes;
  }

  #put(chunk: Uint8Array): void {
    this.#place.set(chunk, this.#placed);
    this.#placed += chunk.length;
  }

  #moveTo(size: number): void {
    const before = this.#place.subarray(0, this.#placed);
    this.#place = new Uint8Array(size);
    this.#placed = 0;
    for (const chunk of [before, ...this.#chunks.splice(0)]) this.#put(chunk);
  }
}
