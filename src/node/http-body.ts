import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { TransportBody } from '../net/send.ts';

/**
 * Returns the body of a response; `null` if it cannot have one.
 * @param coding - Its Content-Encoding. Of those that `fetch` of Node decodes, only Brotli is not left to the reader, who
 * may have no decoder for it.
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
  let chunks: Promise<AsyncIterator<Uint8Array>> | undefined;
  const cancel = async () => {
    // A body that has arrived, such as that of a redirect, leaves the connection usable.
    if (message.complete) message.resume();
    else message.destroy();
  };
  return {
    cancel,
    getReader: () => ({
      async read() {
        chunks ??= open(message, coding);
        const { done = false, value } = await (await chunks).next();
        return { done, value };
      },
      cancel,
    }),
  };
}

async function open(message: Readable, coding: string | undefined): Promise<AsyncIterator<Uint8Array>> {
  const body = coding?.trim().toLowerCase() === 'br' ? await decodeBrotli(message) : message;
  return body[Symbol.asyncIterator]();
}

async function decodeBrotli(message: Readable): Promise<Readable> {
  const [{ pipeline }, { createBrotliDecompress }] = await Promise.all([
    import('node:stream'),
    import('node:zlib'),
  ]);
  // Whoever reads the decoded body gets its failure.
  return pipeline(message, createBrotliDecompress(), () => undefined);
}
