package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier"
)

// The most bytes of an envelope in a request.
const maxEnvelope = 1 << 20

// prepareServer starts a server whose verifier keeps CRLs in memory, and writes its address. A part is a report of the
// state of the process.
func prepareServer(file []byte) (work, error) {
	var given struct {
		trust
		Envelopes []envelope `json:"envelopes"`
	}
	if err := json.Unmarshal(file, &given); err != nil {
		return nil, err
	}
	by, err := given.verifierWithCache()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { log.Fatal(http.Serve(listener, verifying(by, given.Envelopes))) }()
	delays := watchDelays()
	fmt.Println(listener.Addr())
	return func(part) error { return json.NewEncoder(os.Stdout).Encode(stateOf(delays)) }, nil
}

func (t trust) verifierWithCache() (notation.Verifier, error) {
	document, trusted, err := t.read()
	if err != nil {
		return nil, err
	}
	fetcher, err := crl.NewHTTPFetcher(http.DefaultClient)
	if err != nil {
		return nil, err
	}
	fetcher.Cache = &memory{}
	checker, err := revocation.NewWithOptions(revocation.Options{
		OCSPHTTPClient: http.DefaultClient, CRLFetcher: fetcher, CertChainPurpose: purpose.CodeSigning,
	})
	if err != nil {
		return nil, err
	}
	return verifier.NewWithOptions(document, trusted, nil, verifier.VerifierOptions{RevocationCodeSigningValidator: checker})
}

// memory keeps CRLs until they expire.
type memory struct{ bundles sync.Map }

func (m *memory) Get(_ context.Context, url string) (*crl.Bundle, error) {
	found, ok := m.bundles.Load(url)
	if !ok {
		return nil, crl.ErrCacheMiss
	}
	bundle := found.(*crl.Bundle)
	if time.Now().After(bundle.BaseCRL.NextUpdate) {
		return nil, crl.ErrCacheMiss
	}
	return bundle, nil
}

func (m *memory) Set(_ context.Context, url string, bundle *crl.Bundle) error {
	m.bundles.Store(url, bundle)
	return nil
}

// verifying answers requests with an envelope, whose number is their path, with the outcome.
func verifying(by notation.Verifier, envelopes []envelope) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if err := verifyRequest(by, envelopes, request); err != nil {
			http.Error(response, err.Error(), http.StatusForbidden)
			return
		}
		fmt.Fprint(response, "verified")
	})
}

func verifyRequest(by notation.Verifier, envelopes []envelope, request *http.Request) error {
	number, err := strconv.Atoi(request.URL.Path[1:])
	if err != nil || number >= len(envelopes) {
		return errors.New("there is no such envelope")
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxEnvelope))
	if err != nil {
		return err
	}
	given := envelopes[number]
	given.Bytes = body
	return verifyEnvelope(by, given)
}

// delays are those of a goroutine that sleeps for ten milliseconds again and again, like Node's monitor of its event loop.
type delays struct {
	sync.Mutex
	all []time.Duration
}

func watchDelays() *delays {
	watched := &delays{}
	const pause = 10 * time.Millisecond
	go func() {
		for {
			start := time.Now()
			time.Sleep(pause)
			watched.Lock()
			watched.all = append(watched.all, time.Since(start)-pause)
			watched.Unlock()
		}
	}()
	return watched
}

// state is what the server reports: the delays since the last report, and the heap after garbage collection.
type state struct {
	CPUMs     float64            `json:"cpuMs"`
	HeapBytes uint64             `json:"heapBytes"`
	PeakBytes int64              `json:"peakBytes"`
	DelayMs   map[string]float64 `json:"delayMs"`
}

func stateOf(watched *delays) state {
	cpu := inMs(processorTime())
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return state{CPUMs: cpu, HeapBytes: memory.HeapAlloc, PeakBytes: peakBytes(), DelayMs: watched.take()}
}

func (d *delays) take() map[string]float64 {
	d.Lock()
	defer d.Unlock()
	slices.Sort(d.all)
	at := func(share float64) float64 { return inMs(d.all[min(int(share*float64(len(d.all))), len(d.all)-1)]) }
	taken := map[string]float64{"p50": 0, "p99": 0, "max": 0}
	if len(d.all) > 0 {
		taken = map[string]float64{"p50": at(0.5), "p99": at(0.99), "max": at(1)}
	}
	d.all = nil
	return taken
}
