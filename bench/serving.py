"""The web server that the product ships, in a process of its own, and somebody who asks it things."""

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.town import PASSWORD
from complaints import config
from tests.servers import free_port, wait_until

TIMEOUT_SECONDS = 60
READY_SECONDS = 60
# Counted as in an installation, but never reached: all of the bench's requests come from one address.
LIMITS = "; ".join(f"{name}=900000/hour" for name in config.LIMITS)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long that took, to the last byte."""

    status: int
    body: bytes
    seconds: float
    cookies: Mapping[str, str]
    kind: str = ""  # the media type

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


RESTS_SECONDS = 60  # as proxies do (nginx: keepalive_timeout); the product's server waits twice as long


@dataclass
class Client:
    """One person or program with a connection that stays open."""

    port: int
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None
    used: float = 0.0

    def get(self, path: str) -> Answer:
        """Read; anything but 200 is an error."""
        answer = self.ask("GET", path)
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status} {answer.body[:300]!r}")
        return answer

    def send_json(self, path: str, body: object, headers: Mapping[str, str]) -> Answer:
        """POST JSON."""
        return self.ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def send_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """POST a form of a page."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), kind)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. A connection that rested for long is not used again: the server may be closing it just now."""
        if time.monotonic() - self.used > RESTS_SECONDS:
            self.close()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body, {**self._own_headers(), **(headers or {})})
            answer = self.connection.getresponse()
            content = answer.read()
        except BaseException:
            self.connection.close()
            self.connection = None
            raise
        seconds, self.used = time.perf_counter() - began, time.monotonic()
        for line in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, content, seconds, dict(self.cookies), answer.headers.get("Content-Type", ""))

    def _own_headers(self) -> dict[str, str]:
        headers = {"User-Agent": "bench", "Accept-Language": "zh"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def log_in(self, login: str) -> "Client":
        """As people do."""
        form = form_token(self.get("/login"))
        done = self.send_form("/login", {"csrf_token": form, "login": login, "password": PASSWORD})
        if done.status != 303:
            raise ValueError(f"{login} cannot log in: {done.status}")
        return self

    def close(self) -> None:
        """End the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def form_token(page: Answer) -> str:
    """The mark against forged posts of a page's form."""
    found = _TOKEN.search(page.body.decode())
    if found is None:
        raise ValueError("a page without a form")
    return found[1]


@contextmanager
def web(environment: Mapping[str, str]) -> Iterator[int]:
    """`complaints web` on a port of its own; ended afterwards."""
    port = free_port()
    program = [sys.executable, "-m", "complaints.cli", "web", "--port", str(port)]
    with started(program, environment) as process:
        wait_until(lambda: _lives(process) and answers(port, "/healthz"), READY_SECONDS, "the web server")
        yield port


@contextmanager
def started(
    program: list[str], environment: Mapping[str, str], log: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the product with these settings alone. Where there is a log, it says everything there."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COMPLAINTS_")}
    own = {"COMPLAINTS_LIMITS": LIMITS, "COMPLAINTS_LOG_LEVEL": "INFO" if log else "WARNING", **environment}
    with (log or Path(os.devnull)).open("ab") as file:
        errors = file if log else None
        process = subprocess.Popen(program, env=inherited | own, stdout=file, stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _lives(process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is not None:
        raise RuntimeError("the web server did not start; the reason stands above")
    return True


def answers(port: int, path: str) -> bool:
    """Whether a server is there, and well."""
    with closing(Client(port)) as client:
        try:
            return client.ask("GET", path).status == 200
        except OSError:
            return False
