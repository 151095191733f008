/**
 * Reads a body until it ends or exceeds a ceiling; what comes after is neither read nor kept.
 *
 * @param maxBytes - The ceiling. It counts decoded bytes, so that a compressed body cannot swell past it.
 * @param signal - Stops reading, also where the runtime has not tied the body to it.
 * @param expected - How long the body claims to be: it is then gathered in place, not held twice.
 * @param onLength - Told how many bytes are there, whenever some have come.
 * @returns The bytes. When they are more than the ceiling, the body was longer and has been cut off.
 */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
  expected = 0,
  onLength?: (length: number) => void,
): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  const place = new Uint8Array(Math.min(expected, maxBytes));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
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
    signal?.removeEventListener('abort', stop);
    stop();
  }
  const gathered = length - chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length === place.length && gathered === length) return place;
  return join([place.subarray(0, gathered), ...chunks], Math.min(length, maxBytes + 1));
}

/** Gives a body up, so that its connection is free. */
export function discard(body: ReadableStream<Uint8Array> | null): void {
  body?.cancel().catch(() => undefined);
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
