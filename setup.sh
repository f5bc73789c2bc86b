#!/bin/sh
# Makes the environment that the Makefile works in: `sh setup.sh .venv`.
set -eu
venv=$1

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
python=
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
  if "$name" -c "$fits" >/dev/null 2>&1; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no Python")
  echo "psi-co needs Python 3.11, 3.12 or 3.13 (found: $found)." >&2
  echo "Install one of them, or name it: make PYTHON=/path/to/python3.12 ..." >&2
  exit 2
fi

echo "Setting up in $venv with $("$python" --version) (once; a minute or two) ..."
rm -rf "$venv"
if ! "$python" -m venv "$venv"; then
  echo "This Python cannot make an environment; on Debian: apt-get install python3-venv" >&2
  exit 2
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
  --no-build-isolation --editable .
