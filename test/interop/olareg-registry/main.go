// Command olareg-registry is a second peer with the referrers API: olareg, as its own program serves it, on a loopback
// port, which it prints. It ends with the process that started it, when its standard input closes.
package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	enabled := true
	settings := config.Config{
		Storage: config.ConfigStorage{StoreType: config.StoreMem},
		API:     config.ConfigAPI{DeleteEnabled: &enabled},
		Log:     slog.New(slog.DiscardHandler),
	}
	// As it serves by itself, but on a port that nobody else can take meanwhile.
	server := &http.Server{Handler: olareg.New(settings), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
