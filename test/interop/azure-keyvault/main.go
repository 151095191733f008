// Command azure-keyvault is the peer of `createAzureKeyVaultSigner`: the fake server of Microsoft's own SDK, which reads
// requests and writes responses as the service does, over keys of Go's crypto. It listens on a free port of 127.0.0.1,
// which it prints, and ends with the process that started it, when its standard input closes. Tokens are given to it as
// AZURE_KEYVAULT, in JSON: the operations, by their names in the SDK, that each token may do.
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
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys/fake"
)

type service struct {
	transport *fake.ServerTransport
	tokens    map[string][]string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("azkeys/fake", version())
		return
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	vault := &vault{url: "http://" + listener.Addr().String(), keys: map[string][]key{}}
	server := fake.Server{CreateKey: vault.create, GetKey: vault.get, RotateKey: vault.rotate, Sign: vault.sign}
	handler := service{transport: fake.NewServerTransport(&server)}
	if err := json.Unmarshal([]byte(os.Getenv("AZURE_KEYVAULT")), &handler.tokens); err != nil {
		return fmt.Errorf("AZURE_KEYVAULT: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}).Serve(listener)
}

var operations = map[string]*regexp.Regexp{
	"CreateKey": regexp.MustCompile(`^POST /keys/[^/]+/create$`),
	"RotateKey": regexp.MustCompile(`^POST /keys/[^/]+/rotate$`),
	"Sign":      regexp.MustCompile(`^POST /keys/[^/]+/[^/]*/?sign$`),
	"GetKey":    regexp.MustCompile(`^GET /keys/[^/]+(/[^/]*)?$`),
}

func operationOf(r *http.Request) string {
	for name, pattern := range operations {
		if pattern.MatchString(r.Method + " " + r.URL.EscapedPath()) {
			return name
		}
	}
	return ""
}

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := operationOf(r)
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	allowed, known := s.tokens[token]
	switch {
	case !bearer || !known:
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.example.com/tenant", resource="https://vault.example.com"`)
		fail(w, http.StatusUnauthorized, "Unauthorized")
	case operation == "":
		fail(w, http.StatusNotFound, "NotFound")
	case !slices.Contains(allowed, operation):
		fail(w, http.StatusForbidden, "Forbidden")
	case r.URL.Query().Get("api-version") == "":
		fail(w, http.StatusBadRequest, "BadParameter")
	default:
		s.pass(w, r, operation)
	}
}

func (s service) pass(w http.ResponseWriter, r *http.Request, operation string) {
	r.URL.Scheme, r.URL.Host = "http", r.Host
	ctx := context.WithValue(r.Context(), runtime.CtxAPINameKey{}, "Client."+operation)
	response, err := s.transport.Do(r.WithContext(ctx))
	var failure *azcore.ResponseError
	if errors.As(err, &failure) {
		fail(w, failure.StatusCode, failure.ErrorCode)
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "BadParameter")
		return
	}
	defer response.Body.Close()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// fail answers as the service does: {"error":{"code":…,"message":…}}.
func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	message := map[string]string{"code": code, "message": "The operation was refused."}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": message})
}

// version is that of the module.
func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if strings.HasSuffix(module.Path, "/keyvault/azkeys") {
			return module.Version
		}
	}
	return "unknown"
}
