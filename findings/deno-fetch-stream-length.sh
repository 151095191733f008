#!/usr/bin/env bash
# Deno 2.9.6: fetch drops a Content-Length header if the body is a stream, and sends the body in chunks.
# Node 20 and Bun 1.4.5 send the header and the bare body. Servers that need the length before the body (stores of objects
# with signed uploads, several registries behind a proxy) answer 411 or 501 to Deno alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const body = new ReadableStream({
  start(controller) {
    controller.enqueue(new TextEncoder().encode('ab'));
    controller.close();
  },
});
const response = await fetch(url, { method: 'PUT', body, duplex: 'half', headers: { 'Content-Length': '2' } });
console.log(await response.text());
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const framing = /^(content-length|transfer-encoding): .*$/im.exec(request.toString('latin1'))?.[0].toLowerCase() ?? 'none';
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${framing.length}\r\nConnection: close\r\n\r\n${framing}`);
  });
}).listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const [command, ...args] = process.argv.slice(2);
  spawn(command, [...args, 'client.mjs', url], { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1));
});
EOF

{
  printf '%s: ' 'node'; node run.mjs node_modules/.bin/node
  printf '%s: ' 'deno'; node run.mjs node_modules/.bin/deno run --allow-net --allow-sys
  printf '%s: ' 'bun'; node run.mjs node_modules/.bin/bun run
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
node: content-length: 2
deno: transfer-encoding: chunked
bun: content-length: 2
EOF
