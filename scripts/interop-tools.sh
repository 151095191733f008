#!/usr/bin/env bash
# Installs the peers of `npm run interop` into .cache/interop/bin: the notation CLI, oras, crane (which serves a registry
# too), a registry without the referrers API (docker-registry) and two with it (test/interop/referrers-registry and
# olareg-registry), the blobs of the second major version of notation (test/interop/notation-blob), the work of
# `npm run bench -- --peers` with the libraries of notation (test/interop/notation-speed), Go's readers of certificates and
# the like (test/interop/go-readers) with files made by others (scripts/interop-public-files.sh), the constraint framework of
# Gatekeeper with the types of the Kubernetes API (test/interop/gatekeeper), key services
# (test/interop/vault, aws-kms, azure-keyvault and google-kms), redis-server, zip, faketime, which lets openssl answer as it
# would have at another time, makers of keys, certificates and proofs (scripts/interop-makers.sh), clients that pull images
# (scripts/interop-pull-clients.sh), and a reader of OpenMetrics (test/interop/reports). On PATH must be openssl, and to build
# with Go, Cargo, a JDK with Maven, and Python with pip. Two of the clients run as root only, and so does the suite. Does
# nothing for a peer that is there already; one on PATH is used as it is. Nothing is installed on the machine itself.
#
# With names as arguments it builds only those of its Go programs: `interop-tools.sh notation-libraries` for
# `npm run differential`, `interop-tools.sh notation-speed referrers-registry` for `npm run bench -- --peers`.
#
# INTEROP_DEBIAN_MIRROR  the mirror to take packages from; by default the one that apt is configured with
# CI=true                a peer that is missing at the end is a failure
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache/interop
bin=$cache/bin
mkdir -p "$bin"

# package, version, SHA-256 of its .deb for amd64; the program has the name of the package
readonly PACKAGES='
notation        1.3.2-2       f99975ecb56869b85290b30322167d1392e7f7d4eebb40a8bec4386bb95a6789
oras            1.3.3-1       474f8451e880a64d7daed412baa52febd1c7d988ed778eadac00bdcbdad53af4
crane           0.20.7+ds1-5  2d4bdb12724eda42214bb8957aecc472e561317938da3c95402a9ee30c73fa3b
docker-registry 2.8.3+ds1-3   fb8cf848a812bc4de6bfabe964356205578706eb1e3186e4c4e34412f30dc181
'
# The cases are written against this one: verdicts of another version of the CLI may differ.
readonly NOTATION_VERSION=1.3.2

missing=()

say() { printf 'interop-tools: %s\n' "$*"; }
warn() { printf 'interop-tools: WARNING: %s\n' "$*" >&2; }

# The version that a program reports, in one line; fails when it does not run.
version_of() {
  local output
  case $(basename "$1") in
    docker-registry | redis-server | containerd | ctr | dockerd | docker | runc | skopeo | podman) output=$("$1" --version) ;;
    faketime) output=$("$1" -f -1d date) ;;
    zip) output=$("$1" -v) ;;
    *) output=$("$1" version) ;;
  esac 2>&1 || return 1
  printf '%s' "$output" | tr '\n' ' ' | tr -s ' ' | cut -c1-120
}

