"""Filing over HTTP: how long it takes among a million cases, against an empty installation."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from itertools import count
from statistics import median
from typing import Any

from bench import lives
from bench.measure import Result, compare, percentile
from bench.serving import Client, web
from bench.town import name_of
from bench.world import Worlds
from tests.servers import valkey_server

TARGET = 1.2
FILINGS = 200  # of a run, in each world
LEAST = 10
WARM_UP = 10
PATH = "/api/v1/complaints"
_serial = count(1)


def run(worlds: Worlds, large: int, scale: float, runs: int) -> Iterator[Result]:
    """One line."""
    filings = max(LEAST, round(FILINGS * scale))
    names = [worlds.empty("bench_nothing"), worlds.of(large)]
    with valkey_server() as valkey:
        environments = [worlds.environment(name) | {"COMPLAINTS_REDIS_URL": valkey.url} for name in names]
        with (
            web(environments[0]) as near,
            web(environments[1]) as far,
            closing(Client(near)) as one,
            closing(Client(far)) as other,
        ):
            _measured([one, other], WARM_UP)
            laps = [_measured([one, other], filings) for _ in range(runs)]
    tails = {name: round(percentile([s for lap in laps for s in lap[n]], 0.99), 2) for n, name in enumerate(names)}
    empty, full = ([median(lap[number]) for lap in laps] for number in (0, 1))
    detail = {"filings a run": filings, "p99 ms": tails}
    name = f"filing over HTTP, {large:,} cases"
    yield compare(name, "ms", "an empty installation", full, empty, target=TARGET, sense="at most", detail=detail)


def _measured(clients: list[Client], filings: int) -> list[list[float]]:
    """One to each in turn; milliseconds."""
    times: list[list[float]] = [[] for _ in clients]
    for turn in range(filings):
        for number in (0, 1) if turn % 2 else (1, 0):
            times[number].append(file(clients[number]) * 1000)
    return times


def file(client: Client) -> float:
    """One complaint by a new consumer against some enterprise; seconds."""
    answer = client.send_json(PATH, body(next(_serial)), {"Idempotency-Key": secrets.token_urlsafe(16)})
    if answer.status != 201:
        raise ValueError(f"filing: {answer.status} {answer.body[:500]!r}")
    return answer.seconds


def body(serial: int) -> dict[str, Any]:
    """What the API is told."""
    given = asdict(lives.filing(serial, name_of(1 + serial * 7 % 40)))
    return {name: value for name, value in given.items() if value not in ("", None) and name != "mandate"}
