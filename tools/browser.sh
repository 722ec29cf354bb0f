#!/bin/sh
# See that there is a Chromium for `make e2e`: CHROMIUM, one on PATH, or one that Playwright fetches.
# As root on Debian or Ubuntu it is installed from the distribution, with a font that has Chinese letters.
set -eu
cd "$(dirname "$0")/.."

found() {
    [ -n "${CHROMIUM:-}" ] && return 0
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "complaints: installing Chromium and a Chinese font from the distribution"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "complaints: no Chromium here; asking Playwright for one"
.venv/bin/playwright install chromium ||
    { echo "complaints: make e2e needs Chromium. Install it, or say where it is: CHROMIUM=/path/to/chromium make e2e" >&2; exit 1; }
