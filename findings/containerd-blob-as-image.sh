#!/usr/bin/env bash
# containerd 2.4.2: its resolver, given a reference by the digest of a layer, returns that layer as the image: after the 404 of
# `manifests/DIGEST` it sends HEAD to `blobs/DIGEST`, and makes a descriptor of what it finds, of the type of the HTTP response.
# The wrong digest thus becomes an image of type application/octet-stream, instead of an error.
# The OCI distribution specification has manifests under `manifests` only. go-containerregistry 0.21.7 says MANIFEST_UNKNOWN.
# The registry is olareg 0.2.2.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

cat > go.mod <<'EOF'
module resolve
go 1.25
EOF
cat > main.go <<'EOF'
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/log"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	log.L.Logger.SetOutput(io.Discard)
	registry := olareg.New(config.Config{
		Storage: config.ConfigStorage{StoreType: config.StoreMem},
		Log:     slog.New(slog.DiscardHandler),
	})
	watch := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if watch {
			fmt.Println("  requests", r.Method, strings.Split(r.URL.Path, "/")[4])
		}
		registry.ServeHTTP(w, r)
	}))
	defer server.Close()

	image := must(random.Image(1024, 1))
	tag := must(name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/team/app:v1"))
	if err := remote.Write(tag, image); err != nil {
		panic(err)
	}
	layer := must(must(image.Layers())[0].Digest())
	reference := tag.Context().Name() + "@" + layer.String()

	watch = true
	fmt.Println("containerd")
	resolver := docker.NewResolver(docker.ResolverOptions{PlainHTTP: true})
	_, descriptor, err := resolver.Resolve(context.Background(), reference)
	fmt.Println("  is the layer:", descriptor.Digest.String() == layer.String(), "type:", descriptor.MediaType, "error:", err)

	watch = false
	fmt.Println("go-containerregistry")
	var failure *transport.Error
	_, err = remote.Get(must(name.ParseReference(reference)))
	fmt.Println("  error:", errors.As(err, &failure) && failure.Errors[0].Code == transport.ManifestUnknownErrorCode)
}
EOF
export GOFLAGS=-mod=mod GOWORK=off
go get github.com/containerd/containerd/v2@v2.4.2 github.com/google/go-containerregistry@v0.21.7 github.com/olareg/olareg@v0.2.2 2>/dev/null
go mod tidy 2>/dev/null
go run . | tee seen.txt

diff - seen.txt <<'EOF' && echo 'as described'
containerd
  requests HEAD manifests
  requests HEAD blobs
  is the layer: true type: application/octet-stream error: <nil>
go-containerregistry
  error: true
EOF
