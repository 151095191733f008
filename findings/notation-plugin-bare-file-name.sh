#!/usr/bin/env bash
# notation CLI 1.3.2: `notation plugin install --file notation-acme` fails for a plugin in the current directory, and
# `--file ./notation-acme` installs it.
# The flag is a path to a file, and the file is found and copied; then the program is started by that same string, which the
# Go runtime looks up in PATH if it has no slash. The error speaks of $PATH and of permissions, so that one looks for a fault
# in the plugin. The archive of the same plugin installs by its bare name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Debian's package of the CLI, from the mirror that apt is configured with.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 -E '/debian/?$')
/usr/lib/apt/apt-helper download-file "${mirror%/}/pool/main/g/golang-github-notaryproject-notation/notation_1.3.2-2_amd64.deb" notation.deb \
  SHA256:f99975ecb56869b85290b30322167d1392e7f7d4eebb40a8bec4386bb95a6789
dpkg -x notation.deb program
export XDG_CONFIG_HOME=$work/config

cat > notation-acme <<'EOF'
#!/bin/sh
echo '{"name":"acme","description":"a plugin","version":"1.0.0","url":"https://example.com","supportedContractVersions":["1.0"],"capabilities":["SIGNATURE_GENERATOR.RAW"]}'
EOF
chmod +x notation-acme
tar czf notation-acme.tar.gz notation-acme

install_from() {
  if program/usr/bin/notation plugin install --file "$1" > output.txt 2>&1; then
    printf '%s: installed\n' "$1"
    program/usr/bin/notation plugin uninstall --yes acme > /dev/null
  else
    printf '%s: %s\n' "$1" "$(grep -o 'exec: .*' output.txt || cat output.txt)"
  fi
}

{
  install_from notation-acme
  install_from ./notation-acme
  install_from notation-acme.tar.gz
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
notation-acme: exec: "notation-acme": executable file not found in $PATH.
./notation-acme: installed
notation-acme.tar.gz: installed
EOF
