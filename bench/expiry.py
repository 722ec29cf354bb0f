"""Expiring what is due among many open cases, by one worker process, against one SQL statement doing the same writes.

Every run takes the next cases by deadline, as many for the one as for the other, so that both find the same tables. The
memory of the worker is looked at while it works.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import psutil
import psycopg

from bench import settled, setwise, written
from bench.bare import Sample
from bench.crew import race
from bench.measure import Result, compare, interleaved
from bench.world import Worlds
from complaints import clock, db
from complaints.workflow import sweeps

TARGET = 0.15
FLAT = 1.25  # most to start, of a worker whose memory is flat
LOOK_SECONDS = 0.2
FAR = timedelta(days=90)
BUDGET_SECONDS = 7_200.0


@dataclass
class Memory:
    """What a process held while it worked, in MiB: at first, at most, at last."""

    samples: list[float] = field(default_factory=list)

    def watch(self, pid: int) -> None:
        """Look again and again, in a thread, until the process has ended."""
        threading.Thread(target=self._look, args=(psutil.Process(pid),), daemon=True).start()

    def _look(self, process: psutil.Process) -> None:
        try:
            while process.status() != psutil.STATUS_ZOMBIE:
                if held := process.memory_info().rss:
                    self.samples.append(held / 2**20)
                threading.Event().wait(LOOK_SECONDS)
        except psutil.NoSuchProcess:
            return

    def summary(self) -> dict[str, float]:
        """Start, most and end."""
        start, *_, end = self.samples or [0.0, 0.0]
        return {"start": round(start, 1), "most": round(max(self.samples, default=0.0), 1), "end": round(end, 1)}


@dataclass(frozen=True, slots=True)
class Due:
    """One run's work: everything due at an instant."""

    at: datetime
    cases: int


def run(worlds: Worlds, cases: int, due: int, runs: int) -> Iterator[Result]:
    """The two lines: the rate, and the memory."""
    database = worlds.of(cases)
    address = worlds.server.address(database)
    memories: list[dict[str, float]] = []
    with settled.settled(worlds.environment(database)):
        only_answers_fall_due(address)
        sample = sampled(address)

        def ours(_: int) -> float:
            worlds.server.settle()
            memory, work = Memory(), next_due(address, due)
            lap = race(by_one_worker, [work], memory.watch)
            _expect(lap.answers[0], work)
            memories.append(memory.summary())
            return work.cases / lap.seconds

        def theirs(_: int) -> float:
            worlds.server.settle()
            work = next_due(address, due)
            lap = race(partial(by_one_statement, address, sample), [work])
            _expect(lap.answers[0], work)
            return work.cases / lap.seconds

        detail = {"rows": sample.written.counts(), "due a run": due, "open cases": cases}
        detail |= {"bytes": written.sizes(sample.written)}
        name = f"expiring {due:,} of {cases:,}, one worker"
        rates = interleaved(runs, ours, theirs)
        yield compare(name, "cases/s", "one SQL statement", *rates, target=TARGET, detail=detail)
    yield _flat(memories)


def _flat(memories: list[dict[str, float]]) -> Result:
    """The worst run's most against its start."""
    worst = max(memories, key=lambda each: each["most"] / each["start"])
    ratio = worst["most"] / worst["start"]
    detail = {"runs": memories}
    return Result(
        "memory of the worker", "MiB", worst["most"], worst["start"], ratio, "its start", FLAT, "at most", detail
    )


def by_one_worker(work: Due) -> Callable[[], object]:
    """The product: what an RQ job does, without the twenty seconds after which it lets another one go on."""
    with db.transaction() as session:
        sweeps.due_count(session, clock.now())  # connected, and everything is loaded
    return lambda: sweeps.run_due(lambda: work.at, budget_seconds=BUDGET_SECONDS)


def by_one_statement(address: str, sample: Sample, work: Due) -> Callable[[], object]:
    """The reference, connected and its statement written."""
    connection = psycopg.connect(address)
    statement = setwise.statement(connection, sample, work.at)
    connection.commit()

    def expire() -> int:
        with connection:  # commits
            return connection.execute(statement).rowcount

    return expire


def sampled(address: str) -> Sample:
    """What the product writes for the first case due."""
    work = next_due(address, 1)
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT number, id, clock_id FROM complaint WHERE wake_at <= %s", [work.at]
        ).fetchall()
        number, complaint_id, clock_id = found[0]
        before = written.look(connection, complaint_id)
        connection.rollback()
        sweeps.run_due(lambda: work.at, budget_seconds=BUDGET_SECONDS)
        after = written.look(connection, complaint_id)
    return Sample(number, complaint_id, clock_id, written.difference(before, after))


def next_due(address: str, count: int) -> Due:
    """The instant at which so many cases are due."""
    query = "SELECT wake_at FROM complaint WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1 OFFSET %s"
    with psycopg.connect(address) as connection:
        row = connection.execute(query, [count - 1]).fetchone()
        if row is None:
            raise ValueError("this world holds too few cases for so many deadlines")
        found = connection.execute("SELECT count(*) FROM complaint WHERE wake_at <= %s", [row[0]]).fetchone()
    return Due(row[0], found[0] if found else 0)


def _expect(answer: object, work: Due) -> None:
    if answer != work.cases:
        raise ValueError(f"{work.cases} cases were due, and {answer} were handled")


def only_answers_fall_due(address: str) -> None:
    """What waits for somebody else than the enterprise falls due later, and the service lives until then."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "UPDATE complaint SET due_at = due_at + %s, wake_at = wake_at + %s"
            " WHERE state <> 'with_enterprise' AND wake_at IS NOT NULL",
            [FAR, FAR],
        )
        connection.execute(
            "UPDATE complaint SET due_at = due_at + %s, wake_at = wake_at + %s"
            " WHERE state = 'with_enterprise' AND number NOT LIKE 'C00-%%'",
            [FAR, FAR],
        )
        connection.execute("UPDATE uptime SET last_seen_at = last_seen_at + %s", [FAR])
        connection.execute("VACUUM (ANALYZE) complaint")
