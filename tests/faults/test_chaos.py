"""A year in half a minute, in which everything that can fail does, again and again and at random."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from complaints import queue
from tests.faults import afterwards
from tests.faults.conftest import Stores
from tests.faults.crowd import Crowd
from tests.faults.running import Crew, crew, leases
from tests.faults.staged import MONDAY, Stage, build, stand_at, wait_until_quiet
from tests.servers import SmtpServer

YEAR = timedelta(days=365)
SECONDS = 40.0  # a slow machine gets less of the year
CASES = 12
HOURS = (0, 1, 9, 9, 12, 15, 20, 23)


@dataclass
class Storm:
    """Strikes at random at one installation, and counts how often a sender was killed at its work."""

    stage: Stage
    stores: Stores
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
        self.killed += kind == "deliver"

    def power_cut(self) -> None:
        held = self.crew.lose_power()
        self.killed += 1
        held.run_out()
        self.crew = self.here.enter_context(crew())

    def stop_redis(self) -> None:
        self.stores.valkey.stop()
        time.sleep(self.rng.random() / 2)
        self.stores.valkey.start()

    def flush_redis(self) -> None:
        queue.connection().flushall()

    def restart_postgres(self) -> None:
        self.stores.postgres.restart("immediate")

    def mail_weather(self) -> None:
        self.stage.mailbox.mode = self.rng.choice(("normal", "normal", "busy", "drop_after_data"))

    def calm_down(self) -> None:
        """Everything works again, and the time of every lease has passed."""
        self.stage.mailbox.mode = "normal"
        self.crew.end()
        leases().run_out()
        self.crew = self.here.enter_context(crew())


@contextmanager
def storm(stage: Stage, stores: Stores, seed: int) -> Iterator[Storm]:
    """A storm over a running crew; it has ended afterwards."""
    with ExitStack() as here:
        yield Storm(stage, stores, Random(seed), here)


@pytest.mark.parametrize("seed", [315])
def test_a_year_of_everything(stores: Stores, letters: SmtpServer, seed: int) -> None:
    stage, now = build(letters), MONDAY
    stage.file(CASES, "outside")
    crowd, until = Crowd(stage, seed), time.monotonic() + SECONDS
    with storm(stage, stores, seed) as weather:
        while now < MONDAY + YEAR and time.monotonic() < until:
            now += timedelta(days=weather.rng.choice((1, 1, 2, 3)))
            stand_at(now.replace(hour=weather.rng.choice(HOURS)))
            for _ in range(3):
                crowd.act()
            if weather.rng.random() < 0.12:
                weather.strike()
            time.sleep(0.1)
        weather.calm_down()
        for days in range(1, 30, 4):  # the longest back-off passes, and what is moved runs out
            wait_until_quiet()
            stand_at(now + timedelta(days=days))
        wait_until_quiet()
    there = afterwards.check(stage.mailbox, copies=weather.killed)
    crowd.check(there)
    assert len(there.cases) > CASES, weather.struck
