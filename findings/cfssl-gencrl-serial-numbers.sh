#!/usr/bin/env bash
# cfssl 1.6.5: `cfssl gencrl` reads serial numbers as decimal, ignores what is not, and still lists something.
# openssl, browsers and most CAs print serial numbers in hexadecimal. Such a line is not an error: one of digits only is taken
# for a decimal number, one with letters becomes what stood before the
# first letter, or 0. The command ends with 0, and the CRL does not revoke the certificate.
# The CRL has no CRL number either, which RFC 5280 section 5.2.3 requires.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/go GOFLAGS=-modcacherw
GOBIN=$work CGO_ENABLED=0 go install github.com/cloudflare/cfssl/cmd/cfssl@v1.6.5

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=CA -keyout ca.key -out ca.crt -days 30 2> /dev/null

# listed SERIAL: what a CRL has that is to list that serial number.
listed() {
  echo "$1" > serials
  ./cfssl gencrl serials ca.crt ca.key 86400 | base64 -d > crl
  openssl crl -inform DER -in crl -noout -text | sed -n 's/ *Serial Number: //p'
}

{
  echo "4711 in decimal: $(listed 4711)"
  echo "4711 in hexadecimal: $(listed 1267)"
  echo "BEEF: $(listed BEEF)"
  echo "12BEEF: $(listed 12BEEF)"
  echo "0xBEEF: $(listed 0xBEEF)"
  openssl crl -inform DER -in crl -noout -text | grep -q 'CRL Number' || echo 'no CRL number'
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
4711 in decimal: 1267
4711 in hexadecimal: 04F3
BEEF: 00
12BEEF: 0C
0xBEEF: 00
no CRL number
EOF
