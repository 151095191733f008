#!/usr/bin/env bash
# Bun 1.4.5: the URL parser rejects IPv6 addresses that end in an IPv4 address where "::" stands for two groups.
# "[1::0:0:0:1.2.3.4]" has one group, "::", three groups and the four bytes that count as two: RFC 4291 section 2.2 and the
# URL Standard accept it, and Node 20 and Deno 2.9.6 write it as [1::102:304]. Bun accepts it where "::" stands for three
# groups or more. An address list that is checked in one runtime is malformed in another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{ "private": true }\n' > package.json
npm install --no-audit --no-fund --loglevel=error node@20.20.2 deno@2.9.6 bun@1.4.5

cat > client.mjs <<'EOF'
const hosts = ['[1::0:0:1.2.3.4]', '[1::0:0:0:1.2.3.4]', '[1::0:0:0:102:304]'];
const read = hosts.map((host) => (URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : 'rejected'));
console.log(hosts.map((host, index) => `${host} ${read[index]}`).join(', '));
EOF

{
  printf '%s: ' 'node'; node_modules/.bin/node client.mjs
  printf '%s: ' 'deno'; node_modules/.bin/deno run --allow-net --allow-sys client.mjs
  printf '%s: ' 'bun'; node_modules/.bin/bun run client.mjs
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
node: [1::0:0:1.2.3.4] [1::102:304], [1::0:0:0:1.2.3.4] [1::102:304], [1::0:0:0:102:304] [1::102:304]
deno: [1::0:0:1.2.3.4] [1::102:304], [1::0:0:0:1.2.3.4] [1::102:304], [1::0:0:0:102:304] [1::102:304]
bun: [1::0:0:1.2.3.4] [1::102:304], [1::0:0:0:1.2.3.4] rejected, [1::0:0:0:102:304] [1::102:304]
EOF
