package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	"github.com/notaryproject/notation-core-go/revocation/result"
)

// prepareRevocation checks whether leaves are revoked, each with a checker that has nothing in its cache.
func prepareRevocation(file []byte) (work, error) {
	var given struct {
		Chains [][][]byte `json:"chains"`
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return nil, err
	}
	var chains [][]*x509.Certificate
	for _, encoded := range given.Chains {
		chain, err := parseChain(encoded)
		if err != nil {
			return nil, err
		}
		chains = append(chains, chain)
	}
	return func(some part) error {
		for i := range some.Count {
			if err := checkRevocation(chains[(some.From+i)%len(chains)]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func parseChain(encoded [][]byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for _, der := range encoded {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

func checkRevocation(chain []*x509.Certificate) error {
	fetcher, err := crl.NewHTTPFetcher(http.DefaultClient)
	if err != nil {
		return err
	}
	checker, err := revocation.NewWithOptions(revocation.Options{
		OCSPHTTPClient: http.DefaultClient, CRLFetcher: fetcher, CertChainPurpose: purpose.CodeSigning,
	})
	if err != nil {
		return err
	}
	results, err := checker.ValidateContext(context.Background(), revocation.ValidateContextOptions{CertChain: chain})
	if err != nil {
		return err
	}
	if leaf := results[0]; leaf.Result != result.ResultOK {
		return fmt.Errorf("the leaf is %s: %v", leaf.Result, leaf.ServerResults)
	}
	return nil
}