# The program on PATH, when it can stand in for the pinned one.
on_path() {
  local found
  found=$(command -v "$1") || return 1
  [[ $(realpath "$found") != "$cache"/* ]] || return 1
  if [[ $1 == notation && $(version_of "$found") != *"$NOTATION_VERSION"* ]]; then
    warn "$found is not version $NOTATION_VERSION and is not used"
    return 1
  fi
  printf '%s' "$found"
}

# --- Debian packages ------------------------------------------------------------------------------------------------

apt_options=()

# The mirror that apt is configured with, in either format of its configuration.
mirror() {
  if [[ -n ${INTEROP_DEBIAN_MIRROR:-} ]]; then
    printf '%s' "$INTEROP_DEBIAN_MIRROR"
    return
  fi
  local configured
  configured=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 -E '/debian/?$') || return 1
  printf '%s' "${configured%/}"
}

# Reads the index of the unstable suite, into a state directory of our own; once a run.
prepare_apt() {
  ((${#apt_options[@]} == 0)) || return 0
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { warn 'no apt-get and dpkg here'; return 1; }
  local from keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=''
  from=$(mirror) || { warn 'apt has no Debian mirror configured; set INTEROP_DEBIAN_MIRROR'; return 1; }
  [[ -r $keyring ]] && signed="[signed-by=$keyring] "
  mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
  printf 'deb %s%s unstable main\n' "$signed" "$from" >"$cache/apt/sources.list"
  local options=(
    -qq -o "Dir::Etc::sourcelist=$cache/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State=$cache/apt" -o Dir::State::status=/dev/null -o "Dir::Cache=$cache/apt"
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
  )
  say 'reading the package index of the unstable suite'
  apt-get "${options[@]}" update || { warn 'the package index could not be read'; return 1; }
  apt_options=("${options[@]}")
}

# Downloads one package into a directory of its own. apt checks it against the signed index; we check the pinned digest.
download_package() {
  local package=$1 version=$2 sha256=$3 directory=$4
  rm -rf "$directory" && mkdir -p "$directory"
  if (cd "$directory" && apt-get "${apt_options[@]}" download "$package=$version") 2>/dev/null; then
    if [[ $(dpkg --print-architecture) != amd64 ]]; then
      warn "the digest of $package is pinned for amd64 only; this one is checked against the signed index"
      return 0
    fi
    echo "$sha256  $(echo "$directory"/*.deb)" | sha256sum --check --quiet - && return 0
    warn "$package $version does not have the pinned digest and is not used"
    return 1
  fi
  warn "$package $version is no longer served: taking what is, checked against the signed index only"
  (cd "$directory" && apt-get "${apt_options[@]}" download "$package") || return 1
  (cd "$directory" && sha256sum ./*.deb) >"$directory/unpinned"
}

install_package() {
  local package=$1 version=$2 sha256=$3 directory=$cache/packages/$1 found
  if found=$(on_path "$package"); then
    say "$package: on PATH: $(version_of "$found")"
    return 0
  fi
  if [[ -x $bin/$package && $(cat "$directory/pin" 2>/dev/null) == "$version $sha256" ]] && version_of "$bin/$package" >/dev/null; then
    report_package "$package" "$version"
    return 0
  fi
  prepare_apt && download_package "$package" "$version" "$sha256" "$directory" || return 1
  dpkg -x "$directory"/*.deb "$directory/unpacked" && rm "$directory"/*.deb
  version_of "$directory/unpacked/usr/bin/$package" >/dev/null || { warn "$package does not run here"; return 1; }
  ln -sfn "../packages/$package/unpacked/usr/bin/$package" "$bin/$package"
  echo "$version $sha256" >"$directory/pin"
  report_package "$package" "$version"
}

# report_package PACKAGE VERSION [PROGRAM]
report_package() {
  local unpinned=$cache/packages/$1/unpinned program=${3:-$1}
  if [[ -e $unpinned ]]; then
    warn "$1: not the pinned version $2; pin what was taken instead: $(cat "$unpinned")"
  fi
  say "$program: $(version_of "$bin/$program")"
}

# --- Go programs of this repository, over the library of a peer -------------------------------------------------------

# The modules are pinned, with their digests, by go.mod and go.sum in test/interop/<name>.
install_module() {
  local name=$1 source=$root/test/interop/$1 target=$bin/$1 pin=$cache/$1.pin digest found
  if found=$(on_path "$name"); then
    say "$name: on PATH: $found"
    return 0
  fi
  digest=$(cat "$source"/*.go "$source"/go.{mod,sum} | sha256sum)
  if [[ -x $target && $(cat "$pin" 2>/dev/null) == "$digest" ]]; then
    say "$name: built from its Go modules"
    return 0
  fi
  if ! command -v go >/dev/null; then
    warn "no Go toolchain here to build $name with"
    return 1
  fi
  say "building $name with $(go env GOVERSION)"
  (cd "$source" && GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 go build -trimpath -o "$target" .) || return 1
  echo "$digest" >"$pin"
}

# --- the key services -------------------------------------------------------------------------------------------------

# shellcheck source=scripts/interop-key-services.sh
source "$root/scripts/interop-key-services.sh"

# --- files made by others ---------------------------------------------------------------------------------------------

# shellcheck source=scripts/interop-public-files.sh
source "$root/scripts/interop-public-files.sh"

# --- programs of the machine's own release, with their libraries ------------------------------------------------------

# They are linked with the C library, so packages of another release might not run here.
own_options=()

prepare_own_apt() {
  ((${#own_options[@]} == 0)) || return 0
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { warn 'no apt-get and dpkg here'; return 1; }
  mkdir -p "$cache/apt-own/lists/partial" "$cache/apt-own/archives/partial"
  local options=(
    -qq -o "Dir::State=$cache/apt-own" -o Dir::State::status=/dev/null -o "Dir::Cache=$cache/apt-own"
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30
  )
  say "reading the package index of the machine's own release"
  apt-get "${options[@]}" update || { warn 'the package index could not be read'; return 1; }
  own_options=("${options[@]}")
}

# A program whose packages are unpacked into one directory: `install_own <program> <package>…`. A script under the name of
# the program runs it with the libraries of that directory.
install_own() {
  local program=$1 directory=$cache/packages/$1 found
  if found=$(on_path "$program"); then
    say "$program: on PATH: $(version_of "$found")"
    return 0
  fi
  if [[ ! -x $bin/$program ]] || ! version_of "$bin/$program" >/dev/null; then
    rm -rf "$directory" && mkdir -p "$directory"
    prepare_own_apt || return 1
    # A package that this release does not have, or has under another name, may not be needed: the program must run.
    for package in "${@:2}"; do
      (cd "$directory" && apt-get "${own_options[@]}" download "$package") || warn "$package is not served"
    done
    for package in "$directory"/*.deb; do
      [[ -e $package ]] && dpkg -x "$package" "$directory/unpacked" && rm "$package"
    done
    write_starter "$program" >"$bin/$program" && chmod +x "$bin/$program"
    version_of "$bin/$program" >/dev/null || { warn "$program does not run here"; rm -f "$bin/$program"; return 1; }
  fi
  say "$program: $(version_of "$bin/$program")"
}

write_starter() {
  echo '#!/bin/bash'
  echo 'unpacked=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../packages/'"$1"'/unpacked'
  case $1 in
    # The program of the package looks for its library where it would be installed. It takes `-f <FAKETIME> <program> …`.
    faketime)
      echo 'FAKETIME=$2 LD_PRELOAD=$(echo "$unpacked"/usr/lib/*/faketime/libfaketime.so.1) exec "${@:3}"'
      ;;
    *)
      echo 'libraries=$(echo "$unpacked"/usr/lib/*-linux-gnu)'
      echo 'export LD_LIBRARY_PATH=$libraries:$libraries/nss PATH=$unpacked/usr/bin:$PATH'
      echo 'exec "$unpacked/usr/bin/'"$1"'" "$@"'
      ;;
  esac
}

