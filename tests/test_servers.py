"""The test servers themselves do what the fault tests rely on."""

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from tests.servers import SmtpMode, SmtpServer


def send(server: SmtpServer, timeout: float = 5) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@example.org", "b@example.org", "<one@example.org>"
    message["Subject"] = "投诉"
    message.set_content("您好")
    place = urlsplit(server.url)
    with smtplib.SMTP(str(place.hostname), place.port or 0, timeout=timeout) as client:
        client.send_message(message)


def test_it_keeps_what_it_takes(smtp: SmtpServer) -> None:
    send(smtp)
    assert smtp.mailbox.message_ids() == ["<one@example.org>"]
    assert smtp.mailbox.taken[0]["Subject"] == "投诉"
    assert smtp.mailbox.taken[0].get_content().strip() == "您好"


@pytest.mark.parametrize(
    ("mode", "error", "taken"),
    [
        ("busy", smtplib.SMTPDataError, 0),
        ("reject", smtplib.SMTPDataError, 0),
        ("reject_recipient", smtplib.SMTPRecipientsRefused, 0),
        ("stall", smtplib.SMTPServerDisconnected, 0),
        ("drop_after_data", smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_it_misbehaves_as_asked(smtp: SmtpServer, mode: SmtpMode, error: type[Exception], taken: int) -> None:
    smtp.mailbox.mode = mode
    with pytest.raises(error):
        send(smtp, timeout=1)
    assert len(smtp.mailbox.taken) == taken
    smtp.mailbox.mode = "normal"
    send(smtp)
    assert len(smtp.mailbox.taken) == taken + 1


def test_it_refuses_connections_and_comes_back(smtp: SmtpServer) -> None:
    smtp.down()
    with pytest.raises(ConnectionRefusedError):
        send(smtp)
    smtp.up()
    send(smtp)
    assert len(smtp.mailbox.taken) == 1
