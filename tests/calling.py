"""A client over real HTTP, for tests of real processes: keeps cookies, fills in forms, talks to the API.

A connection that breaks is raised as OSError or HTTPException (`BROKEN`); nothing is tried again by itself.
"""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.servers import wait_until
from tests.web.browser import _HIDDEN

BROKEN = (OSError, http.client.HTTPException)
API = "/api/v1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """The body, where it is a JSON object."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass
class Client:
    """Somebody with a program or a browser, at one web process after another."""

    port: int
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    patience: float = 20.0

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        try:
            connection.request(method, path, body, self._headers() | dict(headers or {}))
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(cookie).items()}
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, text)

    def get(self, path: str) -> Answer:
        """Read a page."""
        return self.ask("GET", path)

    def submit(self, path: str, /, **typed: str) -> Answer:
        """Open a form, fill it in, and send it with its hidden boxes."""
        page = self.get(path)
        return self.send(path, dict(_HIDDEN.findall(page.text)) | typed)

    def send(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send exactly this form."""
        return self.ask("POST", path, urlencode(form).encode(), FORM)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Use the API; `if_match="3"` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        if body is None:
            return self.ask(method, API + path, headers=named)
        return self.ask(method, API + path, json.dumps(body).encode(), named | {"Content-Type": "application/json"})

    def _headers(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.headers | ({"Cookie": kept} if kept else {})


def start(arguments: list[str], output: Path) -> "subprocess.Popen[bytes]":
    """A process of the product in a process group of its own; what it says is added to a file."""
    with output.open("ab") as file:
        return subprocess.Popen([sys.executable, *arguments], cwd="/", stdout=file, stderr=file, process_group=0)


def start_web(port: int, output: Path) -> "subprocess.Popen[bytes]":
    """The pages and the API on a port."""
    return start(["-m", "complaints.cli", "web", "--port", str(port)], output)


def alive(port: int) -> bool:
    """Whether the pages answer."""
    try:
        return Client(port, patience=2).get("/healthz").status == 200
    except BROKEN:
        return False


@contextmanager
def web(port: int, output: Path) -> Iterator[Client]:
    """A web process that answers; afterwards it has ended."""
    with start_web(port, output) as process:
        try:
            wait_until(lambda: alive(port), 60, "the pages")
            yield Client(port)
        finally:
            process.terminate()
