#!/usr/bin/env bash
# Makes what cfssl makes, from the keys and certificates of a directory: `cfssl.sh <kind> <variant> <directory>`.
set -euo pipefail
kind=$1 variant=$2
cd "$3"

# member NAME: a string of the JSON on standard input.
member() { node -p "JSON.parse(require('fs').readFileSync(0))['$1']"; }

# request NAME: a request for a certificate of that name, with a key of the variant.
request() {
  printf '{ "CN": "%s", "key": { "algo": "%s", "size": %s }, "names": [{ "C": "US", "ST": "WA", "O": "Notary" }] }' \
    "$1" "${variant% *}" "${variant#* }"
}

case $kind in
  chain)
    request root | cfssl gencert -initca - >root.json
    member cert <root.json >root.crt
    member key <root.json >root.key
    printf '{ "signing": { "default": { "usages": ["digital signature", "code signing"], "expiry": "240h" } } }' >config.json
    request signer | cfssl gencert -ca root.crt -ca-key root.key -config config.json - >leaf.json
    member key <leaf.json >leaf.key
    { member cert <leaf.json; cat root.crt; } >leaf.crt
    ;;
  crl)
    serial=4711
    # A serial number is read as decimal.
    [[ $variant == revoked ]] && serial=$(cfssl certinfo -cert leaf.crt | member serial_number)
    echo "$serial" >serials
    cfssl gencrl serials ca.crt ca.key 86400 | base64 -d >out
    ;;
  ocsp)
    cfssl ocspsign -ca ca.crt -responder "$(ls responder.crt ca.crt 2>/dev/null | tail -1)" \
      -responder-key "$(ls responder.key ca.key 2>/dev/null | tail -1)" -cert leaf.crt -status "$variant" \
      -reason keyCompromise |
      member ocspResponse | base64 -d >out
    ;;
esac
