"""Web processes, workers and tickers as on several machines, each in a process group of its own and killed as one."""

import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import worker
from complaints import clock, db
from complaints.models import Notice
from tests import calling
from tests.servers import free_port, wait_until

SCRIPT = str(Path(worker.__file__))
WEB, PULL, TICK = "web", "pull", "tick"


@dataclass
class Machine:
    """One process that is always there, but for the moment after it was killed."""

    kind: str
    arguments: list[str]
    output: Path
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it."""
        self.process = calling.start(self.arguments, self.output)

    def kill(self) -> None:
        """kill -9 of its whole process group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, patience: float = 30.0) -> None:
        """Ask it to end, as an operator does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Machines:
    """All of them. `in_hand` are the letters that a worker which was killed may have sent unrecorded."""

    rng: Random
    output: Path
    members: list[Machine] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    in_hand: Counter[str] = field(default_factory=Counter)

    def start(self, webs: int, workers: int, tickers: int) -> None:
        """Start so many of each and wait until every web process answers."""
        ports = [free_port() for _ in range(webs)]
        web = [["-m", "complaints.cli", "web", "--port", str(port)] for port in ports]
        self.members = [Machine(WEB, each, self.output, port) for each, port in zip(web, ports, strict=True)]
        self.members += [Machine(PULL, [SCRIPT, "pull", "expire,deliver"], self.output) for _ in range(workers)]
        self.members += [Machine(TICK, [SCRIPT, "tick"], self.output) for _ in range(tickers)]
        for member in self.members:
            member.start()
        for port in self.ports:
            wait_until(lambda port=port: calling.alive(port), 90, "the pages")  # type: ignore[misc]

    @property
    def ports(self) -> list[int]:
        """Where the web processes listen."""
        return [member.port for member in self.members if member.kind == WEB]

    def kill_one(self, kind: str) -> None:
        """One of a kind is killed, is away for a moment, and is started again."""
        victim = self.rng.choice([member for member in self.members if member.kind == kind])
        victim.kill()
        self.killed[kind] += 1
        if kind == PULL:
            self.in_hand.update(_leased())
        time.sleep(self.rng.random() * 0.3)
        victim.start()

    def end(self) -> None:
        """End them all."""
        for member in self.members:
            if member.process is not None and member.process.poll() is None:
                member.process.terminate()
        for member in self.members:
            member.end()


def _leased() -> list[str]:
    """The Message-IDs of the letters that are in some worker's hands."""
    held = select(Notice.message_id).where(Notice.status == "waiting", Notice.lease_until > clock.wall())
    try:
        with db.reading() as session:
            return list(session.scalars(held))
    except OperationalError:
        return []
