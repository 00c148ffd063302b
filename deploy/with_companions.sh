#!/usr/bin/env bash
# Runs a command to which is told where the companions are: programs of PyPI that tests talk to (deploy/companions.sh).
# Its temporary folders are in memory where there is room: stories flush all the time, browsers too, and one does not want to
# learn how busy the disk is.
set -euo pipefail
deploy/companions.sh
companions="${CARGO_TARGET_DIR:-$PWD/target}/companions"
if [ -e "$companions/complete" ]; then
  export WICK_MOTO="${WICK_MOTO:-$companions/bin/moto_server}" WICK_PYTHON="${WICK_PYTHON:-$companions/bin/python}"
fi
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail --block-size=1M /dev/shm | tail -n 1)" -ge 4096 ]; then
  TMPDIR=$(mktemp -d /dev/shm/wick.XXXXXX)
  export TMPDIR
  # PostgreSQL does not run as root, and must be able to reach its own.
  chmod 711 "$TMPDIR"
  # A browser that was just ended may still have written something.
  trap 'for _ in 1 2 3; do rm -rf "$TMPDIR" 2>/dev/null && break; sleep 1; done' EXIT
fi
"$@"
