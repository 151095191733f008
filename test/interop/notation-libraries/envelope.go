package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

// The same policy is in envelopes.ts.
const policy = `{"version":"1.0","trustPolicies":[
  {"name":"plain","registryScopes":["registry.example.com/plain"],"trustedIdentities":["*"],
   "trustStores":["ca:differential","signingAuthority:differential"],
   "signatureVerification":{"level":"strict","override":{"revocation":"skip"}}},
  {"name":"stamped","registryScopes":["registry.example.com/stamped"],"trustedIdentities":["*"],
   "trustStores":["ca:differential","signingAuthority:differential","tsa:differential"],
   "signatureVerification":{"level":"strict","override":{"revocation":"skip"},"verifyTimestamp":"always"}}]}`

type stores map[string][]*x509.Certificate

func (s stores) GetCertificates(_ context.Context, kind truststore.Type, _ string) ([]*x509.Certificate, error) {
	return s[string(kind)], nil
}

var artifacts notation.Verifier

func trust(given task) answer {
	trusted := stores{}
	for kind, certificates := range given.Stores {
		for _, der := range certificates {
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				return rejected(err)
			}
			trusted[kind] = append(trusted[kind], certificate)
		}
	}
	var document trustpolicy.Document
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return rejected(err)
	}
	offline := &http.Client{Transport: responses{}}
	timestamping, err := revocation.NewWithOptions(revocation.Options{
		OCSPHTTPClient: offline, CRLFetcher: fetcherOf(offline), CertChainPurpose: purpose.Timestamping,
	})
	if err != nil {
		return rejected(err)
	}
	artifacts, err = verifier.NewWithOptions(&document, trusted, nil, verifier.VerifierOptions{
		RevocationTimestampingValidator: timestamping,
	})
	if err != nil {
		return rejected(err)
	}
	return answer{Verdict: "accepted"}
}

// envelopeContent is what both sides read out of an envelope.
type envelopeContent struct {
	Scheme      string           `json:"scheme"`
	SigningTime int64            `json:"signingTime"`
	Expiry      int64            `json:"expiry,omitempty"`
	Agent       string           `json:"agent,omitempty"`
	Extended    []any            `json:"extended"`
	Chain       int              `json:"chain"`
	Artifact    specs.Descriptor `json:"artifact"`
}

// withCertificates adds why a certificate cannot be read, which the libraries leave out for COSE.
func withCertificates(err error, chain [][]byte) error {
	_, unreadable := parseChain(chain)
	return errors.Join(err, unreadable)
}

func verifyEnvelope(given task) answer {
	outcome, err := artifacts.Verify(context.Background(), given.Target, given.Envelope, notation.VerifierVerifyOptions{
		ArtifactReference:  given.Reference + "@" + string(given.Target.Digest),
		SignatureMediaType: given.MediaType,
	})
	if err != nil {
		return rejected(withCertificates(err, given.Chain))
	}
	// notation.Verify ignores a failed step only if the policy says so; this policy enforces every step.
	for _, result := range outcome.VerificationResults {
		if result.Error != nil {
			return rejected(errors.Join(fmt.Errorf("%s", result.Type), result.Error))
		}
	}
	signer := outcome.EnvelopeContent.SignerInfo
	signed := signer.SignedAttributes
	content := envelopeContent{
		Scheme:      string(signed.SigningScheme),
		SigningTime: signed.SigningTime.UnixMilli(),
		Agent:       signer.UnsignedAttributes.SigningAgent,
		Chain:       len(signer.CertificateChain),
		Extended:    []any{},
	}
	if !signed.Expiry.IsZero() {
		content.Expiry = signed.Expiry.UnixMilli()
	}
	for _, attribute := range signed.ExtendedAttributes {
		content.Extended = append(content.Extended, []any{fmt.Sprint(attribute.Key), attribute.Critical})
	}
	var payload struct {
		TargetArtifact specs.Descriptor `json:"targetArtifact"`
	}
	if err := json.Unmarshal(outcome.EnvelopeContent.Payload.Content, &payload); err != nil {
		return rejected(err)
	}
	content.Artifact = specs.Descriptor{
		MediaType:   payload.TargetArtifact.MediaType,
		Digest:      payload.TargetArtifact.Digest,
		Size:        payload.TargetArtifact.Size,
		Annotations: payload.TargetArtifact.Annotations,
	}
	return answer{Verdict: "accepted", Content: content}
}
