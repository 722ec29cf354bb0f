"""The consumer's private link opens one case, is the same in every letter, and is not in the database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.config import settings
from complaints.delivery import addresses
from complaints.models import LinkToken, PrivateItem
from complaints.registry import links
from tests.delivery import planted
from tests.delivery.planted import MONDAY, enterprise


@pytest.fixture
def case(database: Engine) -> int:
    """The id of a stored complaint."""
    return planted.case()


def test_a_link_opens_its_case_and_is_found_again(case: int) -> None:
    with db.transaction() as session:
        token = links.issue(session, case, MONDAY)
    with db.transaction() as session:
        assert links.find(session, token) == case
        assert links.current(session, case) == token
        assert len(token) == 43


def test_the_database_alone_does_not_give_it_away(case: int, settings_env: Callable[..., None]) -> None:
    settings_env(SECRET_KEY="one" * 11, DATABASE_URL=settings().database_url)
    with db.transaction() as session:
        token = links.issue(session, case, MONDAY)
        row = session.scalars(select(LinkToken)).one()
        assert token not in (row.token_hash, str(row.made_at))
    settings_env(SECRET_KEY="another" * 5)
    with db.transaction() as session:
        assert links.current(session, case) is None  # nobody without the key can derive it
        assert links.find(session, token) == case  # and a changed key breaks no link that is out


def test_a_revoked_link_opens_nothing_and_a_new_one_differs(case: int) -> None:
    with db.transaction() as session:
        old = links.issue(session, case, MONDAY)
        links.revoke(session, case, MONDAY)
        assert links.find(session, old) is None
        assert links.current(session, case) is None
        new = links.issue(session, case, MONDAY)
        assert new != old
        assert links.find(session, new) == case


@pytest.mark.parametrize("guess", ["", "x", "A" * 43, "\udce9", "' OR 1=1 --"])
def test_a_guess_opens_nothing(case: int, guess: str) -> None:
    with db.transaction() as session:
        links.issue(session, case, MONDAY)
        assert links.find(session, guess) is None


def test_the_newest_address_is_used_until_it_is_erased(case: int) -> None:
    with db.transaction() as session:
        for seq, value in enumerate(("old@example.org", "new@example.org")):
            given = {"kind": "email", "seen_by": "contact", "written_by": "consumer", "salt": "s"}
            session.add(PrivateItem(complaint_id=case, seq=seq, value=value, **given))
        session.flush()
        assert addresses.resolve(session, f"consumer:{case}") == "new@example.org"
        newest = session.scalars(select(PrivateItem).where(PrivateItem.value == "new@example.org")).one()
        newest.value, newest.erased_at = None, MONDAY + timedelta(days=1)
        session.flush()
        assert addresses.resolve(session, f"consumer:{case}") is None


@pytest.mark.parametrize(
    "bad", ["", "nobody", "a@x.example, b@y.example", "a@x.example\r\nBcc: b@y.example", "A <a@x.example>"]
)
def test_what_is_not_one_mailbox_is_no_address(database: Engine, bad: str) -> None:
    recipient = enterprise(bad)
    with db.transaction() as session:
        assert addresses.resolve(session, recipient) is None


def test_links_lead_each_reader_to_their_own_page(case: int) -> None:
    with db.transaction() as session:
        token = links.issue(session, case, MONDAY)
        base = settings().base_url
        assert addresses.link(session, f"consumer:{case}", "K1", MONDAY) == f"{base}/c/{token}"
        assert addresses.link(session, "enterprise:1", "K1", MONDAY) == f"{base}/portal/cases/K1"
        assert addresses.link(session, "account:1", "K1", MONDAY) == f"{base}/desk/cases/K1"
        assert addresses.link(session, "desk:intake", None, MONDAY) == f"{base}/desk"
