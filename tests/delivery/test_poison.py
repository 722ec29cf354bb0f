"""A letter that cannot be put together is its own trouble: all others leave, each once."""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage

import pytest
from sqlalchemy.orm import Session

from complaints.delivery import addresses, outbox, parcels
from complaints.delivery import smtp as channel
from complaints.delivery.smtp import Mail
from complaints.errors import BadInput
from complaints.schemas import FilingSchema, parse
from tests import servers
from tests.delivery.planted import enterprise, later, notice, plant, statuses, stored

POISON = "=?hex?B??=@example.com"  # the mail library fails on it, with an IndexError

pytestmark = pytest.mark.usefixtures("database")


def deliver(hours: float = 0) -> int:
    """Deliver what is due so many hours after MONDAY."""
    return outbox.deliver_due(now=lambda: later(hours=hours))


def test_such_an_address_cannot_be_given() -> None:
    with pytest.raises(BadInput) as caught:
        parse(FilingSchema(required=False), {"email": POISON})
    assert caught.value.fields == {"email": ["not_an_email"]}


def test_such_an_address_already_kept_is_none(smtp: servers.SmtpServer) -> None:
    ids = plant(notice(recipient=enterprise(POISON)), *(notice() for _ in range(3)))
    assert deliver() == 4
    assert statuses(ids) == ["dead", "sent", "sent", "sent"]
    assert stored(ids)[0].last_error == addresses.NONE_KNOWN
    assert len(smtp.mailbox.taken) == 3


def test_a_letter_that_cannot_be_composed_is_refused_for_good(
    smtp: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = plant(notice(recipient=enterprise("bad@example.com")), *(notice() for _ in range(3)))
    monkeypatch.setattr(channel, "compose", _failing(channel.compose))
    assert deliver() == 4
    assert statuses(ids) == ["dead", "sent", "sent", "sent"]
    assert deliver(1) == 0
    assert len(smtp.mailbox.taken) == 3


def test_a_letter_that_fails_in_an_unforeseen_way_holds_up_no_other(
    smtp: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = plant(*(notice() for _ in range(4)))
    make = parcels.make

    def failing(session: Session, notice_id: int, token: str, at: datetime) -> parcels.Parcel | None:
        if notice_id == ids[0]:
            raise IndexError("nobody thought of this")
        return make(session, notice_id, token, at)

    monkeypatch.setattr(parcels, "make", failing)
    assert deliver() == 3
    assert statuses(ids) == ["waiting", "sent", "sent", "sent"]
    assert len(smtp.mailbox.taken) == 3


@pytest.mark.parametrize("code", [450, 550])
def test_what_a_server_answers_is_kept_without_addresses(
    smtp: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    async def refuse(*_: object) -> str:
        return f"{code} <mei@example.org>: no such mailbox"

    monkeypatch.setattr(servers.Mailbox, "handle_RCPT", refuse)
    plant(notice(recipient=enterprise("mei@example.org")))
    deliver()
    [letter] = stored()
    assert f"{code} <***>" in f"{letter.last_error}"
    assert "mei@example.org" not in f"{letter.last_error} {caplog.text}"


def _failing(compose: Callable[[Mail], EmailMessage]) -> Callable[[Mail], EmailMessage]:
    def compose_but_one(mail: Mail) -> EmailMessage:
        if mail.to == "bad@example.com":
            raise IndexError("string index out of range")
        return compose(mail)

    return compose_but_one
