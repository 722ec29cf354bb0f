"""Install pip into this virtual environment from the package index, where Python came without ensurepip.

The standard library is all there is at this point. A wheel of pip runs from inside its own zip file.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
LINK = re.compile(r'href="([^"]*/(pip-(\d+)\.(\d+)(?:\.(\d+))?-py3-none-any\.whl)#sha256=([0-9a-f]{64}))"')


def read(url: str) -> bytes:
    """What stands at `url`."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def main() -> None:
    """Find the newest wheel, check its hash, run it."""
    links = LINK.findall(read(INDEX).decode())
    if not links:
        sys.exit(f"no wheel of pip at {INDEX}")
    link, name, *_numbers, digest = max(links, key=lambda found: [int(part or 0) for part in found[2:5]])
    wheel = read(urllib.parse.urljoin(INDEX, link.split("#")[0]))
    if hashlib.sha256(wheel).hexdigest() != digest:
        sys.exit(f"{name}: the hash does not match")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(wheel)
        subprocess.run([sys.executable, str(path / "pip"), "install", "--quiet", str(path)], check=True)


if __name__ == "__main__":
    main()
