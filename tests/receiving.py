"""A program of an enterprise that receives webhooks: a real HTTP server, which answers as it is told to."""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request that came in."""

    headers: dict[str, str]
    body: bytes

    def signed_by(self, secret: str) -> bool:
        """Whether one of the signatures is that of the secret, as Standard Webhooks says."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return right in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """Where it listens, what it answers next (the last answer goes on), and what it got."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    got: list[Got] = field(default_factory=list)
    drip: float = 0.0  # seconds between the bytes of an answer that never ends

    def wait_for(self, count: int, seconds: float = 60) -> None:
        """Wait until so many requests have come in."""
        end = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < end, f"{len(self.got)} of {count} messages came in"
            time.sleep(0.05)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens on this machine until the test is done."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
            if told.drip:
                self._drip()
                return
            code = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", f"{told.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(told.drip)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
