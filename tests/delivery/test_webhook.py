"""One message on its way: where it may go, and what an unfriendly receiver can do."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from complaints.delivery import webhook
from complaints.errors import BadInput
from complaints.registry import webhooks
from tests.receiving import Receiver, receiver


@pytest.fixture
def listening() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


@pytest.fixture
def local(settings_env: Callable[..., None]) -> None:
    """Webhooks may lead to this machine."""
    settings_env(WEBHOOK_LOCAL=1)


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """What a receiver shows who it is with; signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    valid = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, *valid)
    private = serialization.PrivateFormat.PKCS8
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def send(url: str) -> webhook.Sent:
    return webhook.send(url, b"{}", {"Webhook-Id": "msg_1"})


def test_what_is_sent_arrives_and_its_status_comes_back(local: None, listening: Receiver) -> None:
    sent = send(f"{listening.url}?who=crm")
    assert (sent.code, sent.through, sent.why) == (204, True, None)
    (got,) = listening.got
    assert (got.body, got.headers["webhook-id"], got.headers["content-type"]) == (b"{}", "msg_1", "application/json")
    assert got.headers["host"] == listening.url.split("/")[2]


@pytest.mark.parametrize("code", [301, 307, 400, 500])
def test_anything_but_success_is_a_failure_and_no_redirect_is_followed(
    local: None, listening: Receiver, code: int
) -> None:
    listening.answers = [code]
    sent = send(listening.url)
    assert (sent.code, sent.through) == (code, False)
    assert len(listening.got) == 1


def test_nothing_goes_to_this_machine_unless_the_operator_allows_it(
    settings_env: Callable[..., None], listening: Receiver
) -> None:
    assert send(listening.url).why == "private_address"
    assert send(listening.url.replace("127.0.0.1", "localhost")).why == "private_address"
    assert listening.got == []


def test_a_name_is_judged_by_where_it_leads_and_not_asked_for_twice(
    settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time cannot lead us inside."""
    asked: list[str] = []
    reached: list[Any] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **more: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *args, **more)
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: Any, timeout: float) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert send("https://rebinding.example/hook").why == "no_answer"
    assert (asked, reached) == (["rebinding.example"], [("93.184.216.34", 443)])


def test_one_private_address_among_others_is_enough_to_refuse(
    settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: both)
    assert send("https://both.example/hook").why == "private_address"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet(settings_env: Callable[..., None], address: str) -> None:
    assert not webhooks.reachable(ip_address(address), encrypted=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_addresses_of_the_internet(settings_env: Callable[..., None], address: str) -> None:
    assert webhooks.reachable(ip_address(address), encrypted=True)
    assert not webhooks.reachable(ip_address(address), encrypted=False)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", "required"),
        ("crm.example.com/hook", "not_an_address"),
        ("http://crm.example.com/hook", "not_an_address"),
        ("ftp://crm.example.com/hook", "not_an_address"),
        ("https://", "not_an_address"),
        ("https://user:secret@crm.example.com/", "not_an_address"),
        ("https://crm.example.com/#part", "not_an_address"),
        ("https://crm.example.com:99999/", "not_an_address"),
        ("https://crm.example.com/a b", "not_an_address"),
        ("https://crm.example.com/\r\nX-Evil: 1", "not_an_address"),
        ("https://客服.example.com/", "not_an_address"),
        ("https://[::1/", "not_an_address"),
        ("https://127.0.0.1/hook", "private_address"),
        ("https://[::1]/hook", "private_address"),
        ("https://crm.example.com/" + "a" * 500, "too_long:500"),
    ],
)
def test_addresses_that_cannot_be_subscribed(settings_env: Callable[..., None], url: str, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        webhooks.checked(url)
    assert refused.value.fields == {"url": [key]}


def test_an_address_that_can(settings_env: Callable[..., None]) -> None:
    for url in ("https://crm.example.com/hook?a=1", "https://crm.example.com:8443", "https://[2606:2800:220::1]:444/x"):
        assert webhooks.checked(f" {url} ") == url


def test_a_receiver_that_talks_for_ever_is_cut_off(
    local: None, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.5)
    listening.drip = 0.05
    sent = send(listening.url)
    assert (sent.code, sent.why) == (None, "too_slow")
    assert 400 <= sent.ms < 5000


def test_a_receiver_that_gains_time_with_its_handshake_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, certificate: ssl.SSLContext
) -> None:
    """The time is over while the connection is being made encrypted; afterwards it would drip for ever."""
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.6)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    monkeypatch.setattr(webhook, "_encryption", lambda: trusting)
    monkeypatch.setattr(webhook, "_look_up", lambda *_, encrypted: ["127.0.0.1"])
    reach = webhook._Pinned._reach

    def late(connection: Any) -> socket.socket:
        time.sleep(0.4)
        return reach(connection)

    monkeypatch.setattr(webhook._Pinned, "_reach", late)

    def drip(server: socket.socket) -> None:
        raw, _ = server.accept()
        time.sleep(0.4)  # the time is over meanwhile; that of the handshake is not
        with contextlib.suppress(OSError), certificate.wrap_socket(raw, server_side=True) as line:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200:
                line.send(bytes([byte]))
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=drip, args=[server], daemon=True).start()
        sent = send(f"https://localhost:{server.getsockname()[1]}/")
    assert (sent.code, sent.why) == (None, "too_slow")
    assert sent.ms < 3000


def test_a_receiver_that_says_nothing_is_left(local: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sent = send(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert (sent.code, sent.why) == (None, "too_slow")


def test_what_is_not_there_and_what_is_not_encrypted(local: None, listening: Receiver) -> None:
    assert send("http://127.0.0.1:1/").why == "no_answer"
    assert send("https://no-such-name.invalid/").why == "no_such_host"
    assert send(listening.url.replace("http:", "https:")).why == "not_encrypted"
