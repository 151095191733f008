// Makes a timestamp token of digitorus/timestamp over the file `data` of a directory: `digitorus timestamp <hash> <directory>`.
package main

import (
	"crypto"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/digitorus/timestamp"
)

var hashes = map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512}

func main() {
	if err := run(os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(hashName, directory string) error {
	hash, known := hashes[hashName]
	if !known {
		return fmt.Errorf("unknown hash %q", hashName)
	}
	data, err := os.ReadFile(filepath.Join(directory, "data"))
	if err != nil {
		return err
	}
	authority, err := certificate(filepath.Join(directory, "ca.crt"))
	if err != nil {
		return err
	}
	tsa, err := certificate(filepath.Join(directory, "tsa.crt"))
	if err != nil {
		return err
	}
	key, err := privateKey(filepath.Join(directory, "tsa.key"))
	if err != nil {
		return err
	}
	hasher := crypto.SHA256.New()
	hasher.Write(data)
	made := timestamp.Timestamp{
		HashAlgorithm:     crypto.SHA256,
		HashedMessage:     hasher.Sum(nil),
		Time:              time.Now().UTC(),
		Accuracy:          time.Second,
		Nonce:             big.NewInt(7),
		Policy:            asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 55555, 3, 1},
		AddTSACertificate: true,
		Certificates:      []*x509.Certificate{authority},
	}
	response, err := made.CreateResponseWithOpts(tsa, key, hash)
	if err != nil {
		return err
	}
	var parts struct {
		Status asn1.RawValue
		Token  asn1.RawValue
	}
	if _, err := asn1.Unmarshal(response, &parts); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, "out"), parts.Token.FullBytes, 0o600)
}

func certificate(path string) (*x509.Certificate, error) {
	block, err := block(path)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(block)
}

func privateKey(path string) (crypto.Signer, error) {
	der, err := block(path)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, signs := key.(crypto.Signer)
	if !signs {
		return nil, fmt.Errorf("%s has a key that cannot sign", path)
	}
	return signer, nil
}

func block(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoded, _ := pem.Decode(content)
	if decoded == nil {
		return nil, fmt.Errorf("%s is not PEM", path)
	}
	return decoded.Bytes, nil
}
