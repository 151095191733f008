#!/usr/bin/env bash
# Deno 2.9.6 and Bun 1.4.5: fetch fails on a response with many headers, however short they are.
# Deno takes 100 and fails at 101 ("message head is too large", for 2 KiB); Bun takes 256 and fails at 257
# ("Malformed_HTTP_Response"). Node 20 takes 400. Gateways that add a header for each policy or timing reach 100.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const taken = [];
for (const headers of [100, 101, 256, 257, 400]) {
  try {
    const response = await fetch(`${url}${headers}`);
    taken.push(`${headers} ${await response.text()}`);
  } catch (error) {
    taken.push(`${headers} ${error.name}`);
  }
}
console.log(taken.join(', '));
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const headers = Number(request.toString('latin1').split(' ')[1].slice(1));
    const fields = Array.from({ length: headers - 2 }, (_, index) => `X-${index}: 1\r\n`).join('');
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n${fields}\r\nok`);
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
node: 100 ok, 101 ok, 256 ok, 257 ok, 400 ok
deno: 100 ok, 101 TypeError, 256 TypeError, 257 TypeError, 400 TypeError
bun: 100 ok, 101 ok, 256 ok, 257 TypeError, 400 TypeError
EOF
