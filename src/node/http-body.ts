import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { TransportBody } from '../net/send.ts';

/**
 * Returns the body of a response; `null` if it cannot have one.
 * @param coding - Its Content-Encoding. Of those that the `fetch` of Node decodes, only Brotli is not left to the reader,
 * who has no decoder for it.
 */
export function bodyOf(
  message: IncomingMessage,
  method: string,
  coding: string | undefined,
): TransportBody | null {
  const { statusCode } = message;
  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) {
    // Otherwise the connection would wait for its reader.
    message.resume();
    return null;
  }
  // It may fail while nobody reads; the next read reports it.
  message.on('error', () => undefined);
  const cancel = async () => {
    // A body that has arrived, such as that of a redirect, leaves the connection usable.
    if (message.complete) message.resume();
    else message.destroy();
  };
  return {
    cancel,
    getReader() {
      const isBrotli = coding?.trim().toLowerCase() === 'br';
      const chunks = isBrotli ? decodeBrotli(message) : undefined;
      return { read: () => (chunks ? readNext(chunks) : readChunk(message)), cancel };
    },
  };
}

/** Reads what has arrived, and waits only if nothing has: iterating over a short body takes several times as long. */
async function readChunk(message: IncomingMessage): Promise<{ done: boolean; value?: Uint8Array }> {
  for (;;) {
    const value: Uint8Array | null = message.read();
    if (value) return { done: false, value };
    if (message.complete && message.readableLength === 0) return { done: true };
    if (message.destroyed) throw message.errored ?? new Error('the body was cancelled');
    await changeOf(message);
  }
}

/** Waits until there is more to read, or nothing more. */
function changeOf(message: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close'] as const;
    const stop = () => {
      for (const event of events) message.off(event, stop);
      resolve();
    };
    for (const event of events) message.on(event, stop);
  });
}

async function readNext(
  chunks: Promise<AsyncIterator<Uint8Array>>,
): Promise<{ done: boolean; value?: Uint8Array }> {
  const { done = false, value } = await (await chunks).next();
  return { done, value };
}

async function decodeBrotli(message: Readable): Promise<AsyncIterator<Uint8Array>> {
  const [{ pipeline }, { createBrotliDecompress }] = await Promise.all([
    import('node:stream'),
    import('node:zlib'),
  ]);
  // Whoever reads the decoded body gets its failure.
  return pipeline(message, createBrotliDecompress(), () => undefined)[Symbol.asyncIterator]();
}
