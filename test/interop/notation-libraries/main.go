//go:debug x509negativeserial=1

// Command notation-libraries decides about envelopes, certificate chains, CRLs and OCSP responses with the libraries of the
// notation CLI 1.3.2. It reads one JSON document a line and answers each with one line, in their order. It sends no requests:
// the responses of what certificates point to are part of the task.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

// task is one line of the input.
type task struct {
	Kind string `json:"kind"`
	// Stores are trusted by all later tasks: named store to certificates.
	Stores map[string][][]byte `json:"stores"`

	// An envelope, and what it is to be verified for.
	Envelope  []byte           `json:"envelope"`
	MediaType string           `json:"mediaType"`
	Reference string           `json:"reference"`
	Target    specs.Descriptor `json:"target"`

	// Chain is a certificate chain, leaf first.
	Chain [][]byte `json:"chain"`
	// Responses of the addresses that certificates and CRLs point to.
	Responses map[string][]byte `json:"responses"`
	// SigningTime is the authentic signing time in milliseconds, if there is one.
	SigningTime int64 `json:"signingTime"`
}

// answer is one line of the output.
type answer struct {
	// Verdict is accepted, rejected, good, revoked or unknown.
	Verdict string `json:"verdict"`
	// Reason is why, unless it is accepted or good.
	Reason string `json:"reason,omitempty"`
	// Content is what was read, if it was accepted.
	Content any `json:"content,omitempty"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := json.NewEncoder(output).Encode(decide(line)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if lines.Buffered() == 0 {
			output.Flush()
		}
	}
}

func decide(line []byte) (decided answer) {
	defer func() {
		if recover() != nil {
			decided = answer{Verdict: "crashed"}
		}
	}()
	var given task
	if err := json.Unmarshal(line, &given); err != nil {
		return answer{Verdict: "misunderstood", Reason: err.Error()}
	}
	switch given.Kind {
	case "trust":
		return trust(given)
	case "envelope":
		return verifyEnvelope(given)
	case "certificate", "chain":
		return checkChain(given)
	case "revocation":
		return checkRevocation(given)
	}
	return answer{Verdict: "misunderstood", Reason: given.Kind}
}

func rejected(err error) answer {
	return answer{Verdict: "rejected", Reason: err.Error()}
}
