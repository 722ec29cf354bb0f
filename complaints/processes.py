"""Child processes: kept alive while their parent lives, and never a second longer.

On Linux the kernel sends a signal to a child whose parent has died (also by kill -9); elsewhere the child looks for
its parent once a second. Children stand in a process group of their own, so that Ctrl-C reaches only the process that
supervises them and which ends them in order.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

log = logging.getLogger(__name__)

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
CALM_SECONDS = 10.0  # a child that lived this long is restarted at once
MAX_PAUSE_SECONDS = 10.0
POLL_SECONDS = 0.2

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


def die_with_parent(parent: int, with_signal: signal.Signals = signal.SIGKILL) -> None:
    """In a child: ask to be signalled when `parent` dies. Outside Linux this starts a watching thread."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), with_signal)
    else:
        threading.Thread(target=_watch, args=(parent, os.getpid(), with_signal), daemon=True).start()


def _watch(parent: int, child: int, with_signal: signal.Signals) -> None:
    while _alive(parent) and _alive(child):
        time.sleep(1)
    if _alive(child):
        os.kill(child, with_signal)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def start_bound(arguments: Sequence[str], with_signal: signal.Signals) -> "subprocess.Popen[bytes]":
    """Start a program that ends with us, even when we are killed with -9.

    Call it from the main thread: the kernel takes the end of the starting *thread* for the parent's death.
    """
    parent = os.getpid()

    def bind() -> None:
        if LINUX:
            die_with_parent(parent, with_signal)

    child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=bind)  # noqa: PLW1509
    if not LINUX:
        watcher = [sys.executable, "-m", __name__, str(parent), str(child.pid), str(int(with_signal))]
        _watchers.append(subprocess.Popen(watcher, stdin=subprocess.DEVNULL, process_group=0))
    return child


_watchers: list["subprocess.Popen[bytes]"] = []


def end(child: "subprocess.Popen[bytes]", patience: float) -> None:
    """Ask a child to end, wait `patience` seconds, then kill it and its process group."""
    if child.poll() is None:
        child.terminate()
        wait_or_kill(child, patience)


def wait_or_kill(child: "subprocess.Popen[bytes]", patience: float) -> None:
    """Give a child that was told to end its time. It is told once: RQ takes a second word for "drop your job"."""
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        log.warning("killed pid=%d reason=did-not-end seconds=%g", child.pid, patience)
        child.kill()
        child.wait()


@dataclass
class Child:
    """One process to be kept alive, and how its last lives went."""

    name: str
    arguments: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        """Start the process now."""
        self.process, self.started = start_bound(self.arguments, signal.SIGTERM), time.monotonic()
        log.info("started child=%s pid=%d", self.name, self.process.pid)

    def look_after(self) -> None:
        """Restart the process when it is gone, later and later when it keeps dying young."""
        if self.process is not None and self.process.poll() is not None:
            self._note_death(self.process.returncode)
            self.process = None
        if self.process is None and time.monotonic() >= self.not_before:
            self.start()

    def _note_death(self, code: int) -> None:
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > CALM_SECONDS else self.failures + 1
        pause = min(MAX_PAUSE_SECONDS, 0.25 * 2**self.failures) if self.failures else 0.0
        self.not_before = time.monotonic() + pause
        log.warning("died child=%s code=%d lived=%.1fs restart_in=%.1fs", self.name, code, lived, pause)


@dataclass
class Supervisor:
    """Keeps children alive until SIGTERM or SIGINT, then ends them all."""

    children: list[Child]
    patience: float = 15.0  # seconds that a child gets to end by itself
    upkeep: Callable[[], None] = lambda: None  # called about every second
    stopping: bool = field(default=False, init=False)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Make `run` end. Installed as the handler of SIGTERM and SIGINT."""
        self.stopping = True

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Start the children, call `ready`, and keep them alive; returns when all have ended."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)
        try:
            self._look_after_all()
            ready()
            self._loop()
        finally:
            self._end_all()

    def _look_after_all(self) -> None:
        for child in self.children:
            if not self.stopping:
                child.look_after()

    def _loop(self) -> None:
        next_upkeep = 0.0
        while not self.stopping:
            if time.monotonic() >= next_upkeep:
                self.upkeep()
                next_upkeep = time.monotonic() + 1
            self._look_after_all()
            time.sleep(POLL_SECONDS)

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + self.patience
        for process in running:
            wait_or_kill(process, max(0.1, deadline - time.monotonic()))


if __name__ == "__main__":
    _watch(int(sys.argv[1]), int(sys.argv[2]), signal.Signals(int(sys.argv[3])))
