#!/usr/bin/env bash
# rcgen 0.14.10: a name keeps only the last of several attributes of one type, so that what a loaded CA issues names another CA.
# `DistinguishedName` is a map by type. Issuer::from_ca_cert_pem reads the name of a CA into it: DC=com, DC=example becomes
# DC=example, without an error. The certificates and CRLs that it signs then have an issuer that does not exist, and no verifier
# finds their CA. Names with several DC (Active Directory) or OU are common.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 \
  -subj /DC=com/DC=example/OU=one/OU=two/CN=CA -addext keyUsage=critical,keyCertSign 2> /dev/null

mkdir src
cat > Cargo.toml <<'EOF'
[package]
name = "issue"
version = "0.0.0"
edition = "2021"

[dependencies]
rcgen = { version = "=0.14.10", features = ["x509-parser"] }
EOF
cat > src/main.rs <<'EOF'
use rcgen::{CertificateParams, Issuer, KeyPair};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = KeyPair::from_pem(&std::fs::read_to_string("ca.key")?)?;
    let issuer = Issuer::from_ca_cert_pem(&std::fs::read_to_string("ca.crt")?, key)?;
    let leaf = CertificateParams::new(vec!["leaf.example".to_string()])?.signed_by(&KeyPair::generate()?, &issuer)?;
    std::fs::write("leaf.crt", leaf.pem())?;
    Ok(())
}
EOF
cargo run --quiet

{
  openssl x509 -in ca.crt -noout -subject -nameopt RFC2253
  openssl x509 -in leaf.crt -noout -issuer -nameopt RFC2253
  openssl verify -CAfile ca.crt leaf.crt > /dev/null 2>&1 || echo 'openssl finds no issuer'
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
subject=CN=CA,OU=two,OU=one,DC=example,DC=com
issuer=CN=CA,OU=two,DC=example
openssl finds no issuer
EOF
