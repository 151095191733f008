package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	"golang.org/x/crypto/ocsp"
)

// responses answers requests by the start of their address: OCSP adds the request to it.
type responses map[string][]byte

func (r responses) RoundTrip(request *http.Request) (*http.Response, error) {
	for address, body := range r {
		if strings.HasPrefix(strings.ToLower(request.URL.String()), address) {
			return &http.Response{
				StatusCode: http.StatusOK, Request: request, Body: io.NopCloser(bytes.NewReader(body)),
			}, nil
		}
	}
	return nil, errors.New("there is no response for this address")
}

func fetcherOf(client *http.Client) crl.Fetcher {
	fetcher, err := crl.NewHTTPFetcher(client)
	if err != nil {
		panic(err)
	}
	return fetcher
}

// revocationContent is what both sides read out of an OCSP response that decided.
type revocationContent struct {
	RevokedAt int64 `json:"revokedAt,omitempty"`
	Reason    int   `json:"reason,omitempty"`
}

func checkRevocation(given task) answer {
	chain, err := parseChain(given.Chain)
	if err != nil {
		return rejected(err)
	}
	client := &http.Client{Transport: responses(given.Responses)}
	checker, err := revocation.NewWithOptions(revocation.Options{
		OCSPHTTPClient: client, CRLFetcher: fetcherOf(client), CertChainPurpose: purpose.CodeSigning,
	})
	if err != nil {
		return rejected(err)
	}
	options := revocation.ValidateContextOptions{CertChain: chain}
	if given.SigningTime != 0 {
		options.AuthenticSigningTime = time.UnixMilli(given.SigningTime)
	}
	results, err := checker.ValidateContext(context.Background(), options)
	if err != nil {
		return rejected(err)
	}
	leaf := results[0]
	verdicts := map[string]string{"OK": "good", "NonRevokable": "good", "Revoked": "revoked", "Unknown": "unknown"}
	decided := answer{Verdict: verdicts[leaf.Result.String()]}
	for _, server := range leaf.ServerResults {
		if server.Error != nil {
			decided.Reason = server.Error.Error()
		}
	}
	if decided.Verdict == "revoked" {
		decided.Content = revokedContent(given.Responses, chain)
	}
	return decided
}

// revokedContent reads when and why a certificate was revoked out of an OCSP response, if there is one.
func revokedContent(bodies map[string][]byte, chain []*x509.Certificate) any {
	for _, address := range chain[0].OCSPServer {
		response, err := ocsp.ParseResponseForCert(bodies[address], chain[0], chain[1])
		if err == nil {
			reason := response.RevocationReason
			if reason < 0 || reason == 7 || reason > 10 { // RFC 5280 has no such reason
				reason = 0
			}
			return revocationContent{RevokedAt: response.RevokedAt.UnixMilli(), Reason: reason}
		}
	}
	return nil
}
