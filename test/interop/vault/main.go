// Command transit-vault is the peer of `createVaultSigner`: HashiCorp Vault in memory, as `vault server -dev` is, with
// the transit engine and no other, since all of them take far longer to build. It listens on a free port of 127.0.0.1,
// which it prints, and ends with the process that started it, when its standard input closes. The token that may do
// everything is given to it as VAULT_DEV_ROOT_TOKEN_ID.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
	"github.com/hashicorp/vault/version"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("Vault", version.GetVersion().VersionNumber())
		return
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	core, err := newCore()
	if err != nil {
		return err
	}
	if err := open(core, os.Getenv("VAULT_DEV_ROOT_TOKEN_ID")); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	properties := vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{}}
	server := &http.Server{Handler: vaulthttp.Handler.Handler(&properties), ReadHeaderTimeout: 5 * time.Second}
	fmt.Println(listener.Addr())
	return server.Serve(listener)
}

func newCore() (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:        storage,
		StorageType:     "inmem",
		Logger:          logger,
		DisableMlock:    true,
		LogicalBackends: map[string]logical.Factory{"transit": transit.Factory},
		BuiltinRegistry: onlyTransit{},
	})
}

// open initialises and unseals the server, and makes the token.
func open(core *vault.Core, token string) error {
	if token == "" {
		return errors.New("VAULT_DEV_ROOT_TOKEN_ID must be set")
	}
	ctx := namespace.RootContext(context.Background())
	seal := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	initial, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: seal})
	if err != nil {
		return err
	}
	unsealed, err := core.Unseal(initial.SecretShares[0])
	if err != nil {
		return err
	}
	if !unsealed {
		return errors.New("the server stays sealed")
	}
	_, err = core.HandleRequest(ctx, &logical.Request{
		ID:          "root",
		Operation:   logical.UpdateOperation,
		ClientToken: initial.RootToken,
		Path:        "auth/token/create",
		Data:        map[string]any{"id": token, "policies": []string{"root"}, "no_parent": true},
	})
	return err
}

// onlyTransit is the catalogue of the engines that are built in.
type onlyTransit struct{}

func (onlyTransit) Contains(name string, kind consts.PluginType) bool {
	return name == "transit" && kind == consts.PluginTypeSecrets
}

func (r onlyTransit) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	return func() (any, error) { return logical.Factory(transit.Factory), nil }, r.Contains(name, kind)
}

func (onlyTransit) Keys(kind consts.PluginType) []string {
	if kind == consts.PluginTypeSecrets {
		return []string{"transit"}
	}
	return nil
}

func (r onlyTransit) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}

func (onlyTransit) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
