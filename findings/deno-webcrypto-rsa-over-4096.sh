#!/usr/bin/env bash
# Deno 2.9.6: crypto.subtle.importKey takes an RSA public key of more than 4096 bits, and verify then fails with a plain Error
# that calls the key malformed; node:crypto fails in the same way. Node 20 and Bun 1.4.5 verify. The verdict on a certificate
# chain with such a CA depends on the runtime, and the message blames the certificate.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const seen = [];
for (const bits of [4096, 4104]) {
  const modulus = btoa(String.fromCharCode(...new Uint8Array(bits / 8).fill(0xff)));
  const n = modulus.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const key = await crypto.subtle.importKey('jwk', { kty: 'RSA', n, e: 'AQAB' }, algorithm, false, ['verify']);
  const verified = crypto.subtle.verify(algorithm, key, new Uint8Array(bits / 8), new Uint8Array());
  const result = await verified.catch((error) => `${error.name}: ${error.message}`);
  seen.push(`${key.algorithm.modulusLength} -> ${result}`);
}
console.log(seen.join(', '));
EOF

{
  printf '%s: ' 'node'; node_modules/.bin/node client.mjs
  printf '%s: ' 'deno'; node_modules/.bin/deno run client.mjs
  printf '%s: ' 'bun'; node_modules/.bin/bun run client.mjs
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
node: 4096 -> false, 4104 -> false
deno: 4096 -> false, 4104 -> Error: public key error: SPKI cryptographic key data malformed
bun: 4096 -> false, 4104 -> false
EOF
