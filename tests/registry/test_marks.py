"""Batches of marks and how often they are looked at: copies are seen, nobody else is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from complaints import db
from complaints.delivery import letter, parcels
from complaints.errors import BadInput, NotFound, NotNow
from complaints.models import Enterprise, MarkBatch, MarkScan, Notice
from complaints.registry import course_policy, mark_batches, mark_codes, mark_scans
from complaints.registry.mark_batches import Order
from complaints.registry.mark_codes import Code
from complaints.words import LOCALES
from tests.people import MONDAY, World, on, world

NUMBERS = course_policy.load("ring-2026-04").numbers["marks"]
KETTLES = Order(product="kettle", batch="K-2026-07", place="Shanghai", size=1000, plant="Plant 2", route=["Suzhou"])
APART = timedelta(minutes=NUMBERS["same_look_minutes"])


@pytest.fixture
def there(database: Engine, settings_env: Callable[..., None]) -> World:
    """The usual people, once on each database. The key is fixed: of short hashes two may be alike, one time in 300."""
    settings_env(SECRET_KEY="the tests' own, and of no other use")
    return world()


def ordered(firm_id: int, wanted: Order = KETTLES) -> int:
    """A batch that this enterprise has ordered."""
    with db.transaction() as session:
        firm = session.get_one(Enterprise, firm_id)
        return mark_batches.order(session, firm, wanted, MONDAY, None).id


def look(code: Code, network: str, minutes: float = 0.0) -> mark_scans.Seen:
    """One look, so many minutes after Monday morning."""
    with db.transaction() as session:
        return mark_scans.count(session, code, network, MONDAY + timedelta(minutes=minutes))


def letters() -> list[str]:
    """Who was written to."""
    with db.reading() as session:
        mine = select(Notice.recipient).where(Notice.letter == mark_scans.LETTER).order_by(Notice.id)
        return list(session.scalars(mine))


def test_only_with_a_pledge_in_force(there: World) -> None:
    with pytest.raises(NotNow):
        ordered(there.outside)
    batch_id = ordered(there.hongyun)
    with db.reading() as session:
        batch = mark_batches.one(session, batch_id, there.hongyun)
        assert (batch.size, batch.route, batch.voided_at) == (1000, ["Suzhou"], None)
        with pytest.raises(NotFound):
            mark_batches.one(session, batch_id, there.baiyu)
        first, *_, last = mark_batches.codes(session, batch, 1, 5000)
        secret = mark_codes.key(session)
    assert secret is not None
    assert (first[0], last[0]) == (1, 1000)
    assert mark_codes.read(secret, last[1]) == Code(batch_id, 1000)


def test_days_that_contradict_each_other(there: World) -> None:
    with pytest.raises(BadInput) as found:
        ordered(there.hongyun, Order(product="milk", batch="M", place="x", size=1, made_on=on("2026-07-02"),
                                     best_before=on("2026-07-01")))  # fmt: skip
    assert found.value.fields == {"best_before": ["contradicts:made_on"]}


def test_lists_and_voiding(there: World) -> None:
    ids = [ordered(there.hongyun) for _ in range(3)]
    other = ordered(there.baiyu)
    with db.transaction() as session:
        first = mark_batches.page(session, there.hongyun, limit=2)
        assert [each.id for each in first.batches] == [ids[2], ids[1]]
        second = mark_batches.page(session, there.hongyun, limit=2, cursor=first.next)
        assert ([each.id for each in second.batches], second.next) == ([ids[0]], None)
        assert mark_batches.page(session, None).batches[0].id == other
        batch = mark_batches.one(session, ids[0], lock=True)
        mark_batches.void(session, batch, MONDAY)
        mark_batches.void(session, batch, MONDAY + timedelta(days=1))
        assert batch.voided_at == MONDAY


def test_the_same_person_reading_on_is_one_look(there: World) -> None:
    code = Code(ordered(there.hongyun), 1)
    assert look(code, "198.51.100.0/24").scans == 1
    assert look(code, "198.51.100.0/24", 3).scans == 1
    assert look(code, "203.0.113.0/24", 4).scans == 2
    assert look(code, "198.51.100.0/24", 5).scans == 3  # somebody else was there in between
    found = look(code, "198.51.100.0/24", 5 + APART.total_seconds() / 60)
    assert (found.scans, found.networks, found.first_at, found.flagged) == (4, 2, MONDAY, False)


def test_what_is_kept_leads_to_nobody(there: World) -> None:
    batch_id = ordered(there.hongyun)
    for n in range(100):
        look(Code(batch_id, 1), f"203.0.{n}.0/24", n * 20)
    look(Code(batch_id, 2), "203.0.99.0/24")
    with db.reading() as session:
        many, one = session.scalars(select(MarkScan).order_by(MarkScan.serial)).all()
    assert many.scans == 100
    assert len(many.networks) == NUMBERS["networks_kept"]
    assert all(len(each) == 4 for each in many.networks)
    assert one.networks[0] != many.networks[-1]  # the same network under another code


def test_too_many_looks_are_flagged_and_told_once_a_day_and_batch(there: World) -> None:
    batch_id = ordered(there.hongyun)
    for serial in (1, 2):
        for n in range(NUMBERS["scans"] - 1):
            assert not look(Code(batch_id, serial), f"203.0.{n % 3}.0/24", n * 20).flagged
        assert look(Code(batch_id, serial), "203.0.0.0/24", 1_000).flagged
    assert letters() == [f"enterprise:{there.hongyun}", "desk:supervisor"]
    with db.transaction() as session:
        shown = mark_scans.flagged(session, batch_id)
        assert [(each.serial, each.scans, each.networks) for each in shown] == [(1, 50, 3), (2, 50, 3)]
        assert session.get_one(MarkBatch, batch_id).flagged_at == MONDAY + timedelta(minutes=1_000)
        for notice in session.scalars(select(Notice).where(Notice.letter == mark_scans.LETTER)):
            place = "portal" if notice.recipient.startswith("enterprise:") else "desk"
            assert parcels.link_to(session, notice, MONDAY).endswith(f"/{place}/marks/{batch_id}")
            for notice.locale in LOCALES:
                said = letter.render(notice, "https://example.org/portal/marks/1")
                assert "K-2026-07" in said.subject
                assert "Hongyun Kettles" in said.text
    for n in range(NUMBERS["networks"]):
        look(Code(batch_id, 3), f"203.0.{n}.0/24", 3_000 + n)
    assert len(letters()) == 4  # another day


def test_too_many_networks_are_flagged(there: World) -> None:
    code = Code(ordered(there.hongyun), 1)
    for n in range(NUMBERS["networks"] - 1):
        assert not look(code, f"203.0.{n}.0/24").flagged
    assert look(code, "198.51.100.0/24").flagged
    with db.reading() as session:
        assert mark_scans.flagged(session, code.batch_id + 1) == []


def test_a_count_gives_up_where_it_would_have_to_wait(there: World, database: Engine) -> None:
    code = Code(ordered(there.hongyun), 1)
    look(code, "203.0.113.0/24")
    with db.transaction() as held:
        held.execute(update(MarkScan).values(scans=MarkScan.scans + 1))
        with pytest.raises(OperationalError), db.in_a_hurry() as session:
            mark_scans.count(session, code, "198.51.100.0/24", MONDAY)
    with db.in_a_hurry() as session:
        assert mark_scans.count(session, code, "198.51.100.0/24", MONDAY).scans == 3
    if database.dialect.name == "sqlite":
        with db.transaction() as session:
            assert session.execute(text("PRAGMA busy_timeout")).scalar_one() == db.BUSY_MILLISECONDS
