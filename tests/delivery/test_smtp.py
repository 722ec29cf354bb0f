"""The mail channel against a real server: what goes over the wire, and what each failure is called."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest

from complaints.delivery import smtp
from complaints.delivery.smtp import Dropped, Mail, Postman, Refused, Stalled, Unreachable, compose
from complaints.errors import Misconfigured
from tests import servers
from tests.delivery.planted import MONDAY

MAIL = Mail(
    message_id="<K7Q29FXM.0123456789abcdef0123@complaints>",
    sender="投诉中心 <complaints@example.org>",
    to="li.ming@example.com",
    subject="投诉 K7Q29FXM：企业提出了解决方案，请您在截止日期之前决定是否接受，或者提出自己的方案",
    text="您好！\n\n有一项进展。\n" + "长" * 2000,
    html="<p>您好！</p>",
    date=MONDAY,
)


@pytest.fixture
def server() -> Iterator[servers.SmtpServer]:
    with servers.smtp_server() as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)


def test_a_letter_arrives_as_it_was_written(server: servers.SmtpServer) -> None:
    with Postman(server.url) as postman:
        postman.send(MAIL)
    [message] = server.mailbox.taken
    assert server.mailbox.recipients == [["li.ming@example.com"]]
    assert str(message["Message-ID"]) == MAIL.message_id
    assert str(message["Subject"]) == MAIL.subject
    assert str(message["From"]) == "投诉中心 <complaints@example.org>"
    assert str(message["To"]) == "li.ming@example.com"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["Date"]) == "Mon, 23 Nov 2026 02:00:00 +0000"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n").rstrip() == MAIL.text.rstrip()
    assert html.get_content_type() == "text/html"
    assert "您好" in html.get_content()


def test_it_is_ascii_with_short_lines_on_the_wire() -> None:
    wire = compose(MAIL).as_bytes()
    assert wire.isascii()
    assert max(len(line) for line in wire.splitlines()) <= 998
    assert b"Message-ID: " + MAIL.message_id.encode() in wire


def test_a_long_message_id_is_never_encoded_or_cut() -> None:
    long = f"<{'x' * 100}@complaints>"
    assert long.encode() in compose(replace(MAIL, message_id=long)).as_bytes()


@pytest.mark.parametrize("field", ["subject", "to", "sender", "message_id"])
def test_a_line_break_cannot_begin_another_header(server: servers.SmtpServer, field: str) -> None:
    changed: dict[str, Any] = {field: f"{getattr(MAIL, field)}\r\nBcc: spy@example.org"}
    evil = replace(MAIL, **changed)
    with Postman(server.url) as postman, pytest.raises(Refused) as caught:
        postman.send(evil)
    assert caught.value.permanent
    assert server.mailbox.taken == []


def test_one_connection_serves_a_batch(server: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    connect = socket.create_connection

    def counted(*arguments: object, **named: object) -> socket.socket:
        opened.append(1)
        return connect(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", counted)
    with Postman(server.url) as postman:
        for n in range(5):
            postman.send(replace(MAIL, message_id=f"<{n}@complaints>"))
    assert len(server.mailbox.taken) == 5
    assert len(opened) == 1


def test_busy_is_for_now_and_reject_is_for_good(server: servers.SmtpServer) -> None:
    with Postman(server.url) as postman:
        server.mailbox.mode = "busy"
        with pytest.raises(Refused, match="451") as now:
            postman.send(MAIL)
        for mode in ("reject", "reject_recipient"):
            server.mailbox.mode = mode
            with pytest.raises(Refused, match=r"55[04]") as good:
                postman.send(MAIL)
            assert good.value.permanent
        assert not now.value.permanent
        server.mailbox.mode = "normal"
        postman.send(MAIL)  # the same connection is still good
    assert len(server.mailbox.taken) == 1


def test_nobody_listening_is_unreachable(server: servers.SmtpServer) -> None:
    server.down()
    with Postman(server.url) as postman, pytest.raises(Unreachable):
        postman.send(MAIL)


@pytest.mark.usefixtures("impatient")
def test_a_stalling_server_is_left(server: servers.SmtpServer) -> None:
    server.mailbox.mode = "stall"
    with Postman(server.url) as postman, pytest.raises(Stalled):
        postman.send(MAIL)


def test_a_dropped_connection_is_opened_again(server: servers.SmtpServer) -> None:
    server.mailbox.mode = "drop_after_data"
    with Postman(server.url) as postman:
        with pytest.raises(Dropped):
            postman.send(MAIL)
        server.mailbox.mode = "normal"
        postman.send(MAIL)
    assert server.mailbox.message_ids() == [MAIL.message_id] * 2


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """A server that gives these answers, one for each line it reads, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                for answer in answers:
                    connection.sendall(answer)
                    lines.readline()

        thread = Thread(target=serve)
        thread.start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ((b"554 go away\r\n",), Unreachable),
        ((b"220 hi\r\n", b"250 ok\r\n", b"530 log in first\r\n", b"250 ok\r\n"), Unreachable),
        ((b"220 hi\r\n", b"250 ok\r\n", b"421 closing\r\n", b""), Dropped),
        ((b"220 hi\r\n", b"250 ok\r\n"), Dropped),
    ],
    ids=["greeting", "log in first", "closing", "hung up"],
)
def test_whose_fault_it_is(answers: tuple[bytes, ...], failure: type[Exception]) -> None:
    with answering(*answers) as url, Postman(url) as postman, pytest.raises(failure):
        postman.send(MAIL)


@pytest.mark.usefixtures("impatient")
def test_a_silent_greeting_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        postman = Postman(f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        with postman, pytest.raises(Unreachable):
            postman.send(MAIL)


def test_starttls_is_never_skipped_in_silence(server: servers.SmtpServer) -> None:
    url = server.url.replace("smtp:", "smtp+starttls:")
    with Postman(url) as postman, pytest.raises(Unreachable, match="STARTTLS"):
        postman.send(MAIL)
    assert server.mailbox.taken == []


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "smtp://mail:port", "mail:25"])
def test_a_wrong_address_is_named(url: str) -> None:
    with pytest.raises(Misconfigured, match="COMPLAINTS_SMTP_URL"):
        Postman(url)
