"""Open arrival: every request has its planned time, and is sent then whether or not earlier ones were answered.

Latency counts from the planned time, so that a server which keeps people waiting cannot hide it by being asked less.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from bench.load.people import Crowd

MOST_AT_ONCE = 256
GOOD = (200, 201, 303)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: what kind, how long from its planned time to its last byte, how late it was sent, what came."""

    kind: str
    seconds: float
    sent_late: float
    status: int | str

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return self.status in GOOD


def planned(rate: float, seconds: float, shares: Mapping[str, float], seed: int) -> Iterator[tuple[float, str]]:
    """A Poisson process: when, counted from the start, and what."""
    rng, at = Random(seed), 0.0
    kinds, weights = list(shares), list(shares.values())
    while (at := at + rng.expovariate(rate)) < seconds:
        yield at, rng.choices(kinds, weights)[0]


def arrive(crowd: Crowd, plan: Sequence[tuple[float, str]]) -> list[Visit]:
    """Send everything at its time; returns what became of it."""
    visits: list[Visit] = []
    lock, start = threading.Lock(), time.monotonic() + 0.5

    def visit(due: float, kind: str) -> None:
        sent = time.monotonic()
        try:
            status: int | str = crowd.visit(kind)
        except Exception as error:  # whatever went wrong is an error of the run, and is counted
            status = f"{type(error).__name__}: {error}"[:200]
        with lock:
            visits.append(Visit(kind, time.monotonic() - due, sent - due, status))

    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        for at, kind in plan:
            due = start + at
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(visit, due, kind)
    return visits
