#!/usr/bin/env bash
# Deno 2.9.6: fetch passes bodies with Content-Encoding deflate or x-gzip through undecoded, without an error.
# RFC 9110 section 8.4.1 has both among the codings (x-gzip is to be read as gzip). Node 20 and Bun 1.4.5 decode them. In Deno
# response.json() fails on them, or response.text() is binary, and only the header that is still there tells why.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const read = [];
for (const coding of ['gzip', 'x-gzip', 'deflate']) {
  const response = await fetch(url + coding);
  const text = await response.text();
  read.push(`${coding} ${text === 'x'.repeat(100) ? 'decoded' : 'as sent'}`);
}
console.log(read.join(', '));
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const coding = request.toString('latin1').split(' ')[1].slice(1);
    const body = coding === 'deflate' ? deflateSync('x'.repeat(100)) : gzipSync('x'.repeat(100));
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
    socket.end(body);
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
node: gzip decoded, x-gzip decoded, deflate decoded
deno: gzip decoded, x-gzip as sent, deflate as sent
bun: gzip decoded, x-gzip decoded, deflate decoded
EOF
