#!/usr/bin/env bash
# The whole suite: with cargo-nextest where it is installed, with cargo test where it is not. With networks among what is
# tested (the feature `neural`); that the program can be built without them, as it is by default, `make lint` sees.
set -euo pipefail
if cargo nextest --version >/dev/null 2>&1; then
  # Much of a story is waiting: twice as many as there are cores.
  deploy/with_companions.sh cargo nextest run --workspace --features neural --locked --no-fail-fast --test-threads "$(($(nproc) * 2))" "$@"
  cargo test --workspace --features neural --locked --doc --quiet
else
  deploy/with_companions.sh cargo test --workspace --features neural --locked --no-fail-fast "$@"
fi
