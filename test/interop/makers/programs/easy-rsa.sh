#!/usr/bin/env bash
# Makes what easy-rsa makes, from the keys and certificates of a directory: `easy-rsa.sh <kind> <variant> <directory>`.
set -euo pipefail
kind=$1 variant=$2
cd "$3"
export EASYRSA_PKI=$PWD/pki EASYRSA_BATCH=1 EASYRSA_ALGO=ec EASYRSA_CURVE=prime256v1 EASYRSA_DN=org EASYRSA_REQ_COUNTRY=US
export EASYRSA_REQ_PROVINCE=WA EASYRSA_REQ_ORG=Notary EASYRSA_REQ_CITY='' EASYRSA_REQ_OU='' EASYRSA_REQ_EMAIL=''
easyrsa init-pki

certify() {
  [[ $variant != critical ]] || export EASYRSA_EXTRA_EXTS='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
  EASYRSA_REQ_CN=root easyrsa build-ca nopass
  [[ $variant != critical ]] || export EASYRSA_EXTRA_EXTS='keyUsage=critical,digitalSignature'
  EASYRSA_REQ_CN=signer easyrsa gen-req signer nopass
  easyrsa sign-req code-signing signer
}

case $kind in
  chain)
    certify
    openssl x509 -in pki/ca.crt -out root.crt
    { openssl x509 -in pki/issued/signer.crt; cat root.crt; } >leaf.crt
    cp pki/private/signer.key leaf.key
    ;;
  pkcs12)
    certify
    EASYRSA_PASSOUT='pass:correct horse' easyrsa export-p12 signer
    cp pki/private/signer.p12 out
    ;;
  crl)
    cp ca.crt pki/ca.crt
    cp ca.key pki/private/ca.key
    mkdir -p pki/issued pki/certs_by_serial pki/revoked/{certs,private,reqs}_by_serial
    touch pki/index.txt{,.attr}
    echo 01 >pki/serial
    if [[ $variant == revoked ]]; then
      cp leaf.crt pki/issued/leaf.crt
      easyrsa revoke leaf keyCompromise
    fi
    easyrsa gen-crl
    openssl crl -in pki/crl.pem -outform DER -out out
    ;;
esac
