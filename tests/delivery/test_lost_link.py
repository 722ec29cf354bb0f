"""Lost links: asked for by mail address, found when the letter leaves, sent only where the case's own mail goes."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, select, update

from complaints import db
from complaints.config import settings
from complaints.delivery import outbox
from complaints.models import LinkToken, Notice, PrivateItem
from complaints.registry import links
from complaints.registry.marks import email_mark
from tests import servers
from tests.delivery.planted import MONDAY, case, later, statuses, stored

pytestmark = pytest.mark.usefixtures("database")
MEI = "Mei@Example.org"


def give(complaint_id: int, email: str | None) -> None:
    """What an address given later leaves behind; None: erased."""
    with db.transaction() as session:
        session.add(
            PrivateItem(
                complaint_id=complaint_id, seq=1, kind="email", written_by="consumer", seen_by="contact", value=email
            )
        )  # fmt: skip


def hers(number: str = "C26-AAAA-0001", email: str = MEI, **changes: object) -> tuple[int, str]:
    """A case of this address with its link: id and token."""
    complaint_id = case(**{"number": number, "email_mark": email_mark(email), "product": "kettle"} | changes)
    give(complaint_id, email)
    with db.transaction() as session:
        return complaint_id, links.issue(session, complaint_id, MONDAY)


def ask(email: str = MEI, at: datetime = MONDAY) -> None:
    with db.transaction() as session:
        links.ask_again(session, email, "", at)


def deliver(at: datetime = MONDAY) -> int:
    return outbox.deliver_due(now=lambda: at)


def plain(smtp: servers.SmtpServer, n: int = -1) -> str:
    body = smtp.mailbox.taken[n].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_letter_brings_the_links_of_all_her_cases(smtp: servers.SmtpServer) -> None:
    _old, first = hers(locale="zh")
    _new, second = hers("C26-AAAA-0002", locale="en", product="lamp", filed_at=later(hours=1))
    _other, foreign = hers("C26-BBBB-0001", "gao@example.org")
    ask("mei@example.ORG")
    assert deliver() == 1
    assert smtp.mailbox.recipients == [[MEI]]
    text = plain(smtp)
    assert str(smtp.mailbox.taken[0]["Subject"]) == "The private links of your complaints"  # as the newest case speaks
    for number, product, token in (("C26-AAAA-0002", "lamp", second), ("C26-AAAA-0001", "kettle", first)):
        assert f"- {number} · {product}\n  {settings().base_url}/c/{token}" in text.replace("\r\n", "\n")
    assert text.index(second) < text.index(first)
    assert foreign not in text
    html = smtp.mailbox.taken[0].get_body(("html",))
    assert html is not None
    assert f'href="{settings().base_url}/c/{first}"' in html.get_content()
    [notice] = stored()
    assert (notice.status, notice.address, notice.locale, notice.complaint_id) == ("sent", MEI, "en", None)


def test_in_chinese(smtp: servers.SmtpServer) -> None:
    _id, token = hers(locale="zh", product="")
    ask()
    deliver()
    assert str(smtp.mailbox.taken[0]["Subject"]) == "您的投诉查询链接"
    assert "C26-AAAA-0001 · 未写明的商品或服务" in plain(smtp)
    assert token in plain(smtp)


@pytest.mark.parametrize("kept", [True, False])
def test_nobody_of_that_address_is_no_alarm(kept: bool, request: pytest.FixtureRequest) -> None:
    mailbox = None if kept else request.getfixturevalue("smtp").mailbox
    hers()
    ask("stranger@example.net")
    assert deliver() == 1
    [notice] = stored()
    assert (notice.status, notice.address, notice.last_error) == ("void", None, None)
    assert notice.settled_at == MONDAY
    assert mailbox is None or mailbox.taken == []
    with db.transaction() as session:
        assert outbox.dead(session) == []


def test_without_smtp_it_is_kept_with_the_address_of_the_case() -> None:
    hers(locale="en")
    ask()
    assert deliver() == 1
    [notice] = stored()
    assert (notice.status, notice.address, notice.locale) == ("sent", MEI, "en")


def test_asking_does_the_same_whether_or_not_there_is_a_case(database: Engine) -> None:
    hers()
    ask(MEI)
    ask("stranger@example.net")
    known, unknown = stored()
    same = ("complaint_id", "step", "letter", "channel", "locale", "at_once", "facts", "send_at", "status", "attempts")
    assert [getattr(known, name) for name in same] == [getattr(unknown, name) for name in same]
    assert known.recipient != unknown.recipient
    assert len(known.recipient) == len(unknown.recipient) <= 40


def test_the_typed_address_is_kept_nowhere() -> None:
    ask("stranger@example.net")
    deliver()
    with db.reading() as session:
        [row] = session.execute(select(*Notice.__table__.c)).all()
    assert "stranger" not in str(row)
    assert "example.net" not in str(row)


def test_the_same_address_hears_once_an_hour(smtp: servers.SmtpServer) -> None:
    hers()
    hers("C26-BBBB-0001", "gao@example.org")
    for email in (MEI, "mei@example.org", "  MEI@EXAMPLE.ORG "):
        ask(email)
    ask("gao@example.org")
    deliver()
    ask(at=later(minutes=30))
    deliver(later(minutes=30))
    assert smtp.mailbox.recipients == [[MEI], ["gao@example.org"]]
    ask(at=later(hours=1))
    deliver(later(hours=1))
    assert len(smtp.mailbox.taken) == 3


def test_an_address_that_was_replaced_or_erased_brings_nothing(smtp: servers.SmtpServer) -> None:
    replaced, _ = hers()
    give(replaced, "new@example.org")
    erased, _ = hers("C26-AAAA-0002")
    give(erased, None)
    ask()
    deliver()
    assert statuses() == ["void"]
    assert smtp.mailbox.taken == []


def test_cases_closed_long_ago_are_left_out(smtp: servers.SmtpServer) -> None:
    closed = {"state": "closed", "outcome": "settled"}
    _a, lately = hers(**closed, closed_at=later(days=-59))
    _b, long_ago = hers("C26-AAAA-0002", **closed, closed_at=later(days=-60))
    ask()
    deliver()
    assert lately in plain(smtp)
    assert long_ago not in plain(smtp)
    ask(at=later(days=2))
    deliver(later(days=2))
    assert statuses() == ["sent", "void"]


def test_at_most_ten_the_newest(smtp: servers.SmtpServer) -> None:
    tokens = [hers(f"C26-AAAA-{n:04}", filed_at=later(hours=n))[1] for n in range(12)]
    ask()
    deliver()
    assert [token in plain(smtp) for token in tokens] == [False] * 2 + [True] * 10


def test_a_link_that_cannot_be_found_again_is_made_anew(smtp: servers.SmtpServer) -> None:
    complaint_id, token = hers()
    with db.transaction() as session:
        session.execute(update(LinkToken).values(token_hash="x"))
    ask()
    deliver()
    with db.transaction() as session:
        new = links.current(session, complaint_id)
    assert new is not None
    assert new != token
    assert new in plain(smtp)


def test_what_is_written_wrongly_is_dead_and_stops_nobody(
    smtp: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no words")

    hers()
    ask()
    monkeypatch.setattr("complaints.delivery.letter.render_links", broken)
    assert deliver() == 1
    assert statuses() == ["dead"]


# -- rotation ---------------------------------------------------------------------------------------------------------


def test_a_new_link_replaces_all_and_leaves_by_mail(smtp: servers.SmtpServer) -> None:
    complaint_id, old = hers(locale="en", state="closed", closed_at=later(days=-300))
    with db.transaction() as session:
        older = links.issue(session, complaint_id, MONDAY)
        new = links.rotate(session, complaint_id, MONDAY)
    with db.transaction() as session:
        assert [links.find(session, token) for token in (old, older, new)] == [None, None, complaint_id]
        assert links.current(session, complaint_id) == new
        assert links.find(session, old, revoked=True) == complaint_id
    assert deliver() == 1
    assert smtp.mailbox.recipients == [[MEI]]
    assert str(smtp.mailbox.taken[0]["Subject"]) == "A new private link to your complaint"
    assert new in plain(smtp)
    assert old not in plain(smtp)
    [notice] = stored()
    assert (notice.recipient, notice.complaint_id) == (f"consumer:{complaint_id}", complaint_id)


def test_rotating_twice_brings_two_letters_with_the_last_link(smtp: servers.SmtpServer) -> None:
    complaint_id, _ = hers()
    with db.transaction() as session:
        first = links.rotate(session, complaint_id, MONDAY)
        second = links.rotate(session, complaint_id, MONDAY)
    deliver()
    assert len(smtp.mailbox.taken) == 2
    for n in (0, 1):
        assert second in plain(smtp, n)
        assert first not in plain(smtp, n)


def test_without_an_address_nothing_is_planted_and_by_mail_nothing_is_done() -> None:
    complaint_id = case()
    with db.transaction() as session:
        token = links.issue(session, complaint_id, MONDAY)
        assert not links.rotate_by_mail(session, complaint_id, MONDAY)
        assert links.find(session, token) == complaint_id
        new = links.rotate(session, complaint_id, MONDAY)
        assert links.find(session, new) == complaint_id
    assert stored() == []


def test_rotation_leaves_nothing_behind_when_it_is_taken_back() -> None:
    complaint_id, token = hers()
    with db.transaction() as session:
        links.rotate(session, complaint_id, MONDAY)
        session.rollback()
    assert stored() == []
    with db.transaction() as session:
        assert links.find(session, token) == complaint_id


def test_marks_need_the_secret_key(settings_env: Callable[..., None]) -> None:
    settings_env(SECRET_KEY="one" * 11)
    one = email_mark(MEI)
    settings_env(SECRET_KEY="another" * 5)
    assert email_mark(MEI) != one
    assert email_mark("") is None
    assert email_mark(MEI.upper()) == email_mark(MEI.lower())


def test_who_asked_too_early_may_ask_again(smtp: servers.SmtpServer) -> None:
    """There was no case yet, so the letter was void; within the same hour she files, and loses her link."""
    ask()
    assert deliver() == 1
    assert statuses() == ["void"]
    _id, token = hers()
    ask(at=later(minutes=5))
    assert deliver(later(minutes=6)) == 1
    assert token in plain(smtp)
    ask(at=later(minutes=10))
    assert deliver(later(minutes=11)) == 0  # once an hour
