#!/usr/bin/env bash
# Deno 2.9.6: fetch returns only the first member of a gzip body that has several, and reports no error.
# RFC 1952 section 2.2 says that a gzip file is a series of members, as `cat a.gz b.gz` makes one; logs and some caches do.
# Node 20 and Bun 1.4.5 give all of it. In Deno the rest of the body is missing, status and stream say that it is whole.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const response = await fetch(url);
const text = await response.text();
console.log(`${response.status}, ${text.length} characters: ${text}`);
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const body = Buffer.concat([gzipSync('first,'), gzipSync('second')]);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
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
node: 200, 12 characters: first,second
deno: 200, 6 characters: first,
bun: 200, 12 characters: first,second
EOF
