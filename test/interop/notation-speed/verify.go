package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"

	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

// trust is what a verifier is made of.
type trust struct {
	Policy json.RawMessage `json:"policy"`
	// Stores has the certificates of all named stores of a type.
	Stores map[string][][]byte `json:"stores"`
}

// envelope is a signature envelope, and what it is verified for.
type envelope struct {
	Bytes     []byte           `json:"bytes"`
	MediaType string           `json:"mediaType"`
	Reference string           `json:"reference"`
	Artifact  specs.Descriptor `json:"artifact"`
}

// stores are in memory, as those of the other side are.
type stores map[string][]*x509.Certificate

func (s stores) GetCertificates(_ context.Context, kind truststore.Type, _ string) ([]*x509.Certificate, error) {
	return s[string(kind)], nil
}

func prepareVerification(file []byte) (work, error) {
	var given struct {
		trust
		Envelopes []envelope `json:"envelopes"`
		// Fresh is "verifier" for a new one for each envelope, "trust" for a new trust store and policy as well.
		Fresh string `json:"fresh"`
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return nil, err
	}
	create, err := given.verifiers()
	if err != nil {
		return nil, err
	}
	current, err := create()
	if err != nil {
		return nil, err
	}
	return func(some part) error {
		for i := range some.Count {
			if given.Fresh == "trust" {
				if create, err = given.verifiers(); err != nil {
					return err
				}
			}
			if given.Fresh != "" || (some.Renew && i == 0) {
				if current, err = create(); err != nil {
					return err
				}
			}
			if err := verifyEnvelope(current, given.Envelopes[(some.From+i)%len(given.Envelopes)]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// verifiers returns a function that makes verifiers with this trust.
func (t trust) verifiers() (func() (notation.Verifier, error), error) {
	document, trusted, err := t.read()
	if err != nil {
		return nil, err
	}
	return func() (notation.Verifier, error) { return verifier.New(document, trusted, nil) }, nil
}

func (t trust) read() (*trustpolicy.Document, stores, error) {
	trusted := stores{}
	for kind, encoded := range t.Stores {
		certificates, err := parseChain(encoded)
		if err != nil {
			return nil, nil, err
		}
		trusted[kind] = certificates
	}
	var document trustpolicy.Document
	if err := json.Unmarshal(t.Policy, &document); err != nil {
		return nil, nil, err
	}
	return &document, trusted, nil
}

func verifyEnvelope(by notation.Verifier, given envelope) error {
	outcome, err := by.Verify(context.Background(), given.Artifact, given.Bytes, notation.VerifierVerifyOptions{
		ArtifactReference:  given.Reference + "@" + given.Artifact.Digest.String(),
		SignatureMediaType: given.MediaType,
	})
	if err != nil {
		return err
	}
	for _, result := range outcome.VerificationResults {
		if result.Error != nil {
			return fmt.Errorf("%s: %w", result.Type, result.Error)
		}
	}
	return nil
}
