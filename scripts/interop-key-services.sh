# The key services that `npm run interop` signs with. For scripts/interop-tools.sh, which sources it.
# shellcheck shell=bash disable=SC2154

# Servers of ours around Go modules, pinned by go.mod and go.sum: `install_key_service <program> <directory> [<mend>]`. The
# last one makes mended copies of modules, which go.mod names.
install_key_service() {
  local program=$1 source=$root/test/interop/$2 mend=${3:-:} target=$bin/$1 digest found
  if found=$(on_path "$program"); then
    say "$program: on PATH: $(version_of "$found")"
    return 0
  fi
  digest=$({ cat "$source"/*.go "$source"/go.{mod,sum}; declare -f "$mend" || :; } | sha256sum)
  if [[ ! -x $target || $(cat "$cache/$program.pin" 2>/dev/null) != "$digest" ]] || ! version_of "$target" >/dev/null; then
    command -v go >/dev/null || { warn "no Go toolchain here to build $program with"; return 1; }
    say "building $program with $(go env GOVERSION)"
    "$mend" || { warn "the modules of $program cannot be had"; return 1; }
    (cd "$source" && GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$target" .) || return 1
    version_of "$target" >/dev/null || { warn "$program does not run here"; return 1; }
    echo "$digest" >"$cache/$program.pin"
  fi
  say "$program: $(version_of "$target")"
}

# A copy of a Go module with the digest that its go.sum line would have: `copy_module <name> <module>@<version> <digest>`.
copy_module() {
  local target=$cache/modules/$1 described directory
  described=$(cd "$cache" && GOFLAGS= GOWORK=off go mod download -json "$2") || return 1
  grep -qF "\"Sum\": \"$3\"" <<<"$described" || { warn "$2 does not have the pinned digest and is not used"; return 1; }
  directory=$(sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p' <<<"$described")
  rm -rf "$target" && mkdir -p "$cache/modules" && cp -r "$directory" "$target" && chmod -R u+w "$target"
}

# Vault is built with an sdk that was never released; the nearest released one differs in two signatures. It also
# finds other servers in fourteen clouds, whose clients take as long to build as everything else.
mend_vault() {
  copy_module vault-sdk github.com/hashicorp/vault/sdk@v0.21.0 'h1:3gDqdKLhHY2ekmCEE9EeesoNpgsReq2bo/SpMqvBYdw=' || return 1
  sed -i 's/\(ActivationFunc func(context.Context, \*logical.Request\), string) error/\1) error/' \
    "$cache/modules/vault-sdk/framework/backend.go"
  sed -i '/) RestorePolicy(/,/^}/{
    s/force bool) error {/force bool) (string, error) {/
    s/return nil$/return name, nil/
    s/return \(err\|fmt\)/return "", \1/
  }' "$cache/modules/vault-sdk/helper/keysutil/lock_manager.go"

  local discover=$cache/modules/go-discover
  copy_module go-discover github.com/hashicorp/go-discover@v1.1.1-0.20250922102917-55e5010ad859 \
    'h1:CYvtQfS6WBZdva446zuZEpHxDfI3GTenOM4SCmGWUR8=' || return 1
  sed -i '/go-discover\/provider\//d; /\.Provider{},$/d' "$discover/discover.go"
  rm -r "$discover"/{cmd,test,provider} && mkdir -p "$discover/provider/k8s"
  cat >"$discover/provider/k8s/k8s.go" <<'GO'
package k8s

import (
	"errors"
	"log"
)

type Provider struct{}

func (*Provider) Addrs(map[string]string, *log.Logger) ([]string, error) { return nil, errors.ErrUnsupported }

func (*Provider) Help() string { return "not built in" }
GO
}

# The salt of its RSA-PSS signatures has the maximum length; that of AWS is as long as the hash.
mend_local_kms() {
  local version=v0.0.0-20260228092603-2a5e92d09ab6
  copy_module local-kms "github.com/nsmithuk/local-kms@$version" 'h1:kCiMJ8KHc9CLE+nL5W5c0hFEhjyZMRNJroF8huqLoNM=' || return 1
  sed -i 's/rsa.SignPSS(rand.Reader, &key, hash, digest, nil)/rsa.SignPSS(rand.Reader, \&key, hash, digest, \&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})/' \
    "$cache/modules/local-kms/src/cmk/rsa_key.go"
}
