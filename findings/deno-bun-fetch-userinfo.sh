#!/usr/bin/env bash
# Deno 2.9.6 and Bun 1.4.5: fetch takes a URL with user and password and sends them as Basic credentials.
# The Fetch Standard (Request constructor) throws a TypeError for such a URL, and Node 20 does. Code that
# turns this error into a message about a badly written address never shows that message in Deno and Bun.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const url = (globalThis.Deno?.args ?? process.argv.slice(2))[0];

const address = url.replace('//', '//user:word@');
try {
  const response = await fetch(address);
  console.log(await response.text());
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
    const authorization = /^authorization: *(.*)$/im.exec(request.toString('latin1'))?.[1] ?? 'none';
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${authorization.length}\r\nConnection: close\r\n\r\n${authorization}`);
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
deno: Basic dXNlcjp3b3Jk
bun: Basic dXNlcjp3b3Jk
EOF
