// Command aws-kms is the peer of `createAwsKmsSigner`: local-kms, a double of AWS KMS that signs with real keys, behind
// what it lacks: requests must be signed as Signature Version 4 requires, which the AWS SDK checks, and a user
// that only reads may not sign. It listens on a free port of 127.0.0.1, which it prints, and ends with the process that
// started it, when its standard input closes.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/nsmithuk/local-kms/src"
	"github.com/nsmithuk/local-kms/src/config"
	"github.com/nsmithuk/local-kms/src/data"
)

// configuration is what the environment gives as AWS_KMS, in JSON.
type configuration struct {
	Directory string `json:"directory"`
	Region    string `json:"region"`
	Users     []user `json:"users"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("local-kms", version())
		return
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	var settings configuration
	if err := json.Unmarshal([]byte(os.Getenv("AWS_KMS")), &settings); err != nil {
		return fmt.Errorf("AWS_KMS: %w", err)
	}
	config.AWSRegion, config.AWSAccountId = settings.Region, "111122223333"
	database := data.NewDatabase(settings.Directory)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		database.Close()
		os.Exit(0)
	}()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The tests make keys below another path, where they need not sign.
		if r.URL.Path == "/unsigned" {
			r.URL.Path = "/"
		} else if refusal := settings.check(r); refusal != nil {
			refusal.write(w)
			return
		}
		src.HandleRequest(w, r, database)
	})
	fmt.Println(listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}).Serve(listener)
}

// version is that of the module.
func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/nsmithuk/local-kms" {
			return module.Version
		}
	}
	return "unknown"
}
