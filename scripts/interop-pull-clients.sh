# The clients that pull through the gateway in test/interop/gateway, and what runs it as a Worker: containerd and Docker
# from the unstable suite, runc, skopeo and podman of the machine's own release with their libraries, regctl from its Go
# module, miniflare from npm. Packages are unpacked, never installed: no service is set up. crane, oras, notation, docker-registry
# and olareg-registry are installed with the other peers. For scripts/interop-tools.sh, which sources it.
# shellcheck shell=bash disable=SC2154
# cspell:ignore conmon crun dfsg libassuan libdevmapper libgpgme libseccomp libsubid libyajl

# package, version, SHA-256 of its .deb for amd64, its programs
readonly CLIENT_PACKAGES='
containerd 2.1.9+ds1-5     2dda86ce7033fd612fc50e136679d8174ccad680eb29cd4611e0d2a1b84cf591 bin/containerd bin/ctr
docker.io  28.5.2+dfsg4-5  69a59cc77a1fb8ee9ad6859abc2e6de5d76b70887405595c2b1307818fecf682 sbin/dockerd
docker-cli 28.5.2+dfsg4-5  8ea2428acdda666f41263f5a0d3a85681a696491361574eb7bd721a1194939b9 bin/docker
'
readonly MINIFLARE=miniflare@4.20260730.0

# install_client_package PACKAGE VERSION SHA256 PROGRAM...
install_client_package() {
  local package=$1 version=$2 sha256=$3 directory=$cache/packages/$1 program
  if [[ $(cat "$directory/pin" 2>/dev/null) != "$version $sha256" ]]; then
    prepare_apt && download_package "$package" "$version" "$sha256" "$directory" || return 1
    dpkg -x "$directory"/*.deb "$directory/unpacked" && rm "$directory"/*.deb
    for program in "${@:4}"; do
      ln -sfn "../packages/$package/unpacked/usr/$program" "$bin/${program#*/}"
      version_of "$bin/${program#*/}" >/dev/null || { warn "${program#*/} does not run here"; return 1; }
    done
    echo "$version $sha256" >"$directory/pin"
  fi
  for program in "${@:4}"; do report_package "$package" "$version" "${program#*/}"; done
}

# Pinned by go.mod and go.sum.
install_regctl() {
  local source=$root/test/interop/gateway/regctl
  if ! built regctl "$bin/regctl" "$source"/go.{mod,sum}; then
    command -v go >/dev/null || { warn 'no Go toolchain here to build regctl with'; return 1; }
    say 'building regctl'
    (cd "$source" && GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$bin/regctl" \
      github.com/regclient/regclient/cmd/regctl) || return 1
    pin regctl "$source"/go.{mod,sum}
  fi
  say "regctl: $(sed -n 's/.*regclient\/regclient \(v[^ ]*\).*/\1/p' "$source/go.mod")"
}

install_miniflare() {
  local directory=$cache/miniflare
  if [[ $(cat "$directory/pin" 2>/dev/null) != "$MINIFLARE" ]]; then
    rm -rf "$directory" && mkdir -p "$directory"
    echo '{ "private": true }' >"$directory/package.json"
    npm install --prefix "$directory" --no-audit --no-fund --no-package-lock --loglevel=error "$MINIFLARE" || return 1
    echo "$MINIFLARE" >"$directory/pin"
  fi
  say "miniflare: $MINIFLARE, workerd $("$directory/node_modules/.bin/workerd" --version)"
}

install_pull_clients() {
  local package version sha256 programs
  while read -r package version sha256 programs; do
    [[ -n $package ]] || continue
    # shellcheck disable=SC2086 # a word for each program
    install_client_package "$package" "$version" "$sha256" $programs </dev/null || missing+=("$package")
  done <<<"$CLIENT_PACKAGES"
  # dockerd does not start without it.
  attempt runc install_own runc runc libseccomp2
  attempt skopeo install_own skopeo skopeo libgpgme11 libassuan0 libdevmapper1.02.1
  attempt podman install_own podman podman conmon crun libgpgme11 libassuan0 libdevmapper1.02.1 libseccomp2 libsubid4 libyajl2
  attempt regctl install_regctl
  attempt miniflare install_miniflare
  [[ $(id -u) == 0 ]] || { warn 'containerd and dockerd run as root only'; missing+=('root'); }
}
