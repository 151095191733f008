// Command go-readers reads certificates, CRLs, OCSP responses, timestamp tokens and PKCS #12 files with the libraries that Go
// programs use, the notation CLI 1.3.2 among them. It reads one JSON document a line and answers each with one line, in their
// order: why the file is rejected, or an empty string. Nothing is verified.
package main

// The notation CLI 1.3.2 was built with the default of that time, as go.mod of notation has it.
//go:debug x509negativeserial=1

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/notaryproject/tspclient-go"
	"golang.org/x/crypto/ocsp"
	"software.sslmate.com/src/go-pkcs12"
)

// file is one line of the input.
type file struct {
	Kind       string `json:"kind"`
	Content    []byte `json:"content"`
	Passphrase string `json:"passphrase"`
}

func main() {
	lines := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for lines.More() {
		var next file
		if err := lines.Decode(&next); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		reason := ""
		if err := read(next); err != nil {
			reason = err.Error()
		}
		if err := json.NewEncoder(output).Encode(reason); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func read(next file) error {
	switch next.Kind {
	case "certificate":
		return eachBlock(next.Content, "CERTIFICATE", func(der []byte) error {
			_, err := x509.ParseCertificate(der)
			return err
		})
	case "CRL":
		return eachBlock(next.Content, "X509 CRL", func(der []byte) error {
			_, err := x509.ParseRevocationList(der)
			return err
		})
	case "OCSP response":
		return readOCSP(next.Content)
	case "timestamp token":
		return readToken(next.Content)
	case "PKCS #12":
		return readPKCS12(next.Content, next.Passphrase)
	default:
		return fmt.Errorf("unknown kind %q", next.Kind)
	}
}

// eachBlock reads a file without PEM as DER.
func eachBlock(content []byte, label string, read func([]byte) error) error {
	found := false
	for rest := content; ; {
		block, next := pem.Decode(rest)
		if block == nil {
			break
		}
		rest = next
		if block.Type != label {
			continue
		}
		found = true
		if err := read(block.Bytes); err != nil {
			return err
		}
	}
	if found {
		return nil
	}
	return read(content)
}

// readOCSP takes an answer without a status for one that can be read.
func readOCSP(content []byte) error {
	_, err := ocsp.ParseResponse(content, nil)
	var refusal ocsp.ResponseError
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

func readToken(content []byte) error {
	token, err := tspclient.ParseSignedToken(content)
	if err != nil {
		return err
	}
	_, err = token.Info()
	return err
}

func readPKCS12(content []byte, passphrase string) error {
	_, _, _, err := pkcs12.DecodeChain(content, passphrase)
	return err
}
