#!/usr/bin/env bash
# Wick's doors beside others, in one run: needs python3 with venv, PyPI, wrk (apt-get install wrk) and redis-server.
set -euo pipefail
target="${CARGO_TARGET_DIR:-target}"
folder="$target/bench-doors"
wanted="fastapi uvicorn[standard] lightgbm numpy tritonclient[http]"

if ! command -v wrk >/dev/null; then
  echo "wick: no wrk (sudo apt-get install wrk): nothing was measured" >&2
  exit 1
fi
# shellcheck disable=SC2086 # words
if ! deploy/venv.sh "$folder" $wanted; then
  echo "wick: $wanted could not be had (python3 with venv, and PyPI): nothing was measured" >&2
  exit 1
fi
${CARGO:-cargo} build --release --locked --workspace --bin wick --example bare
# Listeners by the thousand need as many descriptors, on both sides.
ulimit -n "$(ulimit -Hn)"
"$folder/bin/python" -B tests/studies/doors/run.py "$target/release/wick" "$target/release/examples/bare" "$folder/work"
