#!/usr/bin/env bash
# Makes what the tools of NSS make, from the keys and certificates of a directory: `nss.sh <kind> <variant> <directory>`.
set -euo pipefail
kind=$1 variant=$2
cd "$3"
database=(-d sql:database)
mkdir database
certutil -N "${database[@]}" --empty-password

# import NAME FILE...: a key with its certificates, under a name.
import() {
  openssl pkcs12 -export -inkey "$2.key" -in "$2.crt" "${@:3}" -name "$1" -passout pass:once -out once.p12
  pk12util -i once.p12 "${database[@]}" -W once
}

# The serial number of a certificate in decimal, as crlutil wants it.
serial() { python3 -c 'import sys; print(int(sys.argv[1], 16))' "$(openssl x509 -in "$1.crt" -noout -serial | cut -d= -f2)"; }

# The time that many hours from now.
at() { date -u -d "$1 hours" +%Y%m%d%H%M%SZ; }

case $kind in
  pkcs12)
    import signer leaf -certfile ca.crt
    pk12util -o out -n signer "${database[@]}" -W 'correct horse' -c "$variant" -C "$variant"
    ;;
  chain)
    head -c 64 /dev/urandom >noise
    key=(-k ec -q nistp256)
    [[ $variant == RSA ]] && key=(-k rsa -g 2048)
    [[ $variant == RSA-PSS ]] && key=(-k rsa -g 2048 --pss)
    # Two questions about basic constraints: a CA, without a limit, critical.
    certutil -S "${database[@]}" -n root -s 'CN=root,O=Notary,ST=WA,C=US' -x -t CT,C,C "${key[@]}" -z noise -m 1 \
      --keyUsage certSigning,crlSigning,critical -2 <<<$'y\n-1\ny\n'
    certutil -S "${database[@]}" -n leaf -c root -s 'CN=signer,O=Notary,ST=WA,C=US' -t ,, "${key[@]}" -z noise -m 2 \
      --keyUsage digitalSignature,critical --extKeyUsage codeSigning
    certutil -L "${database[@]}" -n root -a >root.crt
    { certutil -L "${database[@]}" -n leaf -a; cat root.crt; } >leaf.crt
    pk12util -o leaf.p12 -n leaf "${database[@]}" -W once
    openssl pkcs12 -in leaf.p12 -passin pass:once -nodes -nocerts -out leaf.key
    ;;
  crl)
    import authority ca
    {
      printf 'update=%s\nnextupdate=%s\n' "$(at -1)" "$(at +24)"
      [[ $variant != revoked* ]] || printf 'addcert %s %s\n' "$(serial leaf)" "$(at -2)"
      [[ $variant != *reason ]] || printf 'addext reasonCode 0 1\n'
    } >script
    crlutil -G "${database[@]}" -n authority -c script -o out -B -Z SHA256
    ;;
esac
