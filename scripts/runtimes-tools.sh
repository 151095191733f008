#!/usr/bin/env bash
# Gets the runtimes that `npm run runtimes` and `npm run bench` run the library in: Node in its newest version, Deno,
# Bun and workerd from npm, into .cache/runtimes; Chromium from Debian's packages, where none is installed.
#   bash scripts/runtimes-tools.sh
# Each is what the package's own publisher released; nothing is taken from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly directory=.cache/runtimes
readonly packages='node@latest deno@2.9.6 bun@1.4.5 workerd@1.20261117.1 playwright-core@1.65.1'

say() { printf 'runtimes-tools: %s\n' "$*"; }

# The packages' own installers fetch the binaries from npm, too.
if [ "$(cat "$directory/packages" 2>/dev/null)" != "$packages" ]; then
  rm -rf "$directory"
  mkdir -p "$directory"
  printf '{ "private": true }\n' > "$directory/package.json"
  # shellcheck disable=SC2086 # one word for each package
  npm install --prefix "$directory" --no-audit --no-fund --no-package-lock --loglevel=error $packages
  printf '%s\n' "$packages" > "$directory/packages"
fi

if ! command -v chromium > /dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium > /dev/null
  else
    say 'Chromium is missing: install the package chromium'
    exit 1
  fi
fi

readonly bin=$directory/node_modules/.bin
say "node: $(node --version) and $("$bin/node" --version)"
say "deno: $("$bin/deno" --version | head -n 1)"
say "bun: $("$bin/bun" --version)"
say "workerd: $("$bin/workerd" --version)"
say "chromium: $(chromium --version)"
