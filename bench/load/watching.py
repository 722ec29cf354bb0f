"""What the machine does meanwhile: processor time by process, letters by how late they left."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil
import psycopg

from bench.measure import percentile

LOOK_SECONDS = 1.0
GENERATOR = "generator"  # this process, whose children are everybody else
LATE = """
SELECT extract(epoch FROM sent_at - greatest(send_at, made_at)) FROM notice
WHERE made_at >= %s AND at_once AND status = 'sent'
"""
WAITING = "SELECT count(*) FROM notice WHERE made_at >= %s AND at_once AND status = 'waiting'"


@dataclass
class Processors:
    """Seconds of processor time by kind of process, from `begin` to `end`."""

    roots: Mapping[str, int]  # name -> process whose family it is
    busy: list[float] = field(default_factory=list)  # of the whole machine, percent, each second
    began: float = 0.0
    _ending: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Look at the machine each second, in a thread."""
        self.began, self._first = time.monotonic(), self._spent()
        psutil.cpu_percent()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def end(self) -> dict[str, float]:
        """Cores used on average, by kind."""
        self._ending.set()
        self._thread.join()
        seconds, spent = time.monotonic() - self.began, self._spent()
        return {name: round((used - self._first.get(name, 0.0)) / seconds, 3) for name, used in sorted(spent.items())}

    def _go_on(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            self.busy.append(psutil.cpu_percent())

    def _spent(self) -> dict[str, float]:
        """So far, by kind: of everybody who lives, and of their children who have died."""
        spent: dict[str, float] = defaultdict(float)
        for root, pid in self.roots.items():
            process = psutil.Process(pid)
            for member in [process, *(process.children(recursive=True) if root != GENERATOR else [])]:
                try:
                    times, name = member.cpu_times(), _name(root, member)
                except psutil.NoSuchProcess:
                    continue
                spent[name] += times.user + times.system
                spent[name] += times.children_user + times.children_system if root != GENERATOR else 0.0
        return spent


def _name(root: str, member: psutil.Process) -> str:
    """Which part of the product, or of its surroundings, a process is."""
    if root != "product":
        return root
    said = " ".join(member.cmdline())
    for mark, name in ((" web ", "web"), ("pull expire", "worker: expire"), ("pull deliver", "worker: deliver")):
        if mark in f"{said} ":
            return name
    return "ticker" if said.endswith(" tick") else "valkey" if "valkey" in said or "6379" in said else "supervisors"


def letters(address: str, since: object, patience: float) -> dict[str, float]:
    """How late the letters of the run left, in seconds; those that wait still are given a while."""
    until = time.monotonic() + patience
    with psycopg.connect(address, autocommit=True) as connection:
        while (waiting := _one(connection, WAITING, since)) and time.monotonic() < until:
            time.sleep(0.5)
        late = [float(str(row[0])) for row in connection.execute(LATE.encode(), [since])]
    shares = {"p50": 0.5, "p99": 0.99, "latest": 1.0}
    told = {name: round(percentile(late, share), 2) for name, share in shares.items()} if late else {}
    return {"sent": len(late), "still waiting": waiting, **told}


def _one(connection: "psycopg.Connection[tuple[object, ...]]", query: str, since: object) -> int:
    row = connection.execute(query.encode(), [since]).fetchone()
    return int(str(row[0])) if row else 0
