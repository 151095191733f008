#!/usr/bin/env bash
# tspclient-go 1.0.0, which the notation CLI 1.3.2 reads timestamps with, rejects every token of Microsoft's timestamp
# authority: such a token carries a certificate of another kind, an attribute certificate of version 1, next to the X.509 ones.
# RFC 5652 (section 10.2.2) allows it: "certificates" is a set of CertificateChoices, of which X.509 certificates are one, and
# section 5.1 has a version for it. `openssl cms` reads the tokens; `openssl ts` rejects them too: it knows PKCS #7 only.
# Seen in the signatures of WebView2Loader.dll (in pywebview 5.4) and attach_x86.dll (in debugpy 1.8.9).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip download -q --no-deps --only-binary :all: --platform win_amd64 --python-version 3.11 \
  --disable-pip-version-check -d . pywebview==5.4 debugpy==1.8.9
for wheel in *.whl; do python3 -m zipfile -e "$wheel" .; done

cat > go.mod <<'EOF'
module token
go 1.24
EOF
cat > main.go <<'EOF'
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/notaryproject/tspclient-go"
)

// The token is the last CMS signed data of the file: it is in an unsigned attribute of the signature.
func main() {
	program, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	signedData, _ := hex.DecodeString("06092a864886f70d010702")
	at := bytes.LastIndex(program, signedData)
	token := program[at-4 : at+int(binary.BigEndian.Uint16(program[at-2:]))]
	if err := os.WriteFile("token.der", token, 0o600); err != nil {
		panic(err)
	}
	if _, err := tspclient.ParseSignedToken(token); err != nil {
		fmt.Println("tspclient-go:", err)
		return
	}
	fmt.Println("tspclient-go: read")
}
EOF
GOFLAGS=-mod=mod GOWORK=off go get github.com/notaryproject/tspclient-go@v1.0.0 2>/dev/null
GOFLAGS=-mod=mod GOWORK=off go build -o token .

for program in webview/lib/runtimes/win-x64/native/WebView2Loader.dll \
  debugpy/_vendored/pydevd/pydevd_attach_to_process/attach_x86.dll; do
  basename "$program"
  ./token "$program"
  printf 'openssl cms: %s of version 1\n' \
    "$(openssl cms -cmsout -inform DER -in token.der -noout -print | sed -n 's/.*d\.v1AttrCert:.*/an attribute certificate/p')"
  openssl ts -reply -token_in -in token.der -text >/dev/null 2>&1 && echo 'openssl ts: read' || echo 'openssl ts: rejected'
done | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
WebView2Loader.dll
tspclient-go: cms: syntax error: failed to parse X.509 certificates from signed data. Only X.509 certificates are supported: x509: malformed certificate
openssl cms: an attribute certificate of version 1
openssl ts: rejected
attach_x86.dll
tspclient-go: cms: syntax error: failed to parse X.509 certificates from signed data. Only X.509 certificates are supported: x509: malformed certificate
openssl cms: an attribute certificate of version 1
openssl ts: rejected
EOF
