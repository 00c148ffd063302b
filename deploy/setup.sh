#!/usr/bin/env bash
# Makes sure that what Wick runs on is there: a redis-server of 6.2 or newer, and Rust to build with.
set -euo pipefail

missing() { printf 'wick: %s\n' "$1" >&2; exit 1; }

command -v cargo >/dev/null || missing "Rust was not found: install it as https://rustup.rs says, then run this again"
command -v cc >/dev/null || need_cc=1
if command -v "${WICK_REDIS_SERVER:-redis-server}" >/dev/null && [ -z "${need_cc:-}" ]; then exit 0; fi

packages="redis-server gcc libc6-dev"
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "wick: installing $packages" >&2
  # The packaged service is not wanted: Wick starts a server of its own.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages >/dev/null; }
elif command -v apt-get >/dev/null; then
  missing "redis-server or a C compiler is missing: sudo apt-get install $packages"
else
  missing "redis-server (6.2 or newer) or a C compiler is missing: install them with your package manager"
fi
