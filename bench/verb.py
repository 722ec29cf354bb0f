"""One action through the verb (lock, checks, event, clock, notices) against bare psycopg writing the same rows.

Both act on cases of their own, drawn at random from one world, in four processes at once; every action is a transaction
of its own, which PostgreSQL has written to the disk before it answers.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import psycopg

from bench import bare, lives, settled, written
from bench.bare import Sample
from bench.crew import race
from bench.measure import Result, compare, interleaved
from bench.world import Worlds
from complaints import clock, db
from complaints.workflow import attempts
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Actor, Role

PROCESSES = 4
WARM_UP = 10  # actions of each process before the clock starts
LEAST_ACTS, MOST_ACTS = 40, 2_000  # of a run
TRIGGERS = ("offer", "extend")
TARGET = 0.40


@dataclass(frozen=True, slots=True)
class Target:
    """A case that waits for its enterprise's answer."""

    number: str
    id: int
    enterprise_id: int
    clock_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one process does: the first cases to warm up, the others measured."""

    trigger: str
    targets: Sequence[Target]
    address: str
    sample: Sample | None = None


def run(worlds: Worlds, cases: int, scale: float, runs: int, triggers: Sequence[str] = TRIGGERS) -> Iterator[Result]:
    """A line for each trigger."""
    acts = max(LEAST_ACTS, round(MOST_ACTS * scale)) // PROCESSES
    database = worlds.of(cases)
    address = worlds.server.address(database)
    with settled.settled(worlds.environment(database)):
        drawn = _draw(address, len(triggers) * (1 + 2 * runs * PROCESSES * (acts + WARM_UP)))
        for trigger in triggers:
            yield _measure(worlds, trigger, drawn, acts, address, runs)


def _measure(worlds: Worlds, trigger: str, drawn: Iterator[Target], acts: int, address: str, runs: int) -> Result:
    sample = sampled(address, trigger, next(drawn))

    def rate(prepare: Callable[[Share], Callable[[], object]], model: Sample | None) -> float:
        shares = [Share(trigger, list(islice(drawn, acts + WARM_UP)), address, model) for _ in range(PROCESSES)]
        if any(len(share.targets) < acts + WARM_UP for share in shares):
            raise ValueError("this world holds too few cases for so many actions")
        worlds.server.settle()
        return PROCESSES * acts / race(prepare, shares).seconds

    ours, theirs = interleaved(runs, lambda _: rate(by_verb, None), lambda _: rate(by_bare_psycopg, sample))
    detail = {"rows": sample.written.counts(), "bytes": written.sizes(sample.written), "acts a run": PROCESSES * acts}
    against = "bare psycopg, same rows"
    return compare(
        f"verb {trigger}, {PROCESSES} processes", "acts/s", against, ours, theirs, target=TARGET, detail=detail
    )


def by_verb(share: Share) -> Callable[[], object]:
    """The product."""
    for target in share.targets[:WARM_UP]:
        act(share.trigger, target)

    def work() -> None:
        for target in share.targets[WARM_UP:]:
            act(share.trigger, target)

    return work


def by_bare_psycopg(share: Share) -> Callable[[], object]:
    """The reference."""
    assert share.sample is not None
    connection = psycopg.connect(share.address, prepare_threshold=1)
    writer, ready = bare.prepared(share.sample, [target.number for target in share.targets])
    for number, rows in ready[:WARM_UP]:
        writer.write(connection, number, rows)

    def work() -> None:
        for number, rows in ready[WARM_UP:]:
            writer.write(connection, number, rows)
        connection.close()

    return work


def act(trigger: str, target: Target) -> None:
    """One action as pages and programs do it."""
    actor = Actor(Role.ENTERPRISE, 1, target.enterprise_id)
    attempt = Attempt(target.number, trigger, [actor], target.version, "account:1", secrets.token_urlsafe(16))
    now = clock.now()
    with db.transaction() as session:
        attempts.act(session, attempt, facts(trigger), now)


def facts(trigger: str) -> Mapping[str, Any]:
    """What an enterprise says."""
    if trigger == "offer":
        day = clock.local_date(clock.now()) + timedelta(days=10)
        return {"remedy": lives.REMEDY, "amount": Decimal("129.00"), "perform_by": day}
    return {"reason": lives.REASON}


def sampled(address: str, trigger: str, target: Target) -> Sample:
    """What the product writes for one case."""
    with psycopg.connect(address) as connection:
        before = written.look(connection, target.id)
        act(trigger, target)
        connection.rollback()
        after = written.look(connection, target.id)
    return Sample(target.number, target.id, target.clock_id, written.difference(before, after))


def _draw(address: str, count: int) -> Iterator[Target]:
    """Cases at random, each once."""
    query = (
        "SELECT number, id, enterprise_id, clock_id, version FROM complaint"
        " WHERE state = 'with_enterprise' AND version = 1 AND number LIKE 'C00-%%' ORDER BY md5(number) LIMIT %s"
    )
    with psycopg.connect(address) as connection:
        rows = connection.execute(query, [count]).fetchall()
    return iter([Target(*row) for row in rows])