report_openssl() {
  command -v openssl >/dev/null || { warn 'no openssl here; install the package openssl'; return 1; }
  say "openssl: on PATH: $(openssl version)"
}

# shellcheck source=scripts/interop-makers.sh
source "$root/scripts/interop-makers.sh"

# shellcheck source=scripts/interop-pull-clients.sh
source "$root/scripts/interop-pull-clients.sh"

# --- all ----------------------------------------------------------------------------------------------------------------

# Two runs at once would unpack into the same directory.
exec 9>"$cache/lock"
if command -v flock >/dev/null; then flock 9; fi

if (($#)); then
  for name; do install_module "$name"; done
  exit
fi

while read -r package version sha256; do
  [[ -n $package ]] || continue
  install_package "$package" "$version" "$sha256" </dev/null || missing+=("$package")
done <<<"$PACKAGES"
for name in referrers-registry olareg-registry notation-blob notation-speed go-readers gatekeeper; do
  install_module "$name" || missing+=("$name")
done
install_key_service transit-vault vault mend_vault || missing+=(transit-vault)
install_key_service aws-kms aws-kms mend_local_kms || missing+=(aws-kms)
install_key_service azure-keyvault azure-keyvault || missing+=(azure-keyvault)
install_key_service google-kms google-kms || missing+=(google-kms)
install_own redis-server redis-server redis-tools liblzf1 libjemalloc2 libatomic1 || missing+=(redis-server)
install_own faketime libfaketime || missing+=(faketime)
install_own zip zip libbz2-1.0 || missing+=(zip)
report_openssl || missing+=(openssl)
install_makers
install_pull_clients
install_open_metrics_reader || missing+=(open-metrics-reader)
install_public_files || missing+=(public-files)

if ((${#missing[@]})); then
  say "MISSING: ${missing[*]}" >&2
  [[ ${CI:-} != true ]] || exit 1
  say 'the interop suite will fail until they are there; put them on PATH or correct the above' >&2
  exit 0
fi
say "all peers are in $bin or on PATH"
