#!/bin/sh
# Make .venv and install the pinned packages, if they are not there yet.
#
#   sh tools/bootstrap.sh run [PORT]   what the product needs; first makes sure that PORT is free
#   sh tools/bootstrap.sh dev          and what tests and checks need
#
# Needs Python 3.11 or newer and the package index, nothing else: no root, no compiler.
set -eu
cd "$(dirname "$0")/.."

NEEDED_MEGABYTES=600
WHAT=${1:-run}
PORT=${2:-}
VENV=.venv
STAMP=$VENV/.installed-$WHAT
LOG=$VENV/install.log

say() { echo "complaints: $*"; }
fail() { echo "complaints: $*" >&2; exit 1; }

# The first Python that is new enough; PYTHON=/path/to/python overrides the search.
find_python() {
    found=""
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        version=$("$name" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return 0
        fi
        found="$found${found:+, }$name is $version"
    done
    fail "Python 3.11 or newer is needed; found: ${found:-no Python at all}. Install one, or say where it is: make run PYTHON=/path/to/python3.12"
}

check_port() {
    "$1" - "$2" <<'PY' || exit 1
import socket, sys
text = sys.argv[1]
if not text.isdigit() or not 0 < int(text) < 65536:
    sys.exit(f"complaints: PORT must be a number from 1 to 65535, not {text!r}")
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    probe.bind(("127.0.0.1", int(text)))
except OSError as error:
    other = 8123 if text != "8123" else 8124
    sys.exit(f"complaints: port {text} cannot be used ({error.strerror}). Take another one: make run PORT={other}")
PY
}

check_disk() {
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$NEEDED_MEGABYTES" ] || fail "only $free MB of disk are free in $(pwd); setting up needs about $NEEDED_MEGABYTES MB"
}

# What the installation depends on; when it changes, packages are installed again.
fingerprint() {
    { pwd; "$1" --version; cat requirements.txt setup.cfg pyproject.toml; [ "$WHAT" = run ] || cat requirements-dev.txt; } | cksum
}

make_venv() {
    say "making a virtual environment in $VENV with $("$1" --version)"
    rm -rf "$VENV"
    "$1" -c 'import venv' 2>/dev/null || fail "this Python has no module venv. On Debian or Ubuntu: apt install python3-venv"
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv "$VENV" || fail "the virtual environment could not be made; the reason stands above"
        return 0
    fi
    # Debian and Ubuntu split ensurepip off into python3-venv; the index has pip as well.
    say "this Python has no ensurepip; fetching pip from the package index"
    "$1" -m venv --without-pip "$VENV" && "$VENV/bin/python" tools/fetch_pip.py ||
        fail "pip could not be fetched. On Debian or Ubuntu, this helps: apt install python3-venv"
}

pip_install() {
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" >"$LOG" 2>&1 && return 0
    tail -n 15 "$LOG" >&2
    if grep -qiE 'No space left|Errno 28' "$LOG"; then
        fail "the disk is full; setting up needs about $NEEDED_MEGABYTES MB"
    elif grep -qiE 'connection|timed out|resolve|proxy|SSL|Could not fetch|No matching distribution' "$LOG"; then
        fail "a package could not be fetched (see above). Is the package index reachable? Behind a mirror, set PIP_INDEX_URL."
    fi
    fail "installing packages failed (see above; all of it is in $LOG)"
}

install() {
    count=$(grep -c '==' requirements.txt)
    say "installing $count pinned packages into $VENV (only when they change; about a minute)"
    pip_install -r requirements.txt
    if [ "$WHAT" = dev ]; then
        say "installing what tests and checks need"
        pip_install -r requirements-dev.txt
    fi
    pip_install --no-deps --no-build-isolation --editable .
}

PYTHON_FOUND=$(find_python)
[ -z "$PORT" ] || check_port "$PYTHON_FOUND" "$PORT"
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint "$PYTHON_FOUND")" ] && "$VENV/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
check_disk
"$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || make_venv "$PYTHON_FOUND"
install
fingerprint "$PYTHON_FOUND" >"$STAMP"
