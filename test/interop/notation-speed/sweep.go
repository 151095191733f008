package main

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"oras.land/oras-go/v2/registry/remote"
)

// prepareSweep verifies artifacts in a repository, several at a time, with one verifier.
func prepareSweep(file []byte) (work, error) {
	var given struct {
		trust
		Repository  string   `json:"repository"`
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
		target, err := remote.NewRepository(given.Repository)
		if err != nil {
			return err
		}
		target.PlainHTTP = true
		repository := registry.NewRepository(target)
		return concurrently(given.Concurrency, some.Count, func(i int) error {
			reference := given.References[(some.From+i)%len(given.References)]
			_, _, err := notation.Verify(context.Background(), by, repository, notation.VerifyOptions{
				ArtifactReference: reference, MaxSignatureAttempts: 50,
			})
			return err
		})
	}, nil
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
