#!/usr/bin/env bash
# Bun 1.4.5: fetch sends a string as body without a Content-Type.
# The Fetch Standard ("extract a body") gives a string the type text/plain;charset=UTF-8; Node 20 and Deno 2.9.6 send it. For
# URLSearchParams Bun sends the type. A server that requires a type answers 415 to Bun alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const sent = [];
const init = { method: 'POST', body: 'text' };
for (const [what, send] of [
  ['fetch(url, string)', () => fetch(url, init)],
  ['fetch(new Request)', () => fetch(new Request(url, init))],
  ['URLSearchParams', () => fetch(url, { method: 'POST', body: new URLSearchParams({ a: '1' }) })],
]) {
  const response = await send();
  sent.push(`${what}: ${await response.text()}`);
}
console.log(sent.join(', '));
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const type = /^content-type: *(.*)$/im.exec(request.toString('latin1'))?.[1] ?? 'none';
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${type.length}\r\nConnection: close\r\n\r\n${type}`);
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
node: fetch(url, string): text/plain;charset=UTF-8, fetch(new Request): text/plain;charset=UTF-8, URLSearchParams: application/x-www-form-urlencoded;charset=UTF-8
deno: fetch(url, string): text/plain;charset=UTF-8, fetch(new Request): text/plain;charset=UTF-8, URLSearchParams: application/x-www-form-urlencoded;charset=UTF-8
bun: fetch(url, string): none, fetch(new Request): none, URLSearchParams: application/x-www-form-urlencoded;charset=UTF-8
EOF
