"""The pages and API lists of an enterprise and an officer: p99 in a large world against p99 in a small one.

Two web servers stand side by side, one on each world; every request goes to the one and to the other in turn. Lists are
asked for at their beginning, in the middle and at the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle

import psycopg

from bench.measure import Result, in_turn
from bench.serving import Client, web
from bench.town import MEASURED, Town
from bench.world import Worlds
from complaints.registry import cursors
from complaints.workflow.inbox import CLOSED, DUE
from tests.servers import valkey_server

TARGET = 1.5
REQUESTS = 300  # of a run, a line and a world
LEAST = 4
PAGE = 50
SAMPLED_CASES = 200
OPEN = "state <> 'closed'"
QUEUES = {
    "intake": "state = 'received'",
    "supervisor": "state IN ('awaiting_mediator', 'recusal_pending')",
    "open": OPEN,
    "closed": "state = 'closed'",
}


@dataclass
class Side:
    """One world behind its server: who asks, and the addresses of each line in turn."""

    clients: Mapping[str, Client]
    addresses: Mapping[str, Sequence[tuple[str, str]]]  # by line: whom it is for, and the path
    turns: dict[str, Iterator[tuple[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.turns = {line: cycle(addresses) for line, addresses in self.addresses.items()}

    def ask(self, line: str) -> float:
        """The line's next address; seconds."""
        who, path = next(self.turns[line])
        return self.clients[who].get(path).seconds


def run(worlds: Worlds, small: int, large: int, scale: float, runs: int) -> Iterator[Result]:
    """A line for each kind of page or list."""
    requests = max(LEAST, round(REQUESTS * scale))
    names = [worlds.of(small), worlds.of(large)]
    with valkey_server() as valkey:
        environments = [worlds.environment(name) | {"COMPLAINTS_REDIS_URL": valkey.url} for name in names]
        with web(environments[0]) as near, web(environments[1]) as far:
            sides = [
                Side(_clients(worlds.town, port), _addresses(worlds.server.address(name), worlds.town))
                for port, name in zip((near, far), names, strict=True)
            ]
            among = (f"{small:,} cases", f"{large:,} cases")
            for line in sides[0].addresses:
                ways = (partial(sides[0].ask, line), partial(sides[1].ask, line))
                yield in_turn(line, ways, among, requests, runs, TARGET)
            for client in [client for side in sides for client in side.clients.values()]:
                client.close()


def _clients(town: Town, port: int) -> dict[str, Client]:
    """People at the pages, programs at the API."""
    people = {login: Client(port).log_in(login) for login in ("agent", "intake", "mediator1")}
    return people | {f"{login}'s program": Client(port, town.tokens[login]) for login in people}


def _addresses(address: str, town: Town) -> dict[str, list[tuple[str, str]]]:
    """Every line's addresses in one world."""
    with psycopg.connect(address) as connection:

        def places(where: str, order: str = "due") -> list[str]:
            return _places(connection, where, order)

        theirs = f"enterprise_id = {MEASURED} AND enterprise_told AND"
        inbox, theirs_by_api = (
            [("", at) for at in places(f"{theirs} {OPEN}", due)]
            + [("state=with_enterprise", at) for at in places(f"{theirs} state = 'with_enterprise'", due)]
            + [("state=closed", at) for at in places(f"{theirs} state = 'closed'", closed)]
            for due, closed in ((DUE, CLOSED), ("due", "closed"))  # the pages' list and the API's have cursors each
        )
        queues = [
            (f"queue={name}", at)
            for name, where in QUEUES.items()
            for at in places(where, "closed" if name == "closed" else "due")
        ]
        mine = [("queue=mine", at) for at in places(f"mediator_id = {town.mediators[0]} AND {OPEN}")]
        numbers = _numbers(connection, f"{theirs} TRUE")
        any_numbers = _numbers(connection, "TRUE")
    return {
        "portal pages": [("agent", _path("/portal", each)) for each in inbox],
        "desk pages": [("intake", _path("/desk", each)) for each in queues]
        + [("mediator1", _path("/desk", each)) for each in mine],
        "case pages": [("agent", f"/portal/cases/{number}") for number in numbers]
        + [("intake", f"/desk/cases/{number}") for number in any_numbers],
        "API lists, enterprise": [("agent's program", _path("/api/v1/complaints", each)) for each in theirs_by_api],
        "API lists, officers": [("intake's program", _path("/api/v1/complaints", each)) for each in queues]
        + [("mediator1's program", _path("/api/v1/complaints", each)) for each in mine],
        "API cases": [("agent's program", f"/api/v1/complaints/{number}") for number in numbers]
        + [("intake's program", f"/api/v1/complaints/{number}") for number in any_numbers],
    }


def _path(base: str, asked: tuple[str, str]) -> str:
    said = "&".join(filter(None, asked))
    return f"{base}?{said}" if said else base


def _places(connection: psycopg.Connection[tuple[object, ...]], where: str, order: str) -> list[str]:
    """The beginning, the middle and the last full page of a list, as cursors."""
    column, way = ("closed_at", "DESC") if order in ("closed", CLOSED) else ("due_at", "ASC")
    total = connection.execute(f"SELECT count(*) FROM complaint WHERE {where}".encode()).fetchone()
    lines = int(str(total[0])) if total else 0
    found = [""]
    for place in sorted({lines // 2, lines - PAGE - 1}):
        row = connection.execute(
            f"SELECT {column}, id FROM complaint WHERE {where}"
            f" ORDER BY {column} {way}, id {way} LIMIT 1 OFFSET {max(0, place - 1)}".encode()
        ).fetchone()
        if row is not None:
            found.append(f"cursor={cursors.write(order, *row)}")  # type: ignore[arg-type]
    return found


def _numbers(connection: psycopg.Connection[tuple[object, ...]], where: str) -> list[str]:
    """Cases at random."""
    query = f"SELECT number FROM complaint WHERE {where} ORDER BY md5(number) LIMIT {SAMPLED_CASES}"
    return [str(row[0]) for row in connection.execute(query.encode())]
