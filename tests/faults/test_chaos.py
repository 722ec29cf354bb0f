"""A year in half a minute, in which everything that can fail does, again and again and at random."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from complaints import queue
from complaints.config import settings
from complaints.stores import answers, redis_url
from tests.faults import afterwards
from tests.faults.conftest import Stores
from tests.faults.crowd import Crowd
from tests.faults.running import Crew, crew, leases
from tests.faults.staged import MONDAY, PATIENCE, Stage, build, stand_at, wait_until_quiet
from tests.servers import SmtpServer, wait_until

YEAR = timedelta(days=365)
SECONDS = 20.0  # a slow machine gets less of the year
CASES = 12
HOURS = (0, 1, 9, 9, 12, 15, 20, 23)


@dataclass
class Storm:
    """Strikes at random at one installation, and counts how often a sender was killed at its work."""

    stage: Stage
    stores: Stores | None  # None: the embedded ones
    rng: Random
    here: ExitStack
    killed: int = 0
    struck: list[str] = field(default_factory=list)
    crew: Crew = field(init=False)

    def __post_init__(self) -> None:
        self.crew = self.here.enter_context(crew())

    def strike(self) -> None:
        """One of the strikes below; those that cost most time are rarer."""
        strikes: tuple[tuple[Callable[[], None], int], ...] = (
            (self.kill_one, 5),
            (self.power_cut, 1),
            (self.stop_redis, 3),
            (self.flush_redis, 3),
            (self.restart_postgres, 2),
            (self.mail_weather, 5),
        )
        kinds, weights = zip(*strikes, strict=True)
        [chosen] = self.rng.choices(kinds, weights)
        self.struck.append(chosen.__name__)
        chosen()

    def kill_one(self) -> None:
        kind = self.rng.choice(queue.KINDS)
        self.crew.kill(self.rng.choice(("horse", "worker")), kind).run_out()
        self.killed += kind != "expire"  # the worker that sends may have the other queues in its care as well

    def power_cut(self) -> None:
        held = self.crew.lose_power()
        self.killed += 1
        held.run_out()
        self.crew = self.here.enter_context(crew())

    def stop_redis(self) -> None:
        if self.stores is None:  # whoever started it starts it again
            wait_until(lambda: self.crew.family.find("valkey.sock"), PATIENCE, "a Valkey to kill")
            server = self.crew.family.find("valkey.sock")
            assert server is not None
            server.kill()
            wait_until(lambda: answers(redis_url(settings(), start=False)), PATIENCE, "another Valkey")
        else:
            self.stores.valkey.stop()
            time.sleep(self.rng.random() / 2)
            self.stores.valkey.start()

    def flush_redis(self) -> None:
        wait_until(lambda: answers(redis_url(settings(), start=False)), PATIENCE, "Redis")
        queue.connection().flushall()

    def restart_postgres(self) -> None:
        if self.stores is not None:
            self.stores.postgres.restart("immediate")

    def mail_weather(self) -> None:
        self.stage.mailbox.mode = self.rng.choice(("normal", "normal", "busy", "drop_after_data"))

    def calm_down(self) -> None:
        """Everything works again, and the time of every lease has passed."""
        self.stage.mailbox.mode = "normal"
        self.crew.end()
        leases().run_out()
        self.crew = self.here.enter_context(crew())


def weather_a_year(stage: Stage, stores: Stores | None, seed: int) -> None:
    """Cases are filed and moved, the clock runs, and all the time something breaks. Afterwards everything is right."""
    stage.file(CASES, "outside")
    crowd, now, until = Crowd(stage, seed), MONDAY, time.monotonic() + SECONDS
    with ExitStack() as here:
        storm = Storm(stage, stores, Random(seed), here)
        wait_until_quiet()
        while now < MONDAY + YEAR and (time.monotonic() < until or not storm.struck):
            now += timedelta(days=storm.rng.choice((1, 2, 3, 5)))
            stand_at(now.replace(hour=storm.rng.choice(HOURS)))
            crowd.act()
            crowd.act()
            if storm.rng.random() < 0.15:
                storm.strike()
            time.sleep(0.05)
        storm.calm_down()
        for days in (0, 1, 2, 5):  # until every back-off has passed
            stand_at(now + timedelta(days=days, hours=1))
            wait_until_quiet()
    there = afterwards.check(stage.mailbox, copies=storm.killed)
    crowd.check(there)
    assert storm.struck


@pytest.mark.parametrize("seed", [315])
def test_a_year_of_everything(stores: Stores, letters: SmtpServer, seed: int) -> None:
    """PostgreSQL and Valkey as servers of their own."""
    weather_a_year(build(letters), stores, seed)


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 121)], indirect=["database"])
def test_a_year_on_one_machine(stage: Stage, seed: int) -> None:
    """The embedded stores: SQLite, and the Valkey that `worker.py` looks after."""
    weather_a_year(stage, None, seed)
