"""Reminders: only while people work, never stale, and one mail where one reader gets many."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from complaints import calendars, clock, db
from complaints.delivery import outbox, reminders
from complaints.delivery.reminders import Hours, next_opening
from complaints.models import Notice
from tests import servers
from tests.delivery.planted import (
    MONDAY,
    ended_clock,
    enterprise,
    later,
    notice,
    plant,
    reminder,
    seed_calendar,
    statuses,
    stored,
)

pytestmark = pytest.mark.usefixtures("database", "calendar")


@pytest.fixture
def calendar(database: object) -> None:
    seed_calendar()


def deliver(at: datetime = MONDAY) -> int:
    return outbox.deliver_due(now=lambda: at)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


# -- quiet hours ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-23T19:59", "2026-11-23T19:59"),
        ("2026-11-23T20:00", "2026-11-24T09:00"),
        ("2026-11-23T03:00", "2026-11-23T09:00"),
        ("2026-11-27T21:00", "2026-11-30T09:00"),  # Friday night
        ("2026-11-28T12:00", "2026-11-30T09:00"),  # Saturday
        ("2026-10-10T12:00", "2026-10-10T12:00"),  # a Saturday made a working day
        ("2026-10-02T12:00", "2026-10-08T09:00"),  # the October holiday
        ("2026-02-14T23:00", "2026-02-24T09:00"),  # a working Saturday night before the Spring Festival
    ],
)
def test_reminders_leave_only_while_people_work(smtp: servers.SmtpServer, at: str, leaves: str) -> None:
    found, opening = shanghai(at), shanghai(leaves)
    ids = plant(reminder(due=found), notice(due=found))
    deliver(found)
    waits, at_once = stored(ids)
    assert at_once.sent_at == found  # receipts and decisions leave at any hour
    if opening > found:
        assert (waits.status, waits.next_at) == ("waiting", opening)
        deliver(opening)
    assert stored(ids)[0].sent_at == opening


def test_it_is_the_readers_zone_that_counts() -> None:
    at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, 3:00 in Berlin
    with db.transaction() as session:
        berlin = next_opening(calendars.current(session), ZoneInfo("Europe/Berlin"), at, Hours())
        assert berlin == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        assert next_opening(calendars.current(session), clock.SHANGHAI, at, Hours()) == at
    ids = plant(reminder(zone="Europe/Berlin"), reminder(recipient="desk:supervisor"))
    deliver()
    assert statuses(ids) == ["waiting", "sent"]


def test_a_stale_reminder_is_dropped_not_sent(smtp: servers.SmtpServer) -> None:
    ids = plant(reminder(stale_at=later(hours=1)), reminder(recipient="desk:supervisor", stale_at=later(hours=9)))
    deliver(later(hours=1))
    assert statuses(ids) == ["void", "sent"]
    assert stored(ids)[0].settled_at == later(hours=1)
    assert len(smtp.mailbox.taken) == 1


# -- digests --------------------------------------------------------------------------------------------------------


def digests() -> list[Notice]:
    return [each for each in stored() if each.step == "digest"]


def test_five_hundred_reminders_to_one_reader_are_one_mail(smtp: servers.SmtpServer) -> None:
    reader = enterprise("service@example.com")
    days = [f"2026-12-{1 + n % 28:02}T16:00:00+00:00" for n in range(500)]
    ids = plant(*(reminder(recipient=reader, facts={"number": f"N{n:03}", "due_at": days[n]}) for n in range(500)))
    other = plant(reminder(recipient="desk:supervisor"))
    assert deliver() == 2
    assert statuses(ids + other) == ["sent"] * 501
    [digest] = digests()
    assert {(each.digest_id, each.sent_at, each.address) for each in stored(ids)} == {
        (digest.id, MONDAY, "service@example.com")
    }
    mails = {str(mail["Message-ID"]): mail for mail in smtp.mailbox.taken}
    assert len(mails) == len(smtp.mailbox.taken) == 2
    body = mails[digest.message_id].get_body(("plain",))
    assert body is not None
    lines = [line for line in body.get_content().splitlines() if line.startswith("- N")]
    assert len(lines) == 500
    assert lines[0].startswith("- N000")
    assert lines[-1].startswith("- N475")
    assert "500" in str(mails[digest.message_id]["Subject"])


def test_what_goes_at_once_is_never_bundled(smtp: servers.SmtpServer) -> None:
    plant(notice(), notice(), reminder())
    assert deliver() == 3
    assert digests() == []
    assert len(smtp.mailbox.taken) == 3


def test_a_reminder_voided_inside_a_digest_is_not_listed(smtp: servers.SmtpServer) -> None:
    ids = plant(*(reminder(facts={"number": f"N{n}"}) for n in range(3)))
    smtp.mailbox.mode = "busy"
    deliver()
    assert statuses(ids) == ["bundled"] * 3
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.id == ids[1]).values(status="void"))
    smtp.mailbox.mode = "normal"
    deliver(later(hours=1))
    assert statuses(ids) == ["sent", "void", "sent"]
    body = smtp.mailbox.taken[0].get_body(("plain",))
    assert body is not None
    assert "N0" in body.get_content()
    assert "N1" not in body.get_content()


def test_a_digest_with_nothing_left_is_dropped(smtp: servers.SmtpServer) -> None:
    ids = plant(*(reminder(stale_at=later(hours=1)) for _ in range(2)))
    smtp.mailbox.mode = "busy"
    deliver()
    smtp.mailbox.mode = "normal"
    assert deliver(later(hours=2)) == 1
    assert statuses(ids) == ["void", "void"]
    assert [each.status for each in digests()] == ["void"]
    assert smtp.mailbox.taken == []


def test_a_digest_that_cannot_be_delivered_takes_its_reminders_along_both_ways(smtp: servers.SmtpServer) -> None:
    ids = plant(reminder(), reminder())
    smtp.mailbox.mode = "reject"
    deliver()
    assert statuses(ids) == ["dead", "dead"]
    with db.transaction() as session:
        [shown] = outbox.dead(session)
        assert shown.step == "digest"
        assert outbox.retry_dead(session, later(hours=1), [ids[0]]) == 1
    assert statuses(ids) == ["bundled", "bundled"]
    smtp.mailbox.mode = "normal"
    deliver(later(hours=1))
    assert statuses(ids) == ["sent", "sent"]
    assert len(smtp.mailbox.taken) == 1


def test_reminders_that_come_later_get_a_digest_of_their_own(smtp: servers.SmtpServer) -> None:
    plant(reminder(), reminder(), reminder(due=later(hours=2)), reminder(due=later(hours=2)))
    deliver()
    deliver(later(hours=2))
    assert len(smtp.mailbox.taken) == 2
    assert len({each.key for each in digests()}) == 2


def test_a_digest_waits_for_working_hours_like_its_reminders(smtp: servers.SmtpServer) -> None:
    night = shanghai("2026-11-27T22:00")
    ids = plant(reminder(due=night), reminder(due=night))
    assert deliver(night) == 0
    assert statuses(ids) == ["waiting", "waiting"]
    assert deliver(shanghai("2026-11-30T09:00")) == 1
    assert len(smtp.mailbox.taken) == 1


def test_workers_at_the_same_moment_make_one_digest(smtp: servers.SmtpServer) -> None:
    readers = [enterprise(f"e{n}@example.com") for n in range(10)]
    ids = plant(*(reminder(recipient=reader) for reader in readers for _ in range(20)))
    code = (
        "from datetime import datetime; from complaints.delivery import outbox; "
        f"print(outbox.deliver_due(now=lambda: datetime.fromisoformat('{MONDAY.isoformat()}')))"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        for _ in range(3)
    ]
    assert sum(int(worker.communicate(timeout=60)[0]) for worker in workers) == 10
    assert len(smtp.mailbox.taken) == len(digests()) == 10
    assert set(statuses(ids)) == {"sent"}


def test_bundling_needs_a_crowd() -> None:
    plant(reminder())
    with db.transaction() as session:
        assert reminders.bundle(session, "desk:intake", "email", MONDAY) is None


# -- retrying -------------------------------------------------------------------------------------------------------


def test_a_dead_reminder_whose_clock_has_ended_is_not_retried(smtp: servers.SmtpServer) -> None:
    clock_id = ended_clock()
    ids = plant(reminder(clock_id=clock_id, status="dead"), notice(clock_id=clock_id, status="dead"))
    with db.transaction() as session:
        assert outbox.retry_dead(session, MONDAY) == 1
    assert statuses(ids) == ["void", "waiting"]


def test_reminders_due_during_an_outage_are_not_all_sent_afterwards(smtp: servers.SmtpServer) -> None:
    """Three weeks without a worker: of each ladder only what still says something leaves."""
    ladder = [("before_3", 0), ("before_1", 2), ("last_day", 3)]
    ids = [plant(reminder(step=step, due=later(days=day), stale_at=later(days=day + 1)))[0] for step, day in ladder]
    deliver(later(days=21))
    assert statuses(ids) == ["void"] * 3
    assert smtp.mailbox.taken == []
