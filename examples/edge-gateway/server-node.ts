// Serves the gateway in Node 22.18 or newer: `node server-node.ts`.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import gateway from './server.ts';

createServer((incoming, outgoing) => {
  // Headers may have been sent, so that only a broken connection says that something failed.
  answer(incoming, outgoing).catch((error) => outgoing.destroy(error));
}).listen(gateway.port, () => console.log(`listening on http://localhost:${gateway.port}`));

/** Answers with the response of the gateway. The work for a client that leaves is ended. */
async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const response = await gateway.fetch(toRequest(incoming, gone.signal));
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body) await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
  else outgoing.end();
}

/** The body is left out: the gateway refuses pushes. */
function toRequest(
  { url, method = 'GET', headers, rawHeaders }: IncomingMessage,
  signal: AbortSignal,
): Request {
  const all = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) all.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  return new Request(`http://${headers.host}${url}`, { method, headers: all, signal });
}
