/** How a body is read. */
export interface ReadOptions {
  /** The most bytes to read. Decoded bytes count, so that a compressed body cannot exceed it. */
  maxBytes: number;
  /** Stops reading, also if the runtime does not tie the body to the signal of its request. */
  signal: AbortSignal;
  /** The length that the sender claims, or 0: a body of that length is gathered in one buffer and never copied. */
  expected: number;
  /** Gets the number of bytes read so far, whenever some have arrived. */
  onLength?: ((length: number) => void) | undefined;
}

/**
 * Reads a body until it ends or exceeds the limit; what follows is neither read nor kept.
 * @returns The bytes. If they are more than the limit, the body was longer and has been cut off.
 */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  { maxBytes, signal, expected, onLength }: ReadOptions,
): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  const place = new Uint8Array(expected > 0 ? Math.min(expected, maxBytes) : 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (length <= maxBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      if (chunks.length === 0 && length + value.length <= place.length) place.set(value, length);
      else chunks.push(value);
      length += value.length;
      onLength?.(Math.min(length, maxBytes));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
  const gathered = length - chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length === place.length && gathered === length) return place;
  return join([place.subarray(0, gathered), ...chunks], Math.min(length, maxBytes + 1));
}

/** Cancels a body that will not be read, so that its connection is free. */
export function discard(body: ReadableStream<Uint8Array> | null): void {
  body?.cancel().catch(() => undefined);
}

/** Wraps a listener so that an exception it throws cannot fail the request, as documented where listeners are given. */
export function safely<T>(listener: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
  if (!listener) return undefined;
  return (value) => {
    try {
      listener(value);
    } catch {
      // The listener must handle its own errors.
    }
  };
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk.subarray(0, length - offset), offset);
    offset += chunk.length;
  }
  return joined;
}
