package main

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"oras.land/oras-go/v2/registry/remote"
)

// prepareSweep verifies artifacts in a registry, several at a time, with one verifier.
func prepareSweep(file []byte) (work, error) {
	var given struct {
		trust
		References  []string `json:"references"`
		Concurrency int      `json:"concurrency"`
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return nil, err
	}
	create, err := given.verifiers()
	if err != nil {
		return nil, err
	}
	return func(some part) error {
		by, err := create()
		if err != nil {
			return err
		}
		return concurrently(given.Concurrency, some.Count, func(i int) error {
			return verifyArtifact(by, given.References[(some.From+i)%len(given.References)])
		})
	}, nil
}

// verifyArtifact opens a repository for each reference, as the CLI does; the connections are shared.
func verifyArtifact(by notation.Verifier, reference string) error {
	target, err := remote.NewRepository(reference)
	if err != nil {
		return err
	}
	target.PlainHTTP = true
	options := notation.VerifyOptions{ArtifactReference: reference, MaxSignatureAttempts: 50}
	_, _, err = notation.Verify(context.Background(), by, registry.NewRepository(target), options)
	return err
}

// concurrently calls a function for each index below a count and returns the first error.
func concurrently(limit, count int, do func(int) error) error {
	indexes := make(chan int)
	failures := make(chan error, count)
	var workers sync.WaitGroup
	for range limit {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range indexes {
				failures <- do(i)
			}
		}()
	}
	for i := range count {
		indexes <- i
	}
	close(indexes)
	workers.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}
