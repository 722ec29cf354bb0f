"""Certificates: written when a version comes into force, signed, replaced, and checked offline."""

import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from complaints import db, jobs
from complaints.cli import cli
from complaints.config import settings
from complaints.documents import certifying
from complaints.errors import BadInput, NotFound
from complaints.models import Certificate
from complaints.registry import pledges, signing
from complaints.registry.pledges import Wording
from tests import pledging
from tests.people import World, world
from tests.pledging import SPRING, TEXTS, firm, intake

LATER = SPRING + timedelta(days=5)


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


@pytest.fixture
def pledge(there: World) -> int:
    """A pledge in force, whose first certificate waits to be written."""
    return pledging.published(there, pledging.campaign())


def issued(pledge_id: int) -> dict[tuple[int, str], Certificate]:
    with db.reading() as session:
        found = session.scalars(select(Certificate).where(Certificate.pledge_id == pledge_id)).all()
    return {(each.edition, each.language): each for each in found}


def state(code: str) -> str:
    with db.reading() as session:
        found = certifying.check(session, code, LATER)
    assert found is not None
    return found.state


def test_it_is_written_once_in_both_languages_and_signed(there: World, pledge: int) -> None:
    with db.reading() as session:
        assert certifying.due_count(session) == 1
    assert certifying.issue_due(lambda: SPRING) == 2
    assert certifying.issue_due(lambda: SPRING) == 0
    found = issued(pledge)
    assert set(found) == {(1, "zh"), (1, "en")}
    for each in found.values():
        content = certifying.content(each)
        assert content.startswith(b"%PDF")
        assert signing.verified(content, each.signature, signing.public_pem(each.key_id))
        assert not signing.verified(content + b" ", each.signature, signing.public_pem())
        assert certifying.unaltered(each, content)
        assert not certifying.unaltered(each, content[:-1])
    assert state(found[1, "en"].code) == "in_force"
    assert state(found[1, "en"].code.lower().replace("-", " ")) == "in_force"


def test_the_worker_writes_what_waits(there: World, pledge: int) -> None:
    assert jobs.tick()["beside"] >= 1
    assert jobs.beside_due() >= 2
    assert len(issued(pledge)) == 2


def test_one_that_cannot_be_written_holds_up_no_other(
    there: World, pledge: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pledging.published(there, pledging.of(pledge).campaign_id, enterprise=there.baiyu)
    issue = certifying.issue

    def broken(pledge_id: int, at: datetime) -> int:
        if pledge_id == pledge:
            raise OSError("no room")
        return issue(pledge_id, at)

    monkeypatch.setattr(certifying, "issue", broken)
    assert certifying.issue_due(lambda: SPRING) == 2
    assert (len(issued(pledge)), len(issued(other))) == (0, 2)


def test_a_change_and_a_restoration_replace_it(there: World, pledge: int) -> None:
    certifying.issue_due(lambda: SPRING)
    first = issued(pledge)[1, "zh"]
    with db.transaction() as session:
        pledges.propose_change(session, pledge, Wording(TEXTS, 3, True), firm(there.hongyun), LATER)
        pledges.accept_change(session, pledge, intake(there), LATER)
    assert state(first.code) == "replaced"  # before the next edition is written, too
    certifying.issue_due(lambda: LATER)
    second = issued(pledge)[2, "zh"]
    assert (state(first.code), state(second.code)) == ("replaced", "in_force")
    with db.reading() as session:
        checked = certifying.check(session, first.code, LATER)
        assert checked is not None
        assert checked.newer == second.code
        assert [each.edition for each in certifying.listed(session, pledge)] == [2, 2]
        assert certifying.check(session, "0000-0000-0000-0000-0000", LATER) is None
    measure = pledging.imposed(there, "suspension", LATER)
    assert (state(first.code), state(second.code)) == ("suspended", "suspended")
    pledging.lifted(there, measure, LATER)
    certifying.issue_due(lambda: LATER)
    assert state(issued(pledge)[3, "zh"].code) == "in_force"
    with db.transaction() as session:
        pledges.withdraw(session, pledge, firm(there.hongyun), LATER)
    assert state(issued(pledge)[3, "zh"].code) == "withdrawn"


def test_what_ended_before_it_was_written_gets_none(there: World, pledge: int) -> None:
    with db.transaction() as session:
        pledges.withdraw(session, pledge, firm(there.hongyun), LATER)
    assert certifying.issue_due(lambda: LATER) == 0
    assert issued(pledge) == {}


def test_the_key_is_the_owners_alone_and_stays(there: World, tmp_path: Path) -> None:
    signature, name = signing.sign(b"hello")
    private = settings().data_dir / "keys" / "private.pem"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert signing.id_of(signing.public_pem()) == name
    signing._private.cache_clear()  # another process
    assert signing.sign(b"hello") == (signature, name)
    for wrong in ("x", "../private", "0" * 16):
        with pytest.raises(NotFound):
            signing.public_pem(wrong)
    with pytest.raises(BadInput) as refused:
        signing.verified(b"hello", signature, b"no key")
    assert list(refused.value.fields) == ["key"]
    with pytest.raises(BadInput) as refused:
        signing.verified(b"hello", "é", signing.public_pem())
    assert list(refused.value.fields) == ["signature"]


def test_it_is_checked_offline(there: World, pledge: int, tmp_path: Path) -> None:
    certifying.issue_due(lambda: SPRING)
    found = issued(pledge)[1, "en"]
    paper, signature, key = (tmp_path / name for name in ("a.pdf", "a.sig", "key.pem"))
    paper.write_bytes(certifying.content(found))
    signature.write_text(f"{found.signature}\n")
    key.write_bytes(signing.public_pem())
    words = ["verify-certificate", str(paper), "--signature", str(signature), "--key", str(key)]
    right = CliRunner().invoke(cli, words)
    assert (right.exit_code, found.key_id in right.output) == (0, True)
    paper.write_bytes(certifying.content(found).replace(b"%PDF-1.", b"%PDF-2."))
    wrong = CliRunner().invoke(cli, words)
    assert (wrong.exit_code, "ALTERED" in wrong.output) == (1, True)
