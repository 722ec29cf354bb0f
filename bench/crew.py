"""Several processes doing the same kind of thing at once, begun together; how long all of them took."""

import multiprocessing
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Barrier
from time import monotonic
from typing import Any

PATIENCE_SECONDS = 3600.0
Work = Callable[[Any], Callable[[], object]]
Answer = tuple[float, float, object]  # began, ended, what was answered


@dataclass(frozen=True, slots=True)
class Lap:
    """From the first process's start to the last one's end, in seconds of the machine's clock."""

    seconds: float
    answers: Sequence[object]


def race(prepare: Work, shares: Sequence[object], watch: Callable[[int], object] | None = None) -> Lap:
    """One process a share: each prepares, all begin at once, and each does what its preparation returned.

    `watch` is told the process id of the first one and called once it is running, until it returns.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(shares) + 1)
    answers: multiprocessing.Queue[Answer] = context.Queue()
    crew = [context.Process(target=_member, args=(prepare, share, barrier, answers)) for share in shares]
    for member in crew:
        member.start()
    try:
        barrier.wait(PATIENCE_SECONDS)
        if watch is not None:
            watch(crew[0].pid or 0)
        laps = [_wait(answers, crew) for _ in crew]
    except BaseException:
        for member in crew:
            member.kill()
        raise
    finally:
        for member in crew:
            member.join()
    began, ended = min(lap[0] for lap in laps), max(lap[1] for lap in laps)
    return Lap(ended - began, [lap[2] for lap in laps])


def _wait(answers: "multiprocessing.Queue[Answer]", crew: Sequence[SpawnProcess]) -> Answer:
    """The next answer; somebody who died has none."""
    while True:
        try:
            return answers.get(timeout=1)
        except queue.Empty:
            if any(member.exitcode for member in crew):
                raise RuntimeError("a process of the bench died; the reason stands above") from None


def _member(prepare: Work, share: object, barrier: Barrier, answers: "multiprocessing.Queue[Answer]") -> None:
    try:
        work = prepare(share)
    except BaseException:
        barrier.abort()
        raise
    barrier.wait(PATIENCE_SECONDS)
    began = monotonic()
    answer = work()
    answers.put((began, monotonic(), answer))
