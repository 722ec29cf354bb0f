"""Looking at other processes, for tests that kill them."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Family:
    """A process started by a test, and everything below it."""

    pid: int

    def members(self) -> list[psutil.Process]:
        """All descendants that are alive now."""
        try:
            return [child for child in psutil.Process(self.pid).children(recursive=True) if alive(child)]
        except psutil.NoSuchProcess:
            return []

    def find(self, *words: str) -> psutil.Process | None:
        """The first descendant whose command line holds all `words`."""
        for member in self.members():
            try:
                line = " ".join(member.cmdline())
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if all(word in line for word in words):
                return member
        return None


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
