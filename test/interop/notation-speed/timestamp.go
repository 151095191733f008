package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"

	core "github.com/notaryproject/notation-core-go/x509"
	"github.com/notaryproject/tspclient-go"
)

// prepareTimestamp verifies RFC 3161 tokens as notation-go does: the token, its time, and the chain of its TSA.
func prepareTimestamp(file []byte) (work, error) {
	var given struct {
		Roots  [][]byte `json:"roots"`
		Tokens []struct {
			Token     []byte `json:"token"`
			Signature []byte `json:"signature"`
		} `json:"tokens"`
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return nil, err
	}
	trusted, err := parseChain(given.Roots)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	for _, root := range trusted {
		roots.AddCert(root)
	}
	return func(some part) error {
		for i := range some.Count {
			item := given.Tokens[(some.From+i)%len(given.Tokens)]
			if err := verifyToken(item.Token, item.Signature, roots); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func verifyToken(encoded, signature []byte, roots *x509.CertPool) error {
	token, err := tspclient.ParseSignedToken(encoded)
	if err != nil {
		return err
	}
	info, err := token.Info()
	if err != nil {
		return err
	}
	timestamp, err := info.Validate(signature)
	if err != nil {
		return err
	}
	chain, err := token.Verify(context.Background(), x509.VerifyOptions{CurrentTime: timestamp.Value, Roots: roots})
	if err != nil {
		return err
	}
	if len(chain) == 0 {
		return errors.New("the token has no chain")
	}
	return core.ValidateTimestampingCertChain(chain)
}
