#!/usr/bin/env bash
# Wick beside Python's libraries, in one run: needs python3 with venv, PyPI, and candles in $WICK_DATA or ../shared/data.
set -euo pipefail
target="${CARGO_TARGET_DIR:-target}"
folder="$target/bench-python"
data="${WICK_DATA:-../shared/data}"
wanted="polars pandas numpy pyarrow lightgbm scikit-learn"

files=("$data"/candles/binance_btcusdt_1m_20*.parquet)
if [ ! -e "${files[0]}" ]; then
  echo "wick: no candles in $data/candles (WICK_DATA names another folder): nothing was measured" >&2
  exit 1
fi
# shellcheck disable=SC2086 # words
if ! deploy/venv.sh "$folder" $wanted; then
  echo "wick: $wanted could not be had (python3 with venv, and PyPI): nothing was measured" >&2
  exit 1
fi
${CARGO:-cargo} build --release --locked --example speed
"$folder/bin/python" -B tests/studies/speed/run.py "$target/release/examples/speed" "$folder/work" "${files[@]}"
