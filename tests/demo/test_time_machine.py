"""Moving a demo's clock: everything falls due at its instant, and never in a live world."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from complaints import calendars, clock, db
from complaints.demo import time_machine
from complaints.errors import BadInput, NotAllowed
from complaints.models import ClockInstance, Complaint, Event, Notice, World
from complaints.registry import world
from complaints.workflow import chain, outages, sweeps
from complaints.workflow.case import Case
from tests.demo.conftest import open_doors

MOMENT = timedelta(seconds=60)  # a slow machine's: the demo's clock goes on while the work is done
ANSWER_DAYS = 10


def _events(case: Case) -> list[Event]:
    with db.transaction() as session:
        return list(session.scalars(select(Event).where(Event.complaint_id == case.id).order_by(Event.seq)))


def _due_of(trigger: str) -> datetime:
    with db.transaction() as session:
        return session.scalars(select(ClockInstance.due_at).where(ClockInstance.ended_by == trigger)).one()


def test_moves_to_nine_of_the_nth_working_day(demo: Case) -> None:
    with db.transaction() as session:
        day = calendars.current(session).working_days(clock.local_date(clock.now()), 3).end
    after = time_machine.move(3)
    assert clock.at_local(day, 9) < after < clock.at_local(day, 9, minute=1) + MOMENT
    assert abs(clock.now() - after) < MOMENT


def test_the_new_time_is_that_of_every_process(demo: Case) -> None:
    after = time_machine.move(2)
    clock.set_offset(timedelta(0))
    with db.transaction():
        assert abs(clock.now() - after) < MOMENT


def test_an_expiry_is_dated_at_the_due_instant_and_recorded_there(demo: Case) -> None:
    time_machine.move(ANSWER_DAYS + 5)
    [escalated] = [each for each in _events(demo) if each.trigger == "escalate"]
    assert escalated.occurred_at == _due_of("escalate")
    assert timedelta(0) <= escalated.recorded_at - escalated.occurred_at < MOMENT


def test_time_stops_at_each_due_instant_on_the_way(demo: Case) -> None:
    time_machine.move(ANSWER_DAYS + 5)
    by_clock = [each for each in _events(demo) if each.role == "clock"]
    assert [each.trigger for each in by_clock] == ["escalate", "assign"]
    assert all(each.recorded_at - each.occurred_at < MOMENT for each in by_clock)


def test_reminders_leave_at_nine_on_working_days(demo: Case) -> None:
    time_machine.move(ANSWER_DAYS + 1)
    with db.transaction() as session:
        calendar = calendars.current(session)
        reminders = session.scalars(
            select(Notice).where(Notice.letter == "reminder", Notice.recipient.startswith("enterprise:"))
        ).all()
    sent = {each.step: each.sent_at for each in reminders if each.sent_at is not None}
    assert {"before_3", "before_1", "last_day"} <= set(sent)
    for at in sent.values():
        local = at.astimezone(clock.SHANGHAI)
        assert (local.hour, local.minute) == (9, 0)
        assert calendar.is_working(local.date())


def test_moving_is_no_outage(demo: Case) -> None:
    with db.transaction() as session:
        sweeps.heartbeat(session, clock.now())
    time_machine.move(ANSWER_DAYS + 5)
    with db.transaction() as session:
        sweeps.heartbeat(session, clock.now())
        assert [gap for gap in outages.gaps(session, clock.now()) if gap.lasted > timedelta(minutes=60)] == []
    assert "move_deadline" not in [each.trigger for each in _events(demo)]


@pytest.mark.parametrize("days", [0, -1, time_machine.MOST_WORKING_DAYS + 1])
def test_refuses_a_number_of_days_out_of_range(sqlite: Engine, days: int) -> None:
    open_doors()
    with pytest.raises(BadInput):
        time_machine.move(days)


def test_refuses_a_live_world(database: Engine) -> None:
    case = open_doors(world.LIVE)
    with pytest.raises(NotAllowed):
        time_machine.move(1)
    with pytest.raises(NotAllowed):
        time_machine.move_to(clock.now() + timedelta(days=30))
    with db.transaction() as session:
        assert session.get_one(World, 1).clock_offset_seconds == 0
    assert [each.trigger for each in _events(case)] == ["file"]


def test_refuses_a_database_that_nobody_called_a_demo(sqlite: Engine) -> None:
    with db.transaction() as session:
        calendars.seed(session, clock.local_date(clock.now()).year + 1)
    with pytest.raises(NotAllowed):
        time_machine.move(1)


def test_two_calls_at_once_do_everything_once(demo: Case) -> None:
    with ThreadPoolExecutor(2) as pool:
        reached = list(pool.map(time_machine.move, (ANSWER_DAYS + 2, ANSWER_DAYS + 6)))
    events = _events(demo)
    with db.transaction() as session:
        assert clock.now() >= max(reached) - timedelta(seconds=1)  # the clock never goes back
        keys = session.scalars(select(Notice.key)).all()
        sent_twice = session.execute(select(func.count()).where(Notice.attempts > 1)).scalar_one()
        held = session.execute(select(func.count()).where(Complaint.wake_at <= clock.now())).scalar_one()
    assert [each.trigger for each in events if each.role == "clock"] == ["escalate", "assign"]
    assert len(keys) == len(set(keys))
    assert (sent_twice, held) == (0, 0)
    assert chain.first_break(demo.number, [_entry(each) for each in events]) is None


def _entry(event: Event) -> dict[str, object]:
    return {column.key: getattr(event, column.key) for column in Event.__table__.columns}
