"""The installation that is looked at: `complaints run --demo` in a folder of its own, until the tests are done."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 240
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is, and the folder with its data."""

    url: str
    folder: Path


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Start it on a free port, wait until it is ready, and end it with everything it has started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMPLAINTS_")}
    environment |= {
        "COMPLAINTS_DATA_DIR": str(folder / "data"),
        "COMPLAINTS_TICK_SECONDS": "1",
        "COMPLAINTS_WEBHOOK_LOCAL": "1",
    }
    environment |= {
        "COMPLAINTS_LIMITS": "login=off; names=off; filing=off; mailboxes=off; links=off; files=off; acts=off"
    }
    command = [sys.executable, "-m", "complaints.cli", "run", "--demo", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(url, process, folder / "log")
        yield Site(url, folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the product ended at once:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the product was not ready in time:\n{log.read_text()[-3000:]}")
