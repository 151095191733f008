#!/usr/bin/env bash
# Go 1.26.8: x509.ParseCertificate reads a certificate of version 1 that has extensions or unique identifiers, and drops them
# without an error: Extensions is empty.
# RFC 5280 (sections 4.1.2.1, 4.1.2.8 and 4.1.2.9): extensions require version 3, unique identifiers version 2. OpenSSL 3.0 shows the
# extensions of the same certificates, which are those of zlint 3.7.3: two readers see two certificates.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'EOF'
module versions
go 1.24
EOF
cat > main.go <<'EOF'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	for _, path := range os.Args[1:] {
		content, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		block, _ := pem.Decode(content)
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			fmt.Printf("Go, %s: %v\n", filepath.Base(path), err)
			continue
		}
		fmt.Printf("Go, %s: version %d, %d extensions\n", filepath.Base(path), certificate.Version, len(certificate.Extensions))
	}
}
EOF
zlint=$(GOFLAGS= GOWORK=off go mod download -json github.com/zmap/zlint/v3@v3.7.3 | sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p')
{
  GOWORK=off go run . "$zlint"/testdata/{certVersion2WithExtension,uniqueIdVersion1}.pem
  for name in certVersion2WithExtension uniqueIdVersion1; do
    text=$(openssl x509 -noout -text -in "$zlint/testdata/$name.pem")
    printf 'openssl, %s.pem: version %s, %s extensions\n' "$name" \
      "$(sed -n 's/.*Version: \([0-9]*\).*/\1/p' <<<"$text")" "$(grep -c '^            X509v3' <<<"$text")"
  done
} | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
Go, certVersion2WithExtension.pem: version 1, 0 extensions
Go, uniqueIdVersion1.pem: version 1, 0 extensions
openssl, certVersion2WithExtension.pem: version 1, 1 extensions
openssl, uniqueIdVersion1.pem: version 1, 9 extensions
EOF
