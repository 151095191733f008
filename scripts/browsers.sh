#!/usr/bin/env bash
# Sourced by scripts that need browsers.

# need_browser PROGRAM: installs Debian's package of that name if the program is missing. As root with apt-get only; others
# install it themselves.
need_browser() {
  local program=$1
  command -v "$program" >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "$program is missing: install the package $program"
    exit 1
  fi
  say "installing $program"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$program" >/dev/null
}
