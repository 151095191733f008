#!/usr/bin/env bash
# Bun 1.4.5: Bun.serve answers HEAD with Transfer-Encoding: chunked, without the Content-Length that the handler has set, if the
# body of the Response is a stream; the GET of the same Response has the Content-Length, and so has the HEAD of a Response
# whose body is null, bytes or a fetched one. Deno 2.9.6 sends the header in each case. RFC 9110 section 9.3.2 wants the same
# header fields in both, and clients of a registry read the size of a manifest or a layer from that HEAD.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error deno@2.9.6 bun@1.4.5

cat > server.ts <<'EOF'
const bytes = new TextEncoder().encode('{}');
const bodies: Record<string, () => BodyInit | null> = {
  '/null': () => null,
  '/bytes': () => bytes,
  '/stream': () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    }),
};

export default {
  port: Number(process.env.PORT),
  fetch: ({ url, method }: Request) => {
    const body = bodies[new URL(url).pathname]?.() ?? null;
    return new Response(body, { headers: { 'Content-Length': String(bytes.length) } });
  },
};
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';

const free = createServer().listen(0, '127.0.0.1', () => {
  const { port } = free.address();
  free.close(() => start(port));
});

async function start(port) {
  const [name, command, ...args] = process.argv.slice(2);
  const filled = args.map((arg) => arg.replace('PORT', port));
  const child = spawn(command, filled, { env: { ...process.env, PORT: port }, stdio: 'ignore' });
  try {
    for (const request of ['HEAD /null', 'HEAD /bytes', 'GET /stream', 'HEAD /stream'])
      console.log(`${name}: ${request}: ${await send(port, request)}`);
  } finally {
    child.kill();
  }
}

/** How the head of the response says how long its body is. Connects again while the server starts. */
async function send(port, request) {
  for (let tries = 0; ; tries++) {
    try {
      const head = await new Promise((resolve, reject) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(`${request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
        socket.on('data', (chunk) => (text += chunk));
        socket.on('end', () => resolve(text.split('\r\n\r\n')[0]));
        socket.on('error', reject);
      });
      return head.split('\r\n').filter((line) => /^(?:content-length|transfer-encoding):/i.test(line)).join(', ').toLowerCase();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
EOF

{
  node run.mjs deno node_modules/.bin/deno serve --host 127.0.0.1 --port PORT -A server.ts
  node run.mjs bun node_modules/.bin/bun server.ts
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
deno: HEAD /null: content-length: 2
deno: HEAD /bytes: content-length: 2
deno: GET /stream: content-length: 2
deno: HEAD /stream: content-length: 2
bun: HEAD /null: content-length: 2
bun: HEAD /bytes: content-length: 2
bun: GET /stream: content-length: 2
bun: HEAD /stream: transfer-encoding: chunked
EOF
