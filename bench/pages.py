"""Every page of the product in a large world: how long the server takes, and how much a consumer's phone is sent.

Pages are found as people find them: by following links, from the front page, from consumers' private links and from
where each log-in leads, a few addresses of each page. So a new page is measured without being named here. What nobody
is led to is named in the report, and so is what is no page but a file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import cycle, islice
from urllib.parse import urlsplit

import click
import psycopg
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from bench import settled
from bench.measure import Result, percentile
from bench.serving import Answer, Client, web
from bench.world import Worlds
from complaints import clock, db
from complaints.insight import centre, kept
from complaints.registry import links
from tests.servers import valkey_server
from web import create_app

MOST_MILLISECONDS = 100.0  # p95 of each page
MOST_BYTES = 60_000  # of a consumer's page with its style sheets and scripts, without pictures
TARGET = 1.0
REQUESTS = 60  # of each page
LEAST = 4
ADDRESSES = 8  # of each page
CASES = 40  # consumers whose cases are opened
SHOWN = 8  # pages named on the screen; all of them are in the JSON file
SKIPPED = ("static", "demo.", "health.", "api")  # by the beginning of the endpoint
LEAVES = ("/logout",)
STARTS = {
    "agent": ("/portal", "/account"),
    "intake": ("/desk", "/desk?queue=open", "/desk?queue=closed"),
    "mediator1": ("/desk", "/desk?queue=mine"),
    "supervisor": ("/desk", "/desk?queue=supervisor", "/desk/overview"),
    "admin": ("/admin",),
}
_LINK = re.compile(r'<a\b[^>]*?href="([^"#]+)')
_ASSET = re.compile(r'<(?:link rel="stylesheet" href|script src)="([^"]+)"')


@dataclass
class Found:
    """The addresses of the pages, by page, each with who asks; and what turned out to be no page."""

    pages: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def has_room(self, page: str) -> bool:
        """Whether more addresses of a page are wanted."""
        return len(self.pages.get(page, [])) < ADDRESSES and page not in self.files


def run(worlds: Worlds, cases: int, scale: float) -> Iterator[Result]:
    """Two lines: the slowest page, and the consumer's page that weighs most."""
    requests = max(LEAST, round(REQUESTS * scale))
    name = worlds.of(cases)
    with valkey_server() as valkey:
        environment = worlds.environment(name) | {"COMPLAINTS_REDIS_URL": valkey.url}
        with settled.settled(environment):
            app, tokens = create_app(), _links(worlds.server.address(name))
            kept.renew(centre.FIGURES)  # as a worker does, before anybody looks
        with web(environment) as port:
            clients = {"": Client(port)} | {login: Client(port).log_in(login) for login in STARTS}
            found = _found(app, clients, tokens)
            yield _slowest(found, clients, requests, f"{cases:,} cases", _unreached(app, found))
            yield _heaviest(found, clients[""])
            for client in clients.values():
                client.close()


def _links(address: str) -> list[str]:
    """The private links of some consumers, of cases in every state."""
    query = (
        "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY state ORDER BY id DESC) AS n FROM"
        " (SELECT id, state FROM complaint ORDER BY id DESC LIMIT 20000) AS recent) AS ranked ORDER BY n LIMIT %s"
    )
    with psycopg.connect(address) as connection:
        cases = [int(row[0]) for row in connection.execute(query.encode(), [CASES])]
    with db.transaction() as session:
        return [links.issue(session, case, clock.now()) for case in cases]


def _found(app: Flask, clients: Mapping[str, Client], tokens: Sequence[str]) -> Found:
    """Follow links until no page needs more addresses."""
    found = Found()
    waiting = [("", "/"), *(("", f"/c/{token}{more}") for token in tokens for more in ("", "/receipt"))]
    waiting += [(who, path) for who, paths in STARTS.items() for path in paths]
    seen = set(waiting)
    while waiting:
        who, path = waiting.pop(0)
        page = _page(app, path)
        if page is None or not found.has_room(page):
            continue
        answer = clients[who].ask("GET", path)
        if answer.status == 200 and answer.kind.startswith("text/html"):
            found.pages.setdefault(page, []).append((who, path))
            fresh = [(who, link) for link in _led_to(answer) if (who, link) not in seen]
            seen.update(fresh)
            waiting += fresh
        elif answer.status == 200:
            found.files.add(page)
    return found


