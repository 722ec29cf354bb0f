"""Who comes, and what they want: the mix, and the cases that each kind of visit needs.

Of a hundred requests 15 file, 55 read and 30 act. A case is filed once; its consumer reads it after each letter, the
enterprise's staff and program from inbox to answer, the centre where it gets there; and on the way to its end two
things happen to it by somebody's hand. A consumer who sends the form has opened it before.
"""

import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from urllib.parse import quote

import psycopg

from bench import lives
from bench.filing import body as filing_body
from bench.serving import Answer, Client, form_token
from bench.town import MEASURED, Town
from complaints import clock, db
from complaints.registry import links

SHARES: Mapping[str, float] = {
    "file: by form": 10,
    "file: by API, partner": 5,
    "read: form": 10,
    "read: consumer's page": 15,
    "read: portal inbox": 6,
    "read: portal case": 6,
    "read: desk queue": 4,
    "read: desk case": 4,
    "read: API list": 4,
    "read: API case": 4,
    "read: API deadline": 2,
    "act: offer": 8,
    "act: accept": 7,
    "act: statement": 9,
    "act: evidence": 5,
    "act: report performance": 1,
}
PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + secrets.token_bytes(200_000)
SPARE = 1.3  # more cases than are expected to be acted in: arrival is random
READERS = 2_000  # consumers who look at their page or say something
API = "/api/v1/complaints"


@dataclass(frozen=True, slots=True)
class Case:
    """A case that somebody will act in or read; the link only where it is the consumer who does."""

    number: str
    version: int
    link: str = ""


