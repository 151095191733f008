import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** How the host answers under an address. */
export type Behaviour = keyof typeof behaviours | 'bytes';

const MIB = 1024 * 1024;

/** Hostile servers. Each ends when its client has gone. */
export const behaviours = {
  hang: () => undefined,
  drip(response: ServerResponse) {
    response.writeHead(200, { 'content-length': '1000' });
    const timer = setInterval(() => response.write('0'), 50);
    response.on('close', () => clearInterval(timer));
  },
  flood(response: ServerResponse) {
    const chunk = Buffer.alloc(MIB, 0x30);
    let left = 40;
    const send = () => {
      while (left-- > 0) if (!response.write(chunk)) return void response.once('drain', send);
      response.end();
    };
    send();
  },
  cutOff(response: ServerResponse) {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('0');
    setTimeout(() => response.destroy(), 30);
  },
  bomb: (response: ServerResponse) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(40 * MIB))),
  page: (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>captive portal</html>'),
  error: (response: ServerResponse) => response.writeHead(500).end('no'),
  elsewhere: (response: ServerResponse) =>
    response.writeHead(302, { location: 'http://localhost:9/elsewhere' }).end(),
  circle: (response: ServerResponse) => response.writeHead(302, { location: '?again' }).end(),
} satisfies Record<string, (response: ServerResponse) => unknown>;
