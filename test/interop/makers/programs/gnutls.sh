#!/usr/bin/env bash
# Makes what certtool of GnuTLS makes, from the keys and certificates of a directory: `gnutls.sh <kind> <variant> <directory>`.
set -euo pipefail
kind=$1 variant=$2
cd "$3"

# A certificate for signing and its root; the variant is the kind of key.
certify() {
  local key
  case $variant in
    EC-*) key=(--key-type ecdsa --curve "secp${variant#EC-}r1") ;;
    RSA-*) key=(--key-type rsa --bits "${variant#RSA-}") ;;
    RSASSA-PSS) key=(--key-type rsa-pss --bits 2048) ;;
  esac
  for name in root leaf; do
    certtool --generate-privkey --pkcs8 --password '' "${key[@]}" --outfile "$name.key"
    printf '%s\n' 'country = US' 'state = WA' 'organization = Notary' "cn = $name" 'expiration_days = 30' >"$name.tmpl"
  done
  printf '%s\n' ca cert_signing_key crl_signing_key >>root.tmpl
  printf '%s\n' signing_key code_signing_key >>leaf.tmpl
  certtool --generate-self-signed --load-privkey root.key --template root.tmpl --outfile root.crt
  certtool --generate-certificate --load-privkey leaf.key --template leaf.tmpl --load-ca-certificate root.crt \
    --load-ca-privkey root.key --outfile leaf.pem
  cat leaf.pem root.crt >leaf.crt
}

case $kind in
  key)
    case $variant in
      traditional) certtool --key-info --no-text --load-privkey leaf.key --outfile out ;;
      pkcs8) certtool --to-p8 --load-privkey leaf.key --password '' --outfile out ;;
      *) certtool --to-p8 --load-privkey leaf.key --password 'correct horse' --pkcs-cipher "$variant" --outfile out ;;
    esac
    ;;
  pkcs12)
    certtool --to-p12 --load-privkey leaf.key --load-certificate leaf.crt --load-ca-certificate ca.crt --p12-name signer \
      --password 'correct horse' --pkcs-cipher "$variant" --outder --outfile out
    ;;
  chain) certify ;;
  crl)
    printf '%s\n' 'crl_next_update = 1' 'crl_number = 1' >crl.tmpl
    revoked=()
    [[ $variant == revoked ]] && revoked=(--load-certificate leaf.crt)
    certtool --generate-crl --load-ca-privkey ca.key --load-ca-certificate ca.crt "${revoked[@]}" --template crl.tmpl \
      --outder --outfile out
    ;;
esac
