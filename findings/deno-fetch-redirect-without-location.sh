#!/usr/bin/env bash
# Deno 2.9.6: fetch loses the body of a redirect status that has no Location.
# RFC 9110 section 15.4 lets a 302 come without Location, and a proxy's login page or an error of a registry does so with an
# explanation in its body. The Fetch Standard then returns the response as it is. Node 20 and Bun 1.4.5 do; Deno gives the
# status and headers with an empty body, without an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const response = await fetch(url);
console.log(`${response.status}, content-length ${response.headers.get('content-length')}, body "${await response.text()}"`);
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    socket.end('HTTP/1.1 302 Found\r\nContent-Length: 13\r\nConnection: close\r\n\r\nlog in first.');
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
node: 302, content-length 13, body "log in first."
deno: 302, content-length 13, body ""
bun: 302, content-length 13, body "log in first."
EOF
