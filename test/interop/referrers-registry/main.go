// Command referrers-registry is the peer with the referrers API: the in-memory OCI registry of CUE Labs on a loopback
// port, which it prints. It ends with the process that started it, when its standard input closes.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	// Lax, so that the tests can push signatures whose envelope is not there.
	backend := ocimem.NewWithConfig(&ocimem.Config{LaxChildReferences: true})
	server := &http.Server{Handler: ociserver.New(backend, nil), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
