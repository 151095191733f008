#!/usr/bin/env bash
# NSS 3.87.1 (Debian 12: apt-get install libnss3-tools openssl): crlutil lists 2^63 - 1 instead of a longer serial number.
# Serial numbers have up to 160 bits (RFC 5280 section 4.1.2.2), and most CAs use more than 64 of them. `addcert` takes such a
# number without an error or a warning, and ends with 0; the CRL is valid, but does not revoke the certificate. Two such
# certificates make one entry twice. Compare the CRL with the certificate, or make CRLs by another tool.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
dpkg-query -W -f '${Version}\n' libnss3-tools | grep -q '3\.87\.1-' || { echo 'another version of NSS'; exit 1; }

certutil -N -d sql:. --empty-password
head -c 64 /dev/urandom > noise
certutil -S -d sql:. -n ca -s 'CN=CA,O=Example' -x -t CT,C,C -k ec -q nistp256 -z noise -m 1 --keyUsage certSigning,crlSigning \
  > /dev/null 2>&1

# listed SERIAL: what a CRL has that is to list that serial number.
listed() {
  printf 'update=20260101000000Z\nnextupdate=20360101000000Z\naddcert %s 20260101000000Z\n' "$1" > script
  rm -f crl
  crlutil -G -d sql:. -n ca -c script -o crl -B -Z SHA256 > /dev/null 2>&1 || :
  openssl crl -inform DER -in crl -noout -text | sed -n 's/ *Serial Number: //p'
}

{
  echo "4711: $(listed 4711)"
  echo "2^63 - 1: $(listed 9223372036854775807)"
  echo "2^63: $(listed 9223372036854775808)"
  echo "2^159: $(listed 730750818665451459101842416358141509827966271488)"
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
4711: 1267
2^63 - 1: 7FFFFFFFFFFFFFFF
2^63: 7FFFFFFFFFFFFFFF
2^159: 7FFFFFFFFFFFFFFF
EOF