def _page(app: Flask, path: str) -> str | None:
    """Which page an address is of: its endpoint, and the action where it is the form of one."""
    parts = urlsplit(path)
    try:
        endpoint, values = app.url_map.bind("localhost", query_args=parts.query).match(parts.path, "GET")
    except (HTTPException, RequestRedirect):
        return None
    if str(endpoint).startswith(SKIPPED) or parts.path.startswith(LEAVES):
        return None
    return f"{endpoint} {values['trigger']}" if "trigger" in values else str(endpoint)


def _led_to(answer: Answer) -> Iterator[str]:
    """Links within the site, but those that change the language."""
    for address in map(unescape, _LINK.findall(answer.body.decode())):
        if address.startswith("/") and "lang=" not in address:
            yield address


def _unreached(app: Flask, found: Found) -> list[str]:
    """Pages that nobody was led to."""
    reached = {name.partition(" ")[0] for name in found.pages} | {name.partition(" ")[0] for name in found.files}
    every = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(endpoint for endpoint in every - reached if not endpoint.startswith(SKIPPED))


def _slowest(
    found: Found, clients: Mapping[str, Client], requests: int, among: str, unreached: Sequence[str]
) -> Result:
    times = {page: _times(addresses, clients, requests) for page, addresses in found.pages.items()}
    slow = sorted(((percentile(each, 0.95), page) for page, each in times.items()), reverse=True)
    for milliseconds, page in slow[:SHOWN]:
        click.echo(f"    {page}: p95 {milliseconds:.1f} ms")
    click.echo(f"    no page but a file: {', '.join(sorted(found.files)) or 'none'}")
    click.echo(f"    not reached: {', '.join(unreached) or 'none'}")
    worst = slow[0][0]
    detail = {
        "p95 ms": {page: round(value, 2) for value, page in slow},
        "files": sorted(found.files),
        "not reached": list(unreached),
        "requests of each": requests,
    }
    name = f"slowest of {len(slow)} pages, p95, {among}"
    return Result(name, "ms", worst, MOST_MILLISECONDS, worst / MOST_MILLISECONDS, "allowed", TARGET, "at most", detail)


def _times(addresses: Sequence[tuple[str, str]], clients: Mapping[str, Client], requests: int) -> list[float]:
    """Milliseconds of each request, to the last byte; the first of each address is not counted."""
    for who, path in addresses:
        clients[who].ask("GET", path)
    turns = islice(cycle(addresses), requests)
    return [clients[who].ask("GET", path).seconds * 1000 for who, path in turns]


def _heaviest(found: Found, client: Client) -> Result:
    """What a phone that comes for the first time is sent: the page, its style sheets and scripts."""
    weights = {
        page: max(_weight(client, path) for who, path in addresses if who == "")
        for page, addresses in found.pages.items()
        if addresses[0][0] == ""
    }
    heavy = sorted(((weight, page) for page, weight in weights.items()), reverse=True)
    for weight, page in heavy[:SHOWN]:
        click.echo(f"    {page}: {weight / 1000:.1f} kB")
    worst = heavy[0][0] / 1000
    detail = {"bytes": {page: weight for weight, page in heavy}}
    most = MOST_BYTES / 1000
    return Result("heaviest consumer page", "kB", worst, most, worst / most, "allowed", TARGET, "at most", detail)


def _weight(client: Client, path: str) -> int:
    zipped = {"Accept-Encoding": "gzip"}
    page = client.ask("GET", path)
    assets = {unescape(address) for address in _ASSET.findall(page.body.decode())}
    return len(page.body) + sum(len(client.ask("GET", each, headers=zipped).body) for each in assets)
