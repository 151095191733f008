#!/usr/bin/env bash
# GnuTLS 3.7.9 (Debian 12: apt-get install gnutls-bin openssl): certtool writes an EC key that it read from PKCS #8 without its curve.
# `certtool --key-info --no-text --load-privkey` turns PKCS #8 into the older form, "EC PRIVATE KEY". In PKCS #8 the curve is
# outside of the ECPrivateKey, and its parameters are OPTIONAL there; the older form has nothing outside, so that
# RFC 5915 section 3 requires them. Neither openssl nor certtool itself reads such a file, and the command ends with 0. Keys that
# certtool generates in this form have the curve. (JcaPEMWriter of Bouncy Castle 1.85 does the same.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

readable() { openssl pkey -in "$1" -noout 2> /dev/null && echo readable || echo 'not readable'; }

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pkcs8.pem 2> /dev/null
certtool --key-info --no-text --load-privkey pkcs8.pem --outfile converted.pem
certtool --generate-privkey --no-text --key-type ecdsa --curve secp256r1 --outfile generated.pem 2> /dev/null
{
  certtool --version | head -1
  head -1 converted.pem
  echo "PKCS #8: $(readable pkcs8.pem)"
  echo "converted: $(readable converted.pem), $(openssl asn1parse -in converted.pem | grep -c OBJECT || :) curves"
  echo "generated: $(readable generated.pem), $(openssl asn1parse -in generated.pem | grep -c OBJECT) curve"
  certtool --key-info --load-privkey converted.pem > /dev/null 2>&1 || echo 'certtool cannot read it either'
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
certtool 3.7.9
-----BEGIN EC PRIVATE KEY-----
PKCS #8: readable
converted: not readable, 0 curves
generated: readable, 1 curve
certtool cannot read it either
EOF
