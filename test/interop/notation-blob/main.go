// Command notation-blob signs and verifies blobs with the library of the second major version of notation, as its CLI
// does (`notation blob sign`, `notation blob verify`), which has no release that could be installed. The configuration is
// in NOTATION_CONFIG.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/signer"
	"github.com/notaryproject/notation-go/verifier"
)

var mediaTypes = map[string]string{"jws": "application/jose+json", "cose": "application/cose"}

// metadata gathers -m key=value.
type metadata map[string]string

func (m metadata) String() string { return "" }

func (m metadata) Set(pair string) error {
	key, value, found := strings.Cut(pair, "=")
	if !found {
		return fmt.Errorf("%q is no key=value", pair)
	}
	m[key] = value
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("notation-blob sign|verify|version"))
	}
	dir.UserConfigDir = os.Getenv("NOTATION_CONFIG")
	switch os.Args[1] {
	case "version":
		fmt.Println("notation-blob, over notation-go 2bc67e7695ef")
	case "sign":
		fail(sign(os.Args[2:]))
	case "verify":
		fail(verify(os.Args[2:]))
	default:
		fail(fmt.Errorf("%q is no command", os.Args[1]))
	}
}

func sign(arguments []string) error {
	flags := flag.NewFlagSet("sign", flag.ExitOnError)
	key := flags.String("key", "", "the private key, PEM")
	certificates := flags.String("certificates", "", "the certificate chain, PEM")
	format := flags.String("format", "jws", "jws or cose")
	mediaType := flags.String("media-type", "application/octet-stream", "what the blob is")
	expiry := flags.Duration("expiry", 0, "after which the signature expires")
	output := flags.String("output", "", "the signature file")
	signed := metadata{}
	flags.Var(signed, "m", "key=value of the user metadata")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	blobSigner, err := signer.NewGenericSignerFromFiles(*key, *certificates)
	if err != nil {
		return err
	}
	blob, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer blob.Close()
	envelope, _, err := notation.SignBlob(context.Background(), blobSigner, blob, notation.SignBlobOptions{
		SignerSignOptions: notation.SignerSignOptions{
			SignatureMediaType: mediaTypes[*format],
			ExpiryDuration:     expiry.Truncate(time.Second),
		},
		ContentMediaType: *mediaType,
		UserMetadata:     signed,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(*output, envelope, 0o600)
}

func verify(arguments []string) error {
	flags := flag.NewFlagSet("verify", flag.ExitOnError)
	format := flags.String("format", "jws", "jws or cose")
	mediaType := flags.String("media-type", "", "what the blob must be")
	policy := flags.String("policy-name", "", "the statement of the trust policy")
	path := flags.String("signature", "", "the signature file")
	wanted := metadata{}
	flags.Var(wanted, "m", "key=value that must be signed")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	signature, err := os.ReadFile(*path)
	if err != nil {
		return err
	}
	blob, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer blob.Close()
	blobVerifier, err := verifier.NewBlobVerifierFromConfig()
	if err != nil {
		return err
	}
	_, outcome, err := notation.VerifyBlob(context.Background(), blobVerifier, blob, signature, notation.VerifyBlobOptions{
		BlobVerifierVerifyOptions: notation.BlobVerifierVerifyOptions{
			SignatureMediaType: mediaTypes[*format],
			UserMetadata:       wanted,
			TrustPolicyName:    *policy,
		},
		ContentMediaType: *mediaType,
	})
	if err != nil {
		return err
	}
	logged := []string{}
	for _, result := range outcome.VerificationResults {
		if result.Error != nil {
			logged = append(logged, fmt.Sprintf("%s: %v", result.Type, result.Error))
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"verified": true, "logged": logged})
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "notation-blob:", err)
	os.Exit(1)
}
