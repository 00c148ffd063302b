#!/usr/bin/env bash
# A Python of its own with packages of PyPI, unless it is there already: deploy/venv.sh FOLDER PACKAGE… [--no-deps PACKAGE…].
# Where they cannot be had (python3 with venv, and PyPI) it leaves nothing behind and fails.
set -euo pipefail
folder="$1"
shift
[ "$(cat "$folder/complete" 2>/dev/null)" = "$*" ] && exit 0
rm -rf "$folder"

together=() alone=()
for word in "$@"; do
  if [ "$word" = --no-deps ] || [ "${#alone[@]}" -gt 0 ]; then alone+=("$word"); else together+=("$word"); fi
done
pip() {
  [ "$#" = 0 ] || "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}
if python3 -m venv "$folder" >/dev/null 2>&1 && pip "${together[@]}" && pip "${alone[@]}"; then
  echo "$*" > "$folder/complete"
else
  rm -rf "$folder"
  exit 1
fi
