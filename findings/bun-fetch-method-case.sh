#!/usr/bin/env bash
# Bun 1.4.5: fetch sends a GET where the method is 'Delete' or 'Put' in mixed case.
# The Fetch Standard (section "Methods", normalize) reads DELETE, GET, HEAD, OPTIONS, POST and PUT in any case and leaves
# other names as they are. Node 20 and Deno 2.9.6 do so. Bun knows the names only in all lower or all upper case; another
# spelling becomes GET without an error, so that a delete deletes nothing and is answered by 200. 'patch', which the
# standard leaves in lower case, is sent as PATCH.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const sent = [];
for (const method of ['delete', 'Delete', 'Put', 'patch']) {
  const response = await fetch(url, { method });
  sent.push(`${method} -> ${await response.text()}`);
}
console.log(sent.join(', '));
EOF

cat > run.mjs <<'EOF'
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    const method = request.toString('latin1').split(' ')[0];
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${method.length}\r\nConnection: close\r\n\r\n${method}`);
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
node: delete -> DELETE, Delete -> DELETE, Put -> PUT, patch -> patch
deno: delete -> DELETE, Delete -> DELETE, Put -> PUT, patch -> patch
bun: delete -> DELETE, Delete -> GET, Put -> GET, patch -> PATCH
EOF
