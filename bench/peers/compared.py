"""The product and django-helpdesk doing the same work on the same server: filing, a staff update, a list, escalation.

What each of them does for it is not the same, and the table would mislead whoever did not know: the product keeps a
chained log, sets a deadline by the calendar, and plants letters and reminders for workers to send; the peer writes a
ticket, follow-ups and their changes, and renders its mail within the request, to nowhere. The peer has no deadline by
working days, no reminders dated ahead, no version check and no log that shows a change.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psycopg

from bench import expiry, filing, lives, settled
from bench.crew import race
from bench.measure import Result, compare, interleaved
from bench.serving import Answer, Client, answers, web
from bench.town import MEASURED
from bench.world import Worlds
from tests.servers import free_port, valkey_server, wait_until

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".peer-venv" / "bin" / "python"
DATABASE = "bench_peer"
CASES, LEAST_CASES = 10_000, 1_000
DUE, LEAST_DUE = 1_000, 50
REQUESTS, LEAST_REQUESTS = 100, 10
LINES = 50  # of a list
QUERY = "eyJmaWx0ZXJpbmciOiB7InN0YXR1c19faW4iOiBbMSwgMl19LCAic29ydGluZyI6ICJjcmVhdGVkIn0="  # its open tickets
_FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Peer:
    """A running django-helpdesk."""

    port: int
    environment: Mapping[str, str]
    staff: Client

    def file(self) -> float:
        """Its public form, sent; the form itself was opened before."""
        public = Client(self.port)
        token = _form(public.get("/tickets/submit/"))
        said = {"title": "电热水壶漏水", "body": lives.NARRATIVE, "submitter_email": "buyer@example.org"}
        answer = public.send_form("/tickets/submit/", {"csrfmiddlewaretoken": token, "priority": "3", **said})
        public.close()
        return _expect(answer, 302)

    def update(self, ticket: int) -> float:
        """A member of staff writes to the submitter, the ticket's page being open."""
        page = f"/tickets/{ticket}/"
        token = _form(self.staff.get(page))
        said = {"comment": lives.REMEDY, "new_status": "1", "public": "1", "title": "A kettle", "priority": "3"}
        fields = {"csrfmiddlewaretoken": token, "owner": "0", "queue": "1", **said}
        return _expect(self.staff.send_form(f"{page}update/", fields), 302)

    def list(self) -> float:
        """The lines of its list of open tickets, as its page asks for them."""
        asked = f"draw=1&start=0&length={LINES}&order[0][column]=0&order[0][dir]=asc&search[value]="
        answer = self.staff.get(f"/datatables_ticket_list/{quote(QUERY)}?{asked}")
        if len(answer.json()["data"]) != LINES:
            raise ValueError("the peer's list is not full")
        return answer.seconds

    def escalate(self, due: int) -> float:
        """Its command over so many tickets; cases a second."""
        _project(self.environment, "due", str(due))
        return due / float(_project(self.environment, "escalate"))


def run(worlds: Worlds, scale: float, runs: int) -> Iterator[Result]:
    """A line for each thing that both can do."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON}: the peer is not installed; `make bench PEERS=1` installs it")
    cases, due = max(LEAST_CASES, round(CASES * scale)), max(LEAST_DUE, round(DUE * scale))
    requests = max(LEAST_REQUESTS, round(REQUESTS * scale))
    database = worlds.of(cases)
    with valkey_server() as valkey, peer(worlds, cases) as other:
        environment = worlds.environment(database) | {"COMPLAINTS_REDIS_URL": valkey.url}
        with web(environment) as port:
            program, public = Client(port, worlds.town.tokens["agent"]), Client(port)
            offer = _offers(worlds, database, program)
            tickets = iter(range(1, cases))
            pairs: dict[str, tuple[Callable[[], float], Callable[[], float]]] = {
                "filing": (lambda: filing.file(public), other.file),
                "an answer by staff": (offer, lambda: other.update(next(tickets))),
                f"a list of {LINES}": (lambda: program.get(filing.PATH).seconds, other.list),
            }
            for name, (ours, theirs) in pairs.items():
                mine, its = interleaved(runs, _series(ours, requests), _series(theirs, requests))
                yield compare(f"{name}, {cases:,} cases", "ms", "django-helpdesk", mine, its)
        with settled.settled(worlds.environment(database)):
            mine, its = interleaved(runs, _expiring(worlds, database, due), lambda _: other.escalate(due))
        yield compare(f"escalating {due:,} of {cases:,}", "cases/s", "django-helpdesk", mine, its)


@contextmanager
def peer(worlds: Worlds, cases: int) -> Iterator[Peer]:
    """The peer with as many tickets, in a database of its own on the same server."""
    worlds.server.drop(DATABASE)
    with worlds.server.connect("postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    environment = {"PEER_DATABASE": DATABASE, "PEER_HOST": str(worlds.server.folder), "PATH": os.environ["PATH"]}
    _project(environment, "prepare", str(cases))
    with worlds.server.connect(DATABASE, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    port = free_port()
    server = subprocess.Popen([str(PYTHON), str(HERE / "project.py"), "serve", str(port)], env=environment)
    try:
        wait_until(lambda: answers(port, "/login/"), 60, "the peer")
        yield Peer(port, environment, _staff(port))
    finally:
        server.terminate()
        server.wait(30)


def _series(ask: Callable[[], float], requests: int) -> Callable[[int], float]:
    """The median of so many, in milliseconds."""
    return lambda _: median(ask() for _ in range(requests)) * 1000


def _offers(worlds: Worlds, database: str, program: Client) -> Callable[[], float]:
    """The enterprise answers one case after another through the API."""
    with psycopg.connect(worlds.server.address(database)) as connection:
        query = f"SELECT number FROM complaint WHERE enterprise_id = {MEASURED} AND state = 'with_enterprise'"
        numbers = iter(connection.execute(f"{query} AND version = 1 ORDER BY id DESC".encode()).fetchall())

    def offer() -> float:
        (number,) = next(numbers)
        headers = {"If-Match": '"1"', "Idempotency-Key": f"offer-{number}"}
        path = f"{filing.PATH}/{number}/actions/offer"
        return _expect(program.send_json(path, {"remedy": lives.REMEDY, "amount": "129.00"}, headers), 200)

    return offer


def _expiring(worlds: Worlds, database: str, due: int) -> Callable[[int], float]:
    """What one worker does with as many deadlines."""
    address = worlds.server.address(database)
    expiry.only_answers_fall_due(address)

    def rate(_: int) -> float:
        work = expiry.next_due(address, due)
        return work.cases / race(expiry.by_one_worker, [work]).seconds

    return rate


def _project(environment: Mapping[str, str], *arguments: str) -> str:
    program: Sequence[str] = [str(PYTHON), str(HERE / "project.py"), *arguments]
    done = subprocess.run(program, env=dict(environment), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _staff(port: int) -> Client:
    client = Client(port)
    token = _form(client.get("/login/"))
    said = {"username": "staff", "password": "a long password for the bench"}
    _expect(client.send_form("/login/", {"csrfmiddlewaretoken": token, **said}), 302)
    return client


def _form(page: Answer) -> str:
    found = _FORM.search(page.body.decode())
    if found is None:
        raise ValueError("a page without a form")
    return found[1]


def _expect(answer: Answer, status: int) -> float:
    if answer.status != status:
        raise ValueError(f"{answer.status} instead of {status}: {answer.body[:2000]!r}")
    return answer.seconds
