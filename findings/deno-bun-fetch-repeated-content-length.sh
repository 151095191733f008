#!/usr/bin/env bash
# Deno 2.9.6 and Bun 1.4.5: a response that has Content-Length twice with one value is read, and headers.get gives "2, 2".
# RFC 9110 section 8.6 lets a recipient replace the repeated field by the one value, which it then reports; code that reads
# the size by Number(headers.get('content-length')) gets NaN, and a comparison with a limit passes or fails by its direction.
# Node 20 refuses such a response ("Duplicate Content-Length").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

try {
  const response = await fetch(url);
  const length = response.headers.get('content-length');
  console.log(`${await response.text()}, "${length}", ${Number(length)}`);
} catch (error) {
  console.log(error.name);
}
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
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
node: TypeError
deno: ok, "2, 2", NaN
bun: ok, "2, 2", NaN
EOF
