package main

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"

	core "github.com/notaryproject/notation-core-go/x509"
)

// certificateContent is what both sides read out of a certificate.
type certificateContent struct {
	Serial     string   `json:"serial"`
	Issuer     string   `json:"issuer"`
	Subject    string   `json:"subject"`
	NotBefore  int64    `json:"notBefore"`
	NotAfter   int64    `json:"notAfter"`
	PublicKey  string   `json:"publicKey"`
	Authority  bool     `json:"authority"`
	PathLength int      `json:"pathLength"`
	KeyUsage   int      `json:"keyUsage"`
	OCSP       []string `json:"ocsp"`
	CRL        []string `json:"crl"`
}

func parseChain(chain [][]byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for i, der := range chain {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i, err)
		}
		certificates = append(certificates, certificate)
	}
	return certificates, nil
}

func checkChain(given task) answer {
	certificates, err := parseChain(given.Chain)
	if err != nil {
		return rejected(err)
	}
	if given.Kind == "chain" {
		if err := core.ValidateCodeSigningCertChain(certificates, nil); err != nil {
			return rejected(err)
		}
	}
	contents := []certificateContent{}
	for _, certificate := range certificates {
		contents = append(contents, contentOf(certificate))
	}
	return answer{Verdict: "accepted", Content: contents}
}

func contentOf(certificate *x509.Certificate) certificateContent {
	pathLength := certificate.MaxPathLen
	if pathLength == 0 && !certificate.MaxPathLenZero {
		pathLength = -1
	}
	return certificateContent{
		Serial:     certificate.SerialNumber.Text(16),
		Issuer:     hex.EncodeToString(certificate.RawIssuer),
		Subject:    hex.EncodeToString(certificate.RawSubject),
		NotBefore:  certificate.NotBefore.UnixMilli(),
		NotAfter:   certificate.NotAfter.UnixMilli(),
		PublicKey:  hex.EncodeToString(certificate.RawSubjectPublicKeyInfo),
		Authority:  certificate.BasicConstraintsValid && certificate.IsCA,
		PathLength: pathLength,
		KeyUsage:   int(certificate.KeyUsage),
		OCSP:       inHex(certificate.OCSPServer),
		CRL:        inHex(certificate.CRLDistributionPoints),
	}
}

// inHex writes addresses so that JSON keeps bytes that are not UTF-8.
func inHex(addresses []string) []string {
	encoded := []string{}
	for _, address := range addresses {
		encoded = append(encoded, hex.EncodeToString([]byte(address)))
	}
	return encoded
}
