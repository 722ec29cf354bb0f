#!/bin/sh
# Make bench/.peer-venv with the peer in it, where it is not there yet.
set -eu
cd "$(dirname "$0")/.."
VENV=.peer-venv
STAMP=$VENV/.installed
[ -f "$STAMP" ] && cmp -s "$STAMP" peers/requirements.txt && exit 0
echo "bench: installing the peer into bench/$VENV"
rm -rf "$VENV"
../.venv/bin/python -m venv "$VENV" 2>/dev/null || { ../.venv/bin/python -m venv --without-pip "$VENV" && "$VENV/bin/python" ../tools/fetch_pip.py; }
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r peers/requirements.txt
cp peers/requirements.txt "$STAMP"
