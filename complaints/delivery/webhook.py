"""One message sent to one webhook, as Standard Webhooks says: HTTPS, signed, with a time limit, no redirect followed.

The address is somebody else's choice, and we stand inside a network of our own: so the name is looked up here, every
address that it has must lie on the internet, and the connection goes to the very address that was looked at. Nothing
of what is answered is kept but the status.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from complaints import __name__ as product
from complaints.registry import webhooks

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0  # for everything, however slowly a receiver talks
ANSWER_BYTES = 1024  # of an answer that are read, and thrown away


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one try: the status, or why there is none; how long it took."""

    code: int | None
    ms: int
    why: str | None = None

    @property
    def through(self) -> bool:
        """Whether the receiver has taken it."""
        return self.code is not None and 200 <= self.code < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver says that it wants no more."""
        return self.code == http.HTTPStatus.GONE


class _Refused(Exception):
    """Nothing was sent; says why, in a word of complaints/words."""


def send(url: str, body: bytes, headers: dict[str, str]) -> Sent:
    """Post `body` to `url`. Never raises for what the other side, the network or the name server does."""
    began = time.monotonic()
    code, why = None, None
    try:
        code = _post(url, body, headers)
    except _Refused as refused:
        why = str(refused)
    except TimeoutError:
        why = "too_slow"
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() - began >= WHOLE_SECONDS
        why = "too_slow" if late else "not_encrypted" if isinstance(error, ssl.SSLError) else "no_answer"
    return Sent(code, round(1000 * (time.monotonic() - began)), why if code is None else None)


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if encrypted else 80)
    addresses = _look_up(host, port, encrypted=encrypted)
    known = {"Content-Type": "application/json", "User-Agent": f"{product}-webhooks/1", "Connection": "close"}
    with _connected(host, port, addresses, encrypted=encrypted) as connection:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, known | headers)
        answer = connection.getresponse()
        status = answer.status
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer.read(ANSWER_BYTES)
        return status


def _look_up(host: str, port: int, *, encrypted: bool) -> list[str]:
    """The addresses to connect to. Raises _Refused where there is none, or one of them is not on the internet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _Refused("no_such_host") from None
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    if not addresses:
        raise _Refused("no_such_host")
    if not all(webhooks.reachable(ipaddress.ip_address(each), encrypted=encrypted) for each in addresses):
        raise _Refused("private_address")
    return addresses


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, for the name that was asked for."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._addresses, self._context, self._over = addresses, context, False
        if context is not None:
            self.default_port = 443  # so that the Host header names no port that goes without saying

    def connect(self) -> None:
        """Connect without asking the name server again."""
        self.sock = self._reach()
        self.sock.settimeout(WHOLE_SECONDS)
        if self._context is not None:
            self.sock = self._context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )  # in place before the handshake, so that it can be cut
            self._go_on()
            self.sock.do_handshake()
        self._go_on()

    def _go_on(self) -> None:
        if self._over:
            raise TimeoutError

    def _reach(self) -> socket.socket:
        """A connection to the first of the addresses that can be reached."""
        for address in self._addresses[:-1]:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), CONNECT_SECONDS / 2)
        return socket.create_connection((self._addresses[-1], self.port), CONNECT_SECONDS)

    def cut(self) -> None:
        """End it, whoever is waiting for it; while it is being made, it ends as soon as it is."""
        self._over = True
        with contextlib.suppress(OSError, AttributeError, TypeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


@contextmanager
def _connected(host: str, port: int, addresses: Sequence[str], *, encrypted: bool) -> Iterator[_Pinned]:
    """A connection that ends by itself in time: the time limit of a socket begins anew with every byte."""
    connection = _Pinned(host, port, addresses[:3], _encryption() if encrypted else None)
    watch = threading.Timer(WHOLE_SECONDS, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        yield connection
    finally:
        watch.cancel()
        connection.close()


@cache
def _encryption() -> ssl.SSLContext:
    return ssl.create_default_context()
