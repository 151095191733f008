import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { TransportBody } from '../net/send.ts';

type Chunk = Awaited<ReturnType<ReturnType<TransportBody['getReader']>['read']>>;

/** Reports whether a response can have a body (RFC 9112, section 6.3). */
export function hasBody({ statusCode }: IncomingMessage, method: string): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
}

/**
 * Returns the body of a response, which may be encoded: of the codings that the `fetch` of Node decodes, only Brotli is not
 * left to the reader, who has no decoder for it.
 * @param sent - The request, which is closed when its connection can be used again.
 */
export function bodyOf(message: IncomingMessage, sent: ClientRequest): TransportBody {
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
      const isBrotli = message.headers['content-encoding']?.trim().toLowerCase() === 'br';
      const chunks = isBrotli ? decodeBrotli(message) : undefined;
      return { read: () => (chunks ? readNext(chunks) : readChunk(message, sent)), cancel };
    },
  };
}

/** Reads what has arrived, and waits only if nothing has: iterating over a short body takes several times as long. */
async function readChunk(message: IncomingMessage, sent: ClientRequest): Promise<Chunk> {
  for (;;) {
    const value: Uint8Array | null = message.read();
    if (value) return { done: false, value };
    if (message.complete && message.readableLength === 0) {
      // The next request finds the connection; a server that does not read the body of this one keeps it from that.
      if (sent.writableFinished && !sent.closed) await once(sent, 'close');
      return { done: true };
    }
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

async function readNext(chunks: Promise<AsyncIterator<Uint8Array>>): Promise<Chunk> {
  const { done = false, value } = await (await chunks).next();
  return { done, value };
}

async function decodeBrotli(message: Readable): Promise<AsyncIterator<Uint8Array>> {
  const [{ pipeline }, { createBrotliDecompress }] = await Promise.all([
    import('node:stream'),
    import('node:zlib'),
  ]);
  // The reader of the decoded body gets its failure.
  return pipeline(message, createBrotliDecompress(), () => undefined)[Symbol.asyncIterator]();
}
