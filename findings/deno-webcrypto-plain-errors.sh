#!/usr/bin/env bash
# Deno 2.9.6: crypto.subtle fails with a plain Error where the Web Cryptography API requires a DOMException.
# RSA-PSS with a salt that does not fit into the key, and ECDSA over P-384 with SHA-1: code that branches on error.name
# ('OperationError', 'NotSupportedError') or on instanceof DOMException misses both. Node 20 and Bun 1.4.5 reject the salt with an
# OperationError, and sign with P-384 and SHA-1, which Deno does not do.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const { subtle } = crypto;
const data = new Uint8Array(8);
const describe = async (work) => {
  try {
    return `${(await work()).byteLength} bytes`;
  } catch (error) {
    return `${error.name}${error instanceof DOMException ? ' (DOMException)' : ''}`;
  }
};
const rsa = await subtle.generateKey(
  { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  false,
  ['sign', 'verify'],
);
const ec = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
const salt = await describe(() => subtle.sign({ name: 'RSA-PSS', saltLength: 223 }, rsa.privateKey, data));
const sha1 = await describe(() => subtle.sign({ name: 'ECDSA', hash: 'SHA-1' }, ec.privateKey, data));
console.log(`salt of 223 bytes: ${salt}, P-384 with SHA-1: ${sha1}`);
EOF

{
  printf '%s: ' 'node'; node_modules/.bin/node client.mjs
  printf '%s: ' 'deno'; node_modules/.bin/deno run --allow-net --allow-sys client.mjs
  printf '%s: ' 'bun'; node_modules/.bin/bun run client.mjs
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
node: salt of 223 bytes: OperationError (DOMException), P-384 with SHA-1: 96 bytes
deno: salt of 223 bytes: Error, P-384 with SHA-1: Error
bun: salt of 223 bytes: OperationError (DOMException), P-384 with SHA-1: 96 bytes
EOF
