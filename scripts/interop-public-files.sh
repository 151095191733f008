# The files made by others that `npm run interop` reads: certificates, CRLs, OCSP responses, timestamp tokens and PKCS #12 files
# out of packages that ship them, most of them for their tests. For scripts/interop-tools.sh, which sources it. Nothing of the packages is
# run; all of them together are a download of 53 MB.
# shellcheck shell=bash disable=SC2154

# registry, package, version, and the digest that pip, Go or Cargo pins it by
readonly PUBLIC_FILES='
pypi   cryptography_vectors             45.0.7  b05f4529ce874caf45ce12ad349eac0a2ea57f74d44997aef4d8c3dbc3d5621d
pypi   asn1crypto_tests                 1.5.1   c40dc7192430b673df92f9168d11bd34119db593762e5e52281fb66072864e39
pypi   pywebview                        5.4     0559c47db543556498dd38604a2a0479896c320f86c9b23499b8e580b58b699d
pypi   debugpy                          1.8.9   ff54ef77ad9f5c425398efb150239f6fe8e20c53ae2f68367eba7ece1e96226d
pypi   oscrypto_tests                   1.3.0   4e0d4a4b272655cc6d6efe54942b6f2a64dcb304db4151bb7c01d8528f6f88a6
go     github.com/zmap/zlint/v3         v3.7.3  h1:k7MZOUjW0nhmvqvG/VtHExOREuXkcTAfee9zoNRe8Vo=
go     github.com/cloudflare/cfssl      v1.6.5  h1:46zpNkm6dlNkMZH/wMW22ejih6gIaJbzL2du6vD7ZeI=
go     github.com/google/certificate-transparency-go v1.3.2  h1:9ahSNZF2o7SYMaKaXhAumVEzXB2QaayzII9C8rv7v+A=
go     github.com/sigstore/sigstore-go  v1.1.4  h1:wTTsgCHOfqiEzVyBYA6mDczGtBkN7cM8mPpjJj5QvMg=
crates x509-cert                        0.2.5   1301e935010a701ae5f8655edc0ad17c44bad3ac5ce8c39185f75453b720ae94
crates x509-ocsp                        0.2.1   5e54e695a31f0fecb826cf59ae2093c941d7ef932a1f8508185dd23b29ce2e2e
crates x509-parser                      0.18.0  eb3e137310115a65136898d2079f003ce33331a6c4b0d51f1531d1be082b6425
crates pkcs12                           0.1.0   695b3df3d3cc1015f12d70235e35b6b79befc5fa7a9b95b951eab1dd07c9efc2
crates p12-keystore                     0.4.1   5c2ed4fa0ec7ec58b657d4184680c57da9e203e97771d29a566028869a5193e0
crates cryptographic-message-syntax     0.28.0  d2c67889c5743b5987961460fbc999dbfa1bb4c7a8e5bfe37eb4d5e678ccb6d1
'

# Unpacks one package, if it has its digest, into a directory of its name and version: `unpack_pypi <name> <version> <digest>
# <target>`.
unpack_pypi() {
  command -v python3 >/dev/null || { warn 'no python3 here'; return 1; }
  local wheels=$files/wheels
  mkdir -p "$wheels"
  echo "$1==$2 --hash=sha256:$3" >"$wheels/requirements.txt"
  # Programs for Windows are signed with a timestamp.
  python3 -m pip download -q --no-deps --only-binary :all: --platform win_amd64 --python-version 3.11 \
    --disable-pip-version-check --require-hashes -r "$wheels/requirements.txt" -d "$wheels" || return 1
  python3 -m zipfile -e "$wheels/$1-$2"-*.whl "$4" && rm -r "$wheels"
}

unpack_go() {
  command -v go >/dev/null || { warn 'no Go toolchain here'; return 1; }
  local described
  described=$(cd "$files" && GOFLAGS= GOWORK=off go mod download -json "$1@$2") || return 1
  grep -qF "\"Sum\": \"$3\"" <<<"$described" || { warn "$1 $2 does not have the pinned digest and is not used"; return 1; }
  cp -r "$(sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p' <<<"$described")" "$4" && chmod -R u+w "$4"
}

# Cargo downloads a package, without those that it depends on, to describe it.
unpack_crates() {
  command -v cargo >/dev/null || { warn 'no cargo here'; return 1; }
  (cd "$files" && CARGO_HOME=$files/cargo cargo info -q "$1@$2" --registry crates-io >/dev/null) || return 1
  local crate
  crate=$(echo "$files"/cargo/registry/cache/*/"$1-$2.crate")
  echo "$3  $crate" | sha256sum --check --quiet - || return 1
  mkdir -p "$4" && tar -xzf "$crate" -C "$4" --strip-components=1
}

install_public_files() {
  local registry name version digest target files=$cache/public-files failed=0
  mkdir -p "$files"
  while read -r registry name version digest; do
    [[ -n $registry ]] || continue
    target=$files/${name//\//+}@$version
    [[ ! -e $target/.complete ]] || continue
    say "downloading $name $version for its test files"
    rm -rf "$target"
    if "unpack_$registry" "$name" "$version" "$digest" "$target" </dev/null; then
      touch "$target/.complete"
    else
      warn "$name $version cannot be had"
      failed=1
    fi
  done <<<"$PUBLIC_FILES"
  rm -rf "$files/cargo"
  ((failed == 0)) && say "public files: $(grep -c . <<<"$PUBLIC_FILES") packages in $files"
}
