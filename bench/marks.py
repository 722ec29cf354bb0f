"""The page that a mark leads to: p99 with a million codes against p99 with ten thousand, each looked up before.

Two web servers stand side by side, one on each installation; every request goes to the one and to the other in turn,
each time for another code, so that every look is counted and written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from random import Random

from bench.measure import Result, in_turn
from bench.serving import Client, web
from bench.town import MEASURED
from bench.world import Worlds
from complaints.registry import mark_codes
from tests.servers import valkey_server

TARGET = 1.5
REQUESTS = 300  # of a run and an installation
LEAST = 4
SAMPLED = 5_000  # codes that are asked for
KEY = bytes(range(32))
BATCH = 1
FILL = (
    "INSERT INTO mark_scan (mark_batch_id, serial, scans, networks, first_at, last_at)"
    " SELECT %s, serial, 1 + serial %% 9, '[\"a1b2\", \"c3d4\"]', now() - interval '90 days', now() - interval '1 day'"
    " FROM generate_series(1, %s) AS serial"
)


@dataclass
class Side:
    """One installation behind its server, and the codes that are asked for in turn."""

    client: Client
    codes: Sequence[str]
    turns: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.turns = cycle(self.codes)

    def ask(self) -> float:
        """The page of the next code; seconds."""
        return self.client.get(f"/verify/{next(self.turns)}").seconds


def run(worlds: Worlds, small: int, large: int, scale: float, runs: int) -> Iterator[Result]:
    """One line: the page with its count."""
    requests = max(LEAST, round(REQUESTS * scale))
    names = [_installation(worlds, codes) for codes in (small, large)]
    with valkey_server() as valkey:
        environments = [worlds.environment(name) | {"COMPLAINTS_REDIS_URL": valkey.url} for name in names]
        with web(environments[0]) as near, web(environments[1]) as far:
            sides = [Side(Client(port), _codes(codes)) for port, codes in ((near, small), (far, large))]
            ways, among = (sides[0].ask, sides[1].ask), (f"{small:,} codes", f"{large:,} codes")
            yield in_turn("mark's page", ways, among, requests, runs, TARGET)
            for side in sides:
                side.client.close()


def _installation(worlds: Worlds, codes: int) -> str:
    """One batch of so many codes, each of which was looked up before."""
    name = worlds.empty(f"bench_marks_{codes}")
    with worlds.server.connect(name, autocommit=True) as connection:
        connection.execute(b"INSERT INTO mark_key (id, key, made_at) VALUES (1, %s, now())", [KEY])
        connection.execute(
            b"INSERT INTO mark_batch (id, enterprise_id, product, batch, place, plant, route, size, made_at)"
            b" VALUES (%s, %s, 'kettle', 'K-1', 'Shanghai', 'Plant 2', '[\"Suzhou\"]', %s, now())",
            [BATCH, MEASURED, codes],
        )
        connection.execute(FILL.encode(), [BATCH, codes])
        connection.execute(b"VACUUM (ANALYZE)")
    return name


def _codes(size: int) -> list[str]:
    rng = Random(size)
    return [mark_codes.code(KEY, BATCH, serial) for serial in rng.sample(range(1, size + 1), min(SAMPLED, size))]
