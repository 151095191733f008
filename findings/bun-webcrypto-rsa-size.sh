#!/usr/bin/env bash
# Bun 1.4.5: crypto.subtle.generateKey rounds the length of an RSA modulus down to a multiple of 128 bits.
# A request for 3000 bits gives a key of 2944 bits, one for 2056 gives 2048, without an error; key.algorithm.modulusLength
# tells the truth. Node 20 and Deno 2.9.6 make the requested length. A rule such as "at least 3000 bits" that is
# checked on the request passes, and fails on the key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const made = [];
for (const modulusLength of [2048, 2056, 3000, 3072]) {
  const { publicKey } = await crypto.subtle.generateKey(
    { name: 'RSA-PSS', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  );
  const { n } = await crypto.subtle.exportKey('jwk', publicKey);
  const bytes = Uint8Array.from(atob(n.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const bits = bytes.length * 8 - Math.clz32(bytes[0]) + 24;
  made.push(`${modulusLength} -> ${bits} (${publicKey.algorithm.modulusLength})`);
}
console.log(made.join(', '));
EOF

{
  printf '%s: ' 'node'; node_modules/.bin/node client.mjs
  printf '%s: ' 'deno'; node_modules/.bin/deno run --allow-net --allow-sys client.mjs
  printf '%s: ' 'bun'; node_modules/.bin/bun run client.mjs
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
node: 2048 -> 2048 (2048), 2056 -> 2056 (2056), 3000 -> 3000 (3000), 3072 -> 3072 (3072)
deno: 2048 -> 2048 (2048), 2056 -> 2056 (2056), 3000 -> 3000 (3000), 3072 -> 3072 (3072)
bun: 2048 -> 2048 (2048), 2056 -> 2048 (2048), 3000 -> 2944 (2944), 3072 -> 3072 (3072)
EOF
