#!/usr/bin/env bash
# Runs a command to which is told where the companions are: programs of PyPI that tests talk to (deploy/companions.sh).
set -euo pipefail
deploy/companions.sh
companions="${CARGO_TARGET_DIR:-$PWD/target}/companions"
if [ -e "$companions/complete" ]; then
  export WICK_MOTO="${WICK_MOTO:-$companions/bin/moto_server}" WICK_PYTHON="${WICK_PYTHON:-$companions/bin/python}"
fi
exec "$@"
