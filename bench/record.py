"""The honest record's pages: p99 at a million cases against p99 at ten thousand, and how long taking a month lasts.

The months are taken and published in the large world by the product itself, as a worker does it after the month's end.
Their rows are copied into the small world, so that the pages say the same in both: what differs is how many cases there
are. Every request goes to the one and to the other in turn.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

import psycopg

from bench.lists import LEAST, REQUESTS
from bench.measure import Result, in_turn
from bench.serving import Client, web
from bench.settled import settled
from bench.world import Worlds
from complaints import clock
from complaints.insight import record_taking
from tests import months
from tests.servers import valkey_server

TARGET = 1.5
MOST_SECONDS = 60.0  # for a month; its lease lasts half an hour
MONTHS = 2
AFTER = timedelta(days=45)  # a month is over by then whose twelve months hold everything that has ended
TURN = timedelta(days=31)  # later the one is published and the next one is taken
TABLES = ("record_month", "record_line")
SAMPLED = 200  # enterprises whose pages are opened


def run(worlds: Worlds, small: int, large: int, scale: float, runs: int) -> Iterator[Result]:
    """Three lines: a month is taken; the page of a month; the page of an enterprise."""
    requests = max(LEAST, round(REQUESTS * scale))
    near, far = worlds.of(small), worlds.of(large)
    yield _taken(worlds, far, large)
    if near != far:
        _copy(worlds.server.address(far), worlds.server.address(near))
    addresses = _addresses(worlds.server.address(far))
    with valkey_server() as valkey:
        environments = [worlds.environment(name) | {"COMPLAINTS_REDIS_URL": valkey.url} for name in (near, far)]
        with web(environments[0]) as first, web(environments[1]) as second:
            clients, among = (Client(first), Client(second)), (f"{small:,} cases", f"{large:,} cases")
            for line, paths in addresses.items():
                ways = partial(_ask, clients[0], cycle(paths)), partial(_ask, clients[1], cycle(paths))
                yield in_turn(line, ways, among, requests, runs, TARGET)
            for client in clients:
                client.close()


def _ask(client: Client, paths: Iterator[str]) -> float:
    return client.get(next(paths)).seconds


def _taken(worlds: Worlds, name: str, cases: int) -> Result:
    """Take a month and publish it, and some more so that there is a history."""
    with settled(worlds.environment(name)):
        began = time.monotonic()
        _work(clock.now() + AFTER)
        took = time.monotonic() - began
        for month in range(1, MONTHS + 1):
            months.letters_left()
            _work(clock.now() + AFTER + month * TURN)
    worlds.server.settle()
    what = f"record: taking a month, {cases:,} cases"
    return Result(what, "s", took, MOST_SECONDS, took / MOST_SECONDS, "a minute", 1.0, "at most")


def _work(at: datetime) -> None:
    if not record_taking.work(lambda: at):
        raise ValueError(f"no month of the record changed by {at:%Y-%m-%d}")


def _copy(source: str, target: str) -> None:
    """The months of one world into another."""
    with psycopg.connect(source) as reader, psycopg.connect(target) as writer:
        for table in TABLES:
            out, into = f"COPY {table} TO STDOUT".encode(), f"COPY {table} FROM STDIN".encode()
            with reader.cursor().copy(out) as lines, writer.cursor().copy(into) as copied:
                for line in lines:
                    copied.write(line)


def _addresses(address: str) -> dict[str, Sequence[str]]:
    """The newest month's pages with a rank and without, searched too; and enterprises at random."""
    query = "SELECT enterprise_id FROM record_line WHERE rank IS NOT NULL ORDER BY md5(enterprise_id::text) LIMIT %s"
    with psycopg.connect(address) as connection:
        firms = [int(row[0]) for row in connection.execute(query.encode(), [SAMPLED])]
    pages = [f"/record?page={number}" for number in (1, 2, 10)] if len(firms) == SAMPLED else ["/record"]
    return {
        "record of a month": [*pages, "/record?list=others", "/record?q=Number+17", "/record?list=others&q=Number+17"],
        "record of an enterprise": [f"/record/{firm}" for firm in firms] or ["/record/1"],
    }
