import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { encodeZstd } from '../../support/encode-body.ts';

/** How a response is sent. */
export type Delivery = keyof typeof deliveries | keyof typeof redirections;

/** A response of an honest server. */
interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Bytes at the end of a body that are not sent. Of gzip these are the checksum and the last of the data. */
const LOST = 12;

/** How honest responses become what runtimes read in different ways: the bytes of the response, from its first line. */
const deliveries = {
  cutOff: (answer: Answer) => bytesOf(answer, [lengthOf(answer.body)], answer.body.subarray(0, -LOST)),
  cutOffChunks({ body, ...answer }: Answer) {
    const chunk = [Buffer.from(`${(body.length - LOST).toString(16)}\r\n`), body.subarray(0, -LOST)];
    return bytesOf(answer, ['transfer-encoding: chunked'], Buffer.concat([...chunk, Buffer.from('\r\n')]));
  },
  cutOffGzip: (answer: Answer) => encoded(answer, 'gzip', gzipSync(answer.body).subarray(0, -LOST)),
  gzipMembers({ body, ...answer }: Answer) {
    const middle = body.length >> 1;
    const members = [body.subarray(0, middle), body.subarray(middle)].map((part) => gzipSync(part));
    return encoded(answer, 'gzip', Buffer.concat(members));
  },
  gzip: (answer: Answer) => encoded(answer, 'gzip', gzipSync(answer.body)),
  xGzip: (answer: Answer) => encoded(answer, 'x-gzip', gzipSync(answer.body)),
  deflate: (answer: Answer) => encoded(answer, 'deflate', deflateSync(answer.body)),
  br: (answer: Answer) => encoded(answer, 'br', brotliCompressSync(answer.body)),
  zstd: (answer: Answer) => encoded(answer, 'zstd', Buffer.from(encodeZstd(answer.body))),
  unknownCoding: (answer: Answer) => encoded(answer, 'exi', answer.body),
  longHeaders: (answer: Answer) => withHeaders(answer, 20, 'x'.repeat(1000)),
  manyHeaders: (answer: Answer) => withHeaders(answer, 120, '1'),
  veryManyHeaders: (answer: Answer) => withHeaders(answer, 300, '1'),
  repeatedLength(answer: Answer) {
    const length = `content-length: ${answer.headers['content-length'] ?? answer.body.length}`;
    return bytesOf(answer, [length, length], answer.body);
  },
  redirectWithoutLocation: (answer: Answer) =>
    bytesOf({ ...answer, status: 302 }, [lengthOf(answer.body)], answer.body),
};

/** The statuses of redirects to the same path, to requests of which the honest server responds. */
const redirections = { redirect307: 307, redirect308: 308 };

/** Lets a server respond to a request, and sends the response in another way. */
export function deliver(
  delivery: Delivery,
  request: IncomingMessage,
  response: ServerResponse,
  toServer: Listener,
): unknown {
  if (isRedirection(delivery)) {
    const url = request.url ?? '/';
    // A redirect of a HEAD says that a blob is stored.
    if (request.method === 'HEAD' || /[?&]moved$/.test(url)) return toServer(request, response);
    const location = `${url}${url.includes('?') ? '&' : '?'}moved`;
    // The body must have arrived, or the connection breaks off.
    return request.resume().on('end', () => response.writeHead(redirections[delivery], { location }).end());
  }
  const { socket } = response;
  Object.assign(response, {
    writeHead(status: number, headers: OutgoingHttpHeaders = {}) {
      response.statusCode = status;
      for (const [name, value = ''] of Object.entries(headers)) response.setHeader(name, value);
      return response;
    },
    end(body: Uint8Array | string = '') {
      const answer = { status: response.statusCode, headers: response.getHeaders(), body: Buffer.from(body) };
      socket?.end(deliveries[delivery](answer));
      return response;
    },
  });
  return toServer(request, response);
}

function isRedirection(delivery: Delivery): delivery is keyof typeof redirections {
  return delivery in redirections;
}

function encoded(answer: Omit<Answer, 'body'>, coding: string, body: Buffer): Buffer {
  return bytesOf(answer, [`content-encoding: ${coding}`, lengthOf(body)], body);
}

function withHeaders(answer: Answer, count: number, value: string): Buffer {
  const headers = Array.from({ length: count }, (_, index) => `x-${index}: ${value}`);
  return bytesOf(answer, [...headers, lengthOf(answer.body)], answer.body);
}

function bytesOf({ status, headers }: Omit<Answer, 'body'>, more: readonly string[], body: Buffer): Buffer {
  const own = Object.entries(headers).filter(([name]) => name !== 'content-length');
  const lines = own.map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} Text`, ...lines, ...more, 'connection: close', '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

function lengthOf({ length }: Buffer): string {
  return `content-length: ${length}`;
}