class Crowd:
    """Everybody, with the connections they share and the cases that wait for them."""

    def __init__(self, address: str, town: Town, port: int, visits: int) -> None:
        self.town, self.port = town, port
        self.idle: deque[Client] = deque()
        self.cookies = {login: Client(port).log_in(login).cookies for login in ("agent", "intake", "supervisor")}
        self.forms: deque[tuple[Client, str, str]] = deque()
        self.serial = count(50_000_000)
        most = {name: int(visits * share / 100 * SPARE) + 20 for name, share in SHARES.items()}
        theirs = f"enterprise_id = {MEASURED} AND"
        with psycopg.connect(address) as connection:
            self.offering = _cases(connection, f"{theirs} state = 'with_enterprise'", most["act: offer"])
            self.reporting = _cases(connection, f"{theirs} state = 'performing'", most["act: report performance"])
            accepting = _cases(connection, "state = 'with_consumer'", most["act: accept"])
            others = f"enterprise_id <> {MEASURED} AND state IN ('with_enterprise', 'in_mediation')"
            reading = _cases(connection, others, READERS)  # what they say must not overtake an offer
            self.seen = list(_cases(connection, f"{theirs} enterprise_told", READERS))
            ids: dict[object, object] = dict(connection.execute("SELECT number, id FROM complaint").fetchall())
        waiting = {"act: offer": self.offering, "act: report performance": self.reporting, "act: accept": accepting}
        for kind, pool in waiting.items():
            if len(pool) < most[kind]:
                raise ValueError(f"{kind}: {len(pool)} cases, {most[kind]} wanted; take more: make load CASES=...")
        self.accepting = _with_links(accepting, ids)
        self.reading = list(_with_links(reading, ids))
        self.visits: dict[str, Callable[[], Answer]] = {
            "file: by form": self.send_form,
            "file: by API, partner": self.file_as_partner,
            "read: form": self.open_form,
            "read: consumer's page": lambda: self.page("", f"/c/{self.reader().link}"),
            "read: portal inbox": lambda: self.page("agent", "/portal"),
            "read: portal case": lambda: self.page("agent", f"/portal/cases/{self.shown().number}"),
            "read: desk queue": lambda: self.page("intake", "/desk?queue=intake"),
            "read: desk case": lambda: self.page("supervisor", f"/desk/cases/{self.shown().number}"),
            "read: API list": lambda: self.program("agent", API),
            "read: API case": lambda: self.program("agent", f"{API}/{self.shown().number}"),
            "read: API deadline": lambda: self.program("agent", f"{API}/{self.shown().number}/deadline"),
            "act: offer": self.offer,
            "act: accept": self.accept,
            "act: statement": self.say,
            "act: evidence": self.show,
            "act: report performance": self.report,
        }

    def visit(self, kind: str) -> int:
        """Do one thing of a kind; the status."""
        return self.visits[kind]().status

    # -- what they do ---------------------------------------------------------------------------------------------

    def open_form(self) -> Answer:
        """Somebody opens the form, and will perhaps send it."""
        client = Client(self.port)
        answer = client.get("/file/all")
        key = answer.body.decode().partition('name="filing_key" value="')[2].partition('"')[0]
        self.forms.append((client, form_token(answer), key))
        return answer

    def send_form(self) -> Answer:
        """Somebody who opened it sends it."""
        while not self.forms:
            self.open_form()
        client, token, key = self.forms.popleft()
        said = {name: "yes" if value is True else str(value) for name, value in self._filing().items()}
        answer = client.send_form("/file/all", {"csrf_token": token, "filing_key": key, **said})
        client.close()
        return answer

    def file_as_partner(self) -> Answer:
        """A city's hotline files for a consumer."""
        return self._post("partner", API, self._filing() | {"consumer_authorised": True}, {})

    def page(self, login: str, path: str) -> Answer:
        """A page, logged in or not."""
        return self._shared(self.cookies.get(login, {}), "", lambda client: client.ask("GET", path))

    def program(self, login: str, path: str) -> Answer:
        """A program reads."""
        return self._shared({}, self.town.tokens[login], lambda client: client.ask("GET", path))

    def offer(self) -> Answer:
        """An enterprise's program answers."""
        case = self.offering.popleft()
        day = clock.local_date(clock.now()) + timedelta(days=10)
        said = {"remedy": lives.REMEDY, "amount": "129.00", "perform_by": day.isoformat()}
        return self._post("agent", f"{API}/{case.number}/actions/offer", said, _seen(case))

    def report(self) -> Answer:
        """An enterprise's program says that the promise was kept."""
        case = self.reporting.popleft()
        path = f"{API}/{case.number}/actions/report_performance"
        return self._post("agent", path, {"text": lives.REMEDY}, _seen(case))

    def accept(self) -> Answer:
        """A consumer says yes."""
        case = self.accepting.popleft()
        said = {"release": ["name", "phone", "address"]}
        return self._post(case.link, f"{API}/{case.number}/actions/accept_offer", said, _seen(case))

    def say(self) -> Answer:
        """A consumer has something to add."""
        case = self.reader()
        return self._post(case.link, f"{API}/{case.number}/statements", {"text": lives.NARRATIVE}, {})

    def show(self) -> Answer:
        """A consumer adds a picture, each a new one."""
        case, edge = self.reader(), secrets.token_hex(16)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="kettle.jpg"\r\n'
        content = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + PICTURE + secrets.token_bytes(16)
        content += f"\r\n--{edge}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Idempotency-Key": secrets.token_hex(16)}
        path = f"{API}/{case.number}/evidence"
        return self._shared({}, case.link, lambda client: client.ask("POST", path, content, headers))

    # -- and how --------------------------------------------------------------------------------------------------

    def reader(self) -> Case:
        """Some consumer."""
        return self.reading[secrets.randbelow(len(self.reading))]

    def shown(self) -> Case:
        """Some case of the measured enterprise."""
        return self.seen[secrets.randbelow(len(self.seen))]

    def _filing(self) -> dict[str, object]:
        return filing_body(next(self.serial))

    def _post(self, who: str, path: str, said: object, more: Mapping[str, str]) -> Answer:
        token = self.town.tokens.get(who, who)
        headers = {"Idempotency-Key": secrets.token_hex(16), **more}
        return self._shared({}, token, lambda client: client.send_json(path, said, headers))

    def _shared(self, cookies: Mapping[str, str], token: str, ask: Callable[[Client], Answer]) -> Answer:
        """Over a connection that nobody is using: a proxy in front keeps them open."""
        try:
            client = self.idle.pop()
        except IndexError:
            client = Client(self.port)
        client.token, client.cookies = token or None, dict(cookies)
        answer = ask(client)
        self.idle.append(client)
        return answer


def _seen(case: Case) -> dict[str, str]:
    return {"If-Match": f'"{case.version}"'}


def _cases(connection: "psycopg.Connection[tuple[object, ...]]", where: str, most: int) -> deque[Case]:
    query = f"SELECT number, version FROM complaint WHERE {where} ORDER BY md5(number) LIMIT {most}"
    return deque(Case(str(number), int(str(version))) for number, version in connection.execute(query.encode()))


def _with_links(cases: deque[Case], ids: Mapping[object, object]) -> deque[Case]:
    """Give each a private link that opens it."""
    with db.transaction() as session:
        made = [links.issue(session, int(str(ids[case.number])), clock.now()) for case in cases]
    return deque(Case(case.number, case.version, quote(link)) for case, link in zip(cases, made, strict=True))
