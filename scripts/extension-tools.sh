#!/usr/bin/env bash
# Gets the browsers that `npm run extension` runs the extension in: Chromium and Firefox ESR from Debian's packages. The
# program that drives them, puppeteer-core, is in package-lock.json and downloads no browser.
#   bash scripts/extension-tools.sh
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf 'extension-tools: %s\n' "$*"; }
# shellcheck source=scripts/browsers.sh
. scripts/browsers.sh

need_browser chromium
need_browser firefox-esr
say "chromium: $(chromium --version)"
say "firefox: $(firefox-esr --version)"
