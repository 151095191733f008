// Command google-kms is the peer of `createGoogleKmsSigner`: the REST form of Cloud KMS by the message types of Google's
// own client, which refuse a member that they do not know, over keys of Go's crypto. It listens on a free port of
// 127.0.0.1, which it prints, and ends with the process that started it, when its standard input closes. Tokens are given
// to it as GOOGLE_KMS, in JSON: the permissions that each token has.
package main

import (
	"encoding/json"
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

	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// failure is an error of the service.
type failure struct {
	code    int
	status  string
	message string
}

var (
	notFound    = &failure{http.StatusNotFound, "NOT_FOUND", "the resource is not found"}
	badArgument = &failure{http.StatusBadRequest, "INVALID_ARGUMENT", "the request contains an invalid argument"}
)

type service struct {
	ring   *keyRing
	tokens map[string][]string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("kmspb", version())
		return
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	handler := service{ring: &keyRing{keys: map[string][]key{}}}
	if err := json.Unmarshal([]byte(os.Getenv("GOOGLE_KMS")), &handler.tokens); err != nil {
		return fmt.Errorf("GOOGLE_KMS: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}).Serve(listener)
}

const (
	keysPath    = `projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys`
	keyPath     = `(` + keysPath + `/[^/:]+)`
	versionPath = keyPath + `/cryptoKeyVersions/(\d+)`
)

// routes are the methods of the service, by the permission that each takes.
var routes = map[string]*regexp.Regexp{
	"cloudkms.cryptoKeys.create":               regexp.MustCompile(`^POST /v1/(` + keysPath + `)$`),
	"cloudkms.cryptoKeyVersions.create":        regexp.MustCompile(`^POST /v1/` + keyPath + `/cryptoKeyVersions$`),
	"cloudkms.cryptoKeyVersions.viewPublicKey": regexp.MustCompile(`^GET /v1/` + versionPath + `/publicKey$`),
	"cloudkms.cryptoKeyVersions.useToSign":     regexp.MustCompile(`^POST /v1/` + versionPath + `:asymmetricSign$`),
}

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	response, refused := s.answer(r)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if refused != nil {
		w.WriteHeader(refused.code)
		body := map[string]any{"code": refused.code, "message": refused.message, "status": refused.status}
		_ = json.NewEncoder(w).Encode(map[string]any{"error": body})
		return
	}
	text, err := protojson.Marshal(response)
	if err != nil {
		log.Fatal(err)
	}
	_, _ = w.Write(text)
}

func (s service) answer(r *http.Request) (proto.Message, *failure) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	permissions, known := s.tokens[token]
	if !bearer || !known {
		return nil, &failure{http.StatusUnauthorized, "UNAUTHENTICATED", "the request has invalid authentication credentials"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		return nil, badArgument
	}
	for permission, route := range routes {
		parts := route.FindStringSubmatch(r.Method + " " + r.URL.Path)
		if parts == nil {
			continue
		}
		if !slices.Contains(permissions, permission) {
			return nil, &failure{http.StatusForbidden, "PERMISSION_DENIED", "Permission '" + permission + "' denied"}
		}
		return s.call(permission, parts[1:], r, body)
	}
	return nil, notFound
}

func (s service) call(permission string, parts []string, r *http.Request, body []byte) (proto.Message, *failure) {
	switch permission {
	case "cloudkms.cryptoKeys.create":
		var wanted kmspb.CryptoKey
		if protojson.Unmarshal(body, &wanted) != nil {
			return nil, badArgument
		}
		return s.ring.create(parts[0]+"/"+r.URL.Query().Get("cryptoKeyId"), &wanted)
	case "cloudkms.cryptoKeyVersions.create":
		return s.ring.rotate(parts[0])
	case "cloudkms.cryptoKeyVersions.viewPublicKey":
		return s.ring.publicKey(parts[0], parts[1])
	default:
		var wanted kmspb.AsymmetricSignRequest
		if protojson.Unmarshal(body, &wanted) != nil {
			return nil, badArgument
		}
		return s.ring.sign(parts[0], parts[1], &wanted)
	}
}

// version is that of the module.
func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "cloud.google.com/go/kms" {
			return module.Version
		}
	}
	return "unknown"
}
