#!/usr/bin/env bash
# NSS 3.87.1 (Debian 12: apt-get install libnss3-tools openssl): crlutil writes CRL number and reason code without their type.
# The values of these extensions are DER of an INTEGER and an ENUMERATED (RFC 5280 sections 5.2.3 and 5.3.1): 02 01 01 and
# 0A 01 01. `addext crlNumber 0 1` and `addext reasonCode 0 1`, as the manual has them, write the bare byte 01. openssl shows
# it as `.`, and a strict reader rejects the CRL. And times before 2050 are GeneralizedTime, where section 5.1.2.4 requires
# UTCTime.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
dpkg-query -W -f '${Version}\n' libnss3-tools | grep -q '3\.87\.1-' || { echo 'another version of NSS'; exit 1; }

certutil -N -d sql:. --empty-password
head -c 64 /dev/urandom > noise
certutil -S -d sql:. -n ca -s 'CN=CA,O=Example' -x -t CT,C,C -k ec -q nistp256 -z noise -m 1 --keyUsage certSigning,crlSigning \
  > /dev/null 2>&1
cat > script <<'EOF'
update=20260101000000Z
nextupdate=20360101000000Z
addcert 4711 20260101000000Z
addext reasonCode 0 1
addext crlNumber 0 1
EOF
crlutil -G -d sql:. -n ca -c script -o crl -B -Z SHA256 > /dev/null 2>&1

openssl asn1parse -inform DER -in crl | sed -nE 's/.*(GENERALIZEDTIME|UTCTIME) *:(.*)/\1 \2/p; /CRL (Number|Reason)/{s/.*:X509v3 //;N;s/\n.*HEX DUMP\]:/ /p}' |
  tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
GENERALIZEDTIME 20260101000000Z
GENERALIZEDTIME 20360101000000Z
GENERALIZEDTIME 20260101000000Z
CRL Reason Code 01
CRL Number 01
EOF
