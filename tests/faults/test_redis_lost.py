"""Redis is disposable: flushed with a thousand reminders pending, killed in the middle of a delivery."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from complaints import clock, db, queue
from complaints.models import Notice
from tests.faults import afterwards
from tests.faults.running import crew
from tests.faults.staged import (
    MONDAY,
    Stage,
    build,
    stand_at,
    wait_until_quiet,
)
from tests.people import moment
from tests.servers import SmtpServer, ValkeyServer

LADDER = ("before_3", "before_1", "last_day")
DECLINED = 50  # of them: their consumers are readers of their own, the enterprise has one digest
MORNINGS = ("2026-07-15", "2026-07-17", "2026-07-20")


@pytest.mark.parametrize(("database", "cases"), [("sqlite", 336), ("postgres", 90)], indirect=["database"])
def test_flushed_with_a_thousand_reminders_pending(stage: Stage, cases: int) -> None:
    """Three a case; three mornings on which they leave; and all the time everything in Redis is lost."""
    filed = stage.file(cases, "hongyun")
    stage.decline(filed[:DECLINED])
    assert waiting_reminders() == 3 * cases
    with crew():
        wait_until_quiet()
        queue.connection().flushall()
        for morning in MORNINGS:
            stand_at(moment(f"{morning} 08:59") + timedelta(seconds=59))
            before = len(stage.mailbox.taken)
            for more in (1, 15, 40):
                stage.wait_for_letters(before + more)
                queue.connection().flushall()
            wait_until_quiet()
    there = afterwards.check(stage.mailbox)
    left = [each.sent_at for each in there.notices if each.step in LADDER and each.sent_at is not None]
    assert len(left) == 3 * cases
    assert {clock.local_date(at).isoformat() for at in left} == set(MORNINGS)
    assert {at.astimezone(clock.SHANGHAI).hour for at in left} == {9}
    assert sum(each.step == "digest" for each in there.notices) == 3


def waiting_reminders() -> int:
    with db.transaction() as session:
        planted = select(func.count()).where(Notice.status == "waiting", Notice.send_at > clock.now())
        return session.scalar(planted) or 0


@pytest.mark.usefixtures("postgres")
def test_redis_killed_in_the_middle_of_a_delivery(
    valkey: ValkeyServer, letters: SmtpServer, settings_env: Callable[..., None]
) -> None:
    """The letters go on leaving, each once; afterwards work goes on."""
    settings_env(SMTP_URL=letters.url, TICK_SECONDS=0.2)
    stage = build(letters)
    stage.file(60, "hongyun")
    with crew():
        for count in (10, 50, 90):
            stage.wait_for_letters(count)
            valkey.stop()
            stage.file(10, "hongyun", MONDAY + timedelta(minutes=1))
            valkey.start()
        wait_until_quiet()
    afterwards.check(stage.mailbox)
