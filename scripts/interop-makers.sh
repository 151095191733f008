# Those whose files the tests in test/interop/makers read. For scripts/interop-tools.sh, which sources it.
# shellcheck shell=bash disable=SC2154
# cspell:ignore libevent libgmp libhogweed libidn libnettle libnghttp libp libprotobuf libsqlite libunbound libunistring
# cspell:ignore Doutput pythonpath pythondontwritebytecode bcpkix

readonly MAKERS=$root/test/interop/makers/programs
mkdir -p "$cache/versions"

# built NAME WITNESS FILE...: whether the target was made from these files, and is there.
built() { [[ -e $2 && $(cat "$cache/$1.pin" 2>/dev/null) == "$(cat "${@:3}" | sha256sum)" ]]; }
pin() { cat "${@:2}" | sha256sum >"$cache/$1.pin"; }

# note_version MAKER VERSION: for the table of docs/interop.md.
note_version() {
  echo "$2" >"$cache/versions/$1"
  say "$1: $2"
}

# Programs of one Debian package, with its libraries: `install_debian <maker> <package> <program>…`.
install_debian() {
  local maker=$1 package=$2 directory=$cache/packages/$2 file
  if [[ ! -e $directory/version ]]; then
    rm -rf "$directory" && mkdir -p "$directory"
    prepare_own_apt || return 1
    # shellcheck disable=SC2086
    (cd "$directory" && apt-get "${own_options[@]}" download "$package" ${LIBRARIES[$package]:-}) || return 1
    for file in "$directory"/*.deb; do dpkg -x "$file" "$directory/unpacked"; done
    dpkg-deb -f "$(echo "$directory/$package"_*.deb)" Version | sed 's/^[0-9]*://; s/-.*//' >"$directory/version"
    rm "$directory"/*.deb
  fi
  for program in "${@:3}"; do
    write_maker_starter "$package" "$program" >"$bin/$program" && chmod +x "$bin/$program"
  done
  note_version "$maker" "$(cat "$directory/version")"
}

declare -rA LIBRARIES=(
  [gnutls-bin]='libgnutls30 libgnutls-dane0 libunbound8 libtasn1-6 libidn2-0 libunistring2 libnettle8 libhogweed6 libgmp10 libp11-kit0 libevent-2.1-7 libprotobuf-c1 libnghttp2-14 libffi8'
  [libnss3-tools]='libnss3 libnspr4 libsqlite3-0'
)

write_maker_starter() {
  echo '#!/bin/bash'
  echo 'unpacked=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../packages/'"$1"'/unpacked'
  if [[ $1 == easy-rsa ]]; then
    echo 'EASYRSA=$unpacked/usr/share/easy-rsa exec "$unpacked/usr/share/easy-rsa/easyrsa" "$@"'
  else
    echo 'libraries=$(echo "$unpacked"/usr/lib/*-linux-gnu)'
    echo 'LD_LIBRARY_PATH=$libraries:$libraries/nss exec "$unpacked/usr/bin/'"$2"'" "$@"'
  fi
}

# The jars are pinned by pom.xml and jars.sha256.
install_bouncy_castle() {
  local source=$MAKERS/bouncy-castle target=$cache/bouncy-castle
  local files=("$source"/{Maker.java,pom.xml,jars.sha256})
  if ! built bouncy-castle "$target/Maker.class" "${files[@]}"; then
    command -v javac mvn >/dev/null || { warn 'no JDK and Maven here for Bouncy Castle'; return 1; }
    rm -rf "$target" && mkdir -p "$target"
    say 'fetching Bouncy Castle'
    mvn -q -B -f "$source/pom.xml" -DoutputDirectory="$target" \
      org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies || return 1
    (cd "$target" && sha256sum --check --quiet "$source/jars.sha256") || return 1
    javac -cp "$target/*" -d "$target" "$source/Maker.java" || return 1
    pin bouncy-castle "${files[@]}"
  fi
  {
    echo '#!/bin/bash'
    echo 'made=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../bouncy-castle'
    echo 'exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$made:$made/*" Maker "$@"'
  } >"$bin/bouncy-castle"
  chmod +x "$bin/bouncy-castle"
  note_version 'Bouncy Castle' "$(sed -n 's/.*bcpkix-jdk18on-\(.*\)\.jar/\1/p' "$source/jars.sha256")"
  note_version JDK "$(javac -version 2>&1 | sed 's/javac //')"
}

# install_python NAME SCRIPT PROGRAM: a script with the libraries that its requirements.txt pins.
install_python() {
  local target=$cache/$1 requirements
  requirements=$(dirname "$2")/requirements.txt
  if ! built "$1" "$target" "$requirements"; then
    python3 -m pip --version >/dev/null || { warn 'no Python with pip here'; return 1; }
    say "fetching the libraries of $3"
    rm -rf "$target"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --only-binary :all: --no-deps \
      --requirement "$requirements" --target "$target" || return 1
    pin "$1" "$requirements"
  fi
  {
    echo '#!/bin/bash'
    printf 'PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=%q exec python3 %q "$@"\n' "$target" "$2"
  } >"$bin/$3"
  chmod +x "$bin/$3"
}

install_python_makers() {
  local source=$MAKERS/python name
  install_python python "$source/maker.py" python-maker || return 1
  for name in certomancer cryptography pyHanko; do
    note_version "$name" "$(sed -n "s/^$name==//p" "$source/requirements.txt")"
  done
}

install_open_metrics_reader() {
  local source=$root/test/interop/reports
  install_python open-metrics "$source/read-open-metrics.py" open-metrics-reader || return 1
  say "open-metrics-reader: $(<"$source/requirements.txt")"
}

# Go programs, pinned by go.mod and go.sum: `install_go_maker <maker> <module> <package to build>`.
install_go_maker() {
  local maker=$1 source=$MAKERS/$1 files
  files=("$source"/*)
  if ! built "$maker" "$bin/$maker" "${files[@]}"; then
    command -v go >/dev/null || { warn "no Go toolchain here to build $maker with"; return 1; }
    say "building $maker"
    (cd "$source" && GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$bin/$maker" "$3") ||
      return 1
    pin "$maker" "${files[@]}"
  fi
  note_version "$maker" "$(sed -n "s#^.*$2 v\([^ ]*\).*#\1#p" "$source/go.mod")"
}

# Pinned by Cargo.lock.
install_rcgen() {
  local source=$MAKERS/rcgen files
  files=("$source"/{Cargo.toml,Cargo.lock,src/main.rs})
  if ! built rcgen "$bin/rcgen-maker" "${files[@]}"; then
    command -v cargo >/dev/null || { warn 'no Rust toolchain here to build rcgen with'; return 1; }
    say 'building rcgen'
    cargo build --quiet --locked --manifest-path "$source/Cargo.toml" --target-dir "$cache/rcgen" || return 1
    cp "$cache/rcgen/debug/rcgen-maker" "$bin/rcgen-maker" && rm -r "$cache/rcgen"
    pin rcgen "${files[@]}"
  fi
  note_version rcgen "$(grep -A1 'name = "rcgen"' "$source/Cargo.lock" | sed -n 's/version = "\(.*\)"/\1/p')"
}

# attempt NAME COMMAND...: a maker that is missing is said at the end.
attempt() { "${@:2}" || missing+=("$1"); }

install_makers() {
  attempt GnuTLS install_debian GnuTLS gnutls-bin certtool
  attempt NSS install_debian NSS libnss3-tools certutil crlutil pk12util
  attempt easy-rsa install_debian easy-rsa easy-rsa easyrsa
  attempt 'Bouncy Castle' install_bouncy_castle
  attempt 'the makers in Python' install_python_makers
  attempt digitorus install_go_maker digitorus github.com/digitorus/timestamp .
  attempt cfssl install_go_maker cfssl github.com/cloudflare/cfssl github.com/cloudflare/cfssl/cmd/cfssl
  attempt rcgen install_rcgen
}
