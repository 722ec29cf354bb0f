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
    PATIENCE,
    Stage,
    build,
    quiet,
    stand_at,
    wait_until_quiet,
)
from tests.people import moment
from tests.servers import SmtpServer, ValkeyServer, wait_until

CASES = 336  # three reminders each
MAILS = 60  # of them to readers of their own


def test_flushed_with_a_thousand_reminders_pending(stage: Stage) -> None:
    """Three mornings on which a thousand reminders leave, and again and again everything in Redis is lost."""
    cases = stage.file(CASES, "hongyun")
    stage.decline(cases[:MAILS])
    assert waiting_reminders() >= 1000
    with crew():
        wait_until_quiet()
        for morning in ("2026-07-15 08:00", "2026-07-15 09:00", "2026-07-17 09:00", "2026-07-20 09:00"):
            before = len(stage.mailbox.taken)
            stand_at(moment(morning) + timedelta(seconds=1))
            for _ in range(3):
                wait_until(lambda seen=before: len(stage.mailbox.taken) > seen + 5 or quiet(), PATIENCE, "the first mails")
                queue.connection().flushall()
            wait_until_quiet()
    there = afterwards.check(stage.mailbox)
    reminders = [each for each in there.notices if each.step in ("before_3", "before_1", "last_day") and each.sent_at]
    assert len(reminders) == 3 * CASES
    assert {clock.local_date(each.sent_at).day for each in reminders if each.sent_at} == {15, 17, 20}
    assert {each.sent_at.astimezone(clock.SHANGHAI).hour for each in reminders if each.sent_at} == {9}
    digests = [each for each in there.notices if each.step == "digest"]
    assert len(digests) == 3  # the enterprise's, one each morning


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
            wait_until(lambda least=count: len(stage.mailbox.taken) > least, PATIENCE, f"{count} letters")
            valkey.stop()
            stage.file(10, "hongyun", MONDAY + timedelta(minutes=1))
            valkey.start()
        wait_until_quiet()
    afterwards.check(stage.mailbox)
