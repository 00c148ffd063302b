#!/usr/bin/env bash
# What tests talk to and Wick itself does without: a server that speaks S3, a reader of Parquet and ONNX Runtime, from
# PyPI, in a folder of their own. Where they cannot be had, the tests that want them say that they were skipped.
set -euo pipefail
folder="${CARGO_TARGET_DIR:-target}/companions"
wanted="moto duckdb onnx onnxruntime"
[ "$(cat "$folder/complete" 2>/dev/null)" = "$wanted" ] && exit 0
rm -rf "$folder"
if python3 -m venv "$folder" >/dev/null 2>&1 \
  && "$folder/bin/pip" install --quiet --disable-pip-version-check 'moto[server]~=5.1' 'duckdb~=1.4' 'onnx~=1.18' 'onnxruntime~=1.22' >/dev/null 2>&1; then
  echo "$wanted" > "$folder/complete"
else
  rm -rf "$folder"
  echo "wick: no Python companions (python3 with venv, and PyPI): tests of S3, of other readers and of ONNX are skipped" >&2
fi
