"""The demo world: loaded once, wherever it was broken off, and never into a live one."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from complaints import calendars, clock, db
from complaints.config import settings
from complaints.demo import cast, time_machine, world
from complaints.errors import Misconfigured
from complaints.insight import record, record_lists
from complaints.models import Complaint, Enterprise, Event, ImportRow, Notice, RecordMonth
from complaints.registry import accounts, links
from complaints.registry import world as registered
from complaints.workflow import actions, chain
from complaints.workflow.case import Actor, Role
from complaints.workflow.filing import Filing
from tests.demo.conftest import open_doors

ENDS = {  # where the stories are meant to arrive, whatever day it is
    "with_enterprise": 12, "received": 3, "needs_information": 1, "with_consumer": 3, "performance_reported": 1,
    "performing": 2, "awaiting_mediator": 2, "awaiting_consent": 1, "in_mediation": 3, "recusal_pending": 1,
    "under_appraisal": 1, "settled": 3 + 74, "unconfirmed": 1, "declined_not_pursued": 1 + 5, "settled_unconfirmed": 1,
    "terminated": 1, "lapsed": 1, "refused": 1, "withdrawn": 1 + 5, "consent_unanswered": 1,
}  # fmt: skip


@pytest.fixture
def calendar(sqlite: Engine) -> None:
    """Calendars, as `complaints init` loads them."""
    with db.transaction() as session:
        calendars.seed(session, clock.local_date(clock.now()).year + 3)


def _ends() -> dict[str, int]:
    with db.transaction() as session:
        rows = session.execute(select(Complaint.state, Complaint.outcome)).all()
    return dict(Counter(row.outcome or row.state for row in rows))


def test_loads_once_with_cases_in_every_state(calendar: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert world.ensure()
    assert caplog.messages == []  # no step of a story was refused
    assert _ends() == ENDS
    assert len(world.TOLD) == sum(ENDS.values())
    before = _counts()
    assert not world.ensure()
    assert _counts() == before
    _looks_lived_in()
    _log_ins_work()
    _links_open_cases()


def _counts() -> list[int]:
    with db.transaction() as session:
        return [len(session.scalars(select(each)).all()) for each in (Complaint.id, Event.id, Notice.id, Enterprise.id)]


def _looks_lived_in() -> None:
    """Nothing is overdue, nothing lies in the future, every chain is whole, and what was due has left."""
    now = clock.now()
    with db.transaction() as session:
        assert all(
            due is not None and due > now
            for due in session.scalars(select(Complaint.due_at).where(Complaint.due_at.is_not(None)))
        )
        events = session.execute(select(Event.__table__).order_by(Event.complaint_id, Event.seq)).mappings().all()
        numbers = {row.id: row.number for row in session.execute(select(Complaint.id, Complaint.number))}
        waiting = select(Notice.next_at).where(Notice.status == "waiting")
        assert all(at > now for at in session.scalars(waiting))
        assert session.scalars(select(Notice).where(Notice.status == "sent")).first() is not None
    assert all(event["recorded_at"] <= now for event in events)
    assert now - min(event["recorded_at"] for event in events) > timedelta(days=28)
    for case_id, number in numbers.items():
        log = [dict(event) for event in events if event["complaint_id"] == case_id]
        assert chain.first_break(number, log) is None


def _log_ins_work() -> None:
    for login, password, role in world.logins():
        assert accounts.check(login, password) is not None, login
        assert role
    with db.transaction() as session:
        firms = session.scalars(select(Enterprise)).all()
    assert sorted(firm.name for firm in firms) == sorted(each.name for each in cast.FIRMS.values())
    assert (sum(firm.benchmark for firm in firms), sum(not firm.participant for firm in firms)) == (2, 2)
    assert any(firm.promised_answer_days for firm in firms)


def _links_open_cases() -> None:
    shown = world.links()
    assert 3 <= len(shown) <= world.FEW
    with db.transaction() as session:
        for number, url in shown:
            case_id = links.find(session, url.rpartition("/")[2])
            assert case_id is not None
            assert session.get_one(Complaint, case_id).number == number


@pytest.mark.parametrize("steps", [1, 40])
def test_goes_on_where_it_was_broken_off(calendar: None, steps: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "_tell", _breaking_off_after(steps))
        with pytest.raises(KeyboardInterrupt):
            world.ensure()
    assert world.ensure()
    assert _ends() == ENDS
    with db.transaction() as session:
        keys = session.scalars(select(ImportRow.key)).all()
    assert len(keys) == len(set(keys)) == len(world.TOLD)


def _breaking_off_after(steps: int) -> Callable[..., None]:
    told, left = world._tell, iter(range(steps))

    def tell(*what: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        told(*what)

    return tell


@pytest.mark.parametrize(
    "today",
    [
        datetime(2026, 10, 8, 1, tzinfo=UTC),  # the first working day after a long holiday
        datetime(2026, 2, 21, 15, tzinfo=UTC),  # in the Spring Festival
        datetime(2026, 5, 9, 16, 30, tzinfo=UTC),  # half an hour into a Sunday
    ],
)
def test_the_stories_hold_on_any_day(sqlite: Engine, monkeypatch: pytest.MonkeyPatch, today: datetime) -> None:
    shift = today - clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: datetime.now(UTC) + shift)
    with db.transaction() as session:
        calendars.seed(session, today.year + 2)
    assert world.ensure()
    assert _ends() == ENDS
    with db.reading() as session:
        [month, *_later] = reversed(record.months(session))
        ranked = [(firm, line.rank) for line, firm in record_lists.page(session, month.month, "ranked").lines]
    assert ranked == [(cast.PHONE.name, 1), (cast.KETTLE.name, 2)]


def test_what_is_monthly_happens_on_its_day_while_the_clock_is_moved(calendar: None) -> None:
    assert world.ensure()
    time_machine.move(45)
    with db.reading() as session:
        days = calendars.current(session)
        months = session.scalars(select(RecordMonth).order_by(RecordMonth.month)).all()
    assert len(months) >= 4
    for each in months:
        first = date.fromisoformat(f"{each.month}-01") + timedelta(days=31)
        begins = days.next_working_day(first.replace(day=1) - timedelta(days=1))
        assert each.taken_at is not None
        assert clock.local_date(each.taken_at) == begins, each.month
    assert any(each.published_at and each.object_until and
               each.object_until <= each.published_at < each.object_until + timedelta(minutes=1)
               for each in months)  # fmt: skip


def test_what_is_past_is_never_mailed(calendar: None, settings_env: Callable[..., None]) -> None:
    settings_env(SMTP_URL="smtp://127.0.0.1:9")  # nobody listens there
    assert world.ensure()
    with db.transaction() as session:
        assert not session.scalars(
            select(Notice.id).where(Notice.last_error.is_not(None), Notice.status != "dead")
        ).all()
    assert settings().smtp_url == "smtp://127.0.0.1:9"


def test_refuses_a_live_world(database: Engine) -> None:
    open_doors(registered.LIVE)
    with pytest.raises(Misconfigured):
        world.ensure()
    assert _counts()[0] == 1


def test_refuses_a_database_with_cases_that_nobody_called_a_demo(calendar: None) -> None:
    with db.transaction() as session:
        actions.file(session, Filing(narrative="x"), Actor(Role.CONSUMER), clock.now())
    with pytest.raises(Misconfigured):
        world.ensure()
    with db.transaction() as session:
        assert registered.kind(session) is None


def test_a_world_is_called_live_or_demo_once(database: Engine) -> None:
    with db.transaction() as session:
        assert registered.kind(session) is None
        first = registered.create(session, registered.DEMO, clock.now())
        assert registered.create(session, registered.DEMO, clock.now() + timedelta(days=1)).made_at == first.made_at
    with db.transaction() as session:
        assert registered.kind(session) == "demo"
        with pytest.raises(Misconfigured):
            registered.create(session, registered.LIVE, clock.now())
