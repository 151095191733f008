#!/usr/bin/env bash
# Gets what `npm run runtimes`, `npm run packed` and `npm run bench` run the library with, into .cache/runtimes: Node in
# its maintained versions and its newest, Deno, Bun and workerd, and the bundlers and types that users have, all from npm;
# Chromium from Debian's packages, if none is installed.
#   bash scripts/runtimes-tools.sh
# Each is what the package's own publisher released; nothing is taken from elsewhere. The versions are those of this file;
# esbuild, rollup and TypeScript are those of package-lock.json, and wrangler is that of examples/edge-gateway.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly directory=.cache/runtimes
readonly nodes='node@latest node-24@npm:node@24.21.0 node-22@npm:node@22.23.3'
readonly runtimes='deno@2.9.6 bun@1.4.5 workerd@1.20261117.1 playwright-core@1.65.1'
readonly bundlers='webpack@5.113.0 vite@8.3.8 @rollup/plugin-commonjs@29.0.3 @rollup/plugin-json@6.1.0'
readonly types='@cloudflare/workers-types@5.20261117.1 typescript-newest@npm:typescript@7.0.2'
readonly packages="$nodes $runtimes $bundlers $types"

say() { printf 'runtimes-tools: %s\n' "$*"; }
# shellcheck source=scripts/browsers.sh
. scripts/browsers.sh

# install DIRECTORY PACKAGE...: the packages' own installers fetch the binaries from npm, too.
install() {
  local into=$1 pin="${*:2}"
  [ "$(cat "$into/packages" 2>/dev/null)" != "$pin" ] || return 0
  rm -rf "$into"
  mkdir -p "$into"
  printf '{ "private": true }\n' > "$into/package.json"
  npm install --prefix "$into" --no-audit --no-fund --no-package-lock --loglevel=error "${@:2}"
  printf '%s\n' "$pin" > "$into/packages"
}

# shellcheck disable=SC2086 # one word for each package
install "$directory" $packages
wrangler=$(node -p "require('./examples/edge-gateway/package.json').devDependencies.wrangler")
install .cache/wrangler "wrangler@$wrangler"

need_browser chromium

readonly modules=$directory/node_modules bin=$directory/node_modules/.bin
node_version() { "$modules/$1/bin/node" --version; }
say "node: $(node --version), $(node_version node-22), $(node_version node-24) and $(node_version node)"
say "deno: $("$bin/deno" --version | head -n 1)"
say "bun: $("$bin/bun" --version)"
say "workerd: $("$bin/workerd" --version)"
say "chromium: $(chromium --version)"
say "wrangler: $wrangler"
