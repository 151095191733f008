#!/usr/bin/env bash
# certomancer 0.16.0: its CRLs have GeneralizedTime before 2050, and empty lists.
# RFC 5280 section 5.1.2.4 requires UTCTime for times until 2049. Section 5.1.2.6 requires that the list of revoked certificates
# is absent if there are none, and the extensions of an entry are one or more. CRLBuilder writes GeneralizedTime, and an empty
# SEQUENCE for either list. Strict readers reject such CRLs, and a suite that tests with them does not test the time type that
# CAs write.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check certomancer==0.16.0 asn1crypto==1.5.1

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=CA -keyout ca.key -out ca.crt -days 30 2> /dev/null
cat > crls.py <<'EOF'
from datetime import datetime, timezone

from asn1crypto import keys, pem, x509
from certomancer.services import CRLBuilder, choose_signed_digest

ca = x509.Certificate.load(pem.unarmor(open('ca.crt', 'rb').read())[2])
key = keys.PrivateKeyInfo.load(pem.unarmor(open('ca.key', 'rb').read())[2])
builder = CRLBuilder(ca.subject, key, choose_signed_digest('sha256', ca.public_key), ca.key_identifier_value)
times = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2036, 1, 1, tzinfo=timezone.utc)
entry = builder.format_revoked_cert(4711, None, times[0])
for name, entries in ('none', []), ('one', [entry]):
    open(name, 'wb').write(builder.build_crl(1, *times, entries).dump())
EOF
venv/bin/python crls.py

for name in none one; do
  echo "$name revoked:"
  openssl asn1parse -inform DER -in "$name" | sed -nE 's/.*(GENERALIZEDTIME|UTCTIME) *:.*/\1/p; s/.*l= *0 cons: SEQUENCE.*/empty SEQUENCE/p'
done | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
none revoked:
GENERALIZEDTIME
GENERALIZEDTIME
empty SEQUENCE
one revoked:
GENERALIZEDTIME
GENERALIZEDTIME
GENERALIZEDTIME
empty SEQUENCE
EOF
