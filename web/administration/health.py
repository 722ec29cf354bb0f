"""How the installation is: stores, ticker, queues, workers, outbox, outages; and what is wrong, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy.orm import Session

from complaints import clock, db, doctor, queue
from complaints.config import settings
from complaints.delivery import outbox
from complaints.doctor import Check
from complaints.workflow import outages, sweeps
from complaints.workflow.outages import Gap
from web.administration.place import administrators, pages
from web.language import gettext as _

MOST = 1000  # counted no further
LATE_LETTER = timedelta(minutes=15)
SHOWN_GAPS = 10
LONG_GAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Machinery:
    """What waits, since when, and who is there to do it; None where Redis does not say."""

    due: int
    letters_due: int
    oldest: datetime | None
    dead: int
    gaps: list[Gap]
    queues: dict[str, int] | None
    workers: int | None


@pages.get("")
@administrators
def status() -> str:
    """What is well and what is not."""
    at = clock.now()
    checks = doctor.glance(settings())
    with db.reading() as session:
        machinery = _machinery(session, at)
    return render_template(
        "status.html", checks=checks, machinery=machinery, alarms=list(_alarms(checks, machinery, at))
    )


def _machinery(session: Session, at: datetime) -> Machinery:
    oldest, crew = outbox.oldest_due(session, at), _crew()
    gaps = [gap for gap in outages.gaps(session, at) if gap.lasted > LONG_GAP]
    return Machinery(
        due=sweeps.due_count(session, at),
        letters_due=outbox.due_count(session, at, MOST),
        oldest=oldest,
        dead=outbox.dead_count(session, MOST),
        gaps=list(reversed(gaps[-SHOWN_GAPS:])),
        queues=crew[0],
        workers=crew[1],
    )


def _crew() -> tuple[dict[str, int] | None, int | None]:
    """Jobs by queue, and workers; told, not raised, while Redis is away."""
    try:
        return queue.lengths_at_once(), queue.workers_at_once()
    except (queue.Away, OSError):
        return None, None


def _alarms(checks: list[Check], seen: Machinery, at: datetime) -> Iterator[str]:
    """What somebody has to look after, in sentences."""
    bad = {check.name for check in checks if not check.ok}
    if seen.queues is None:
        yield _("Redis does not answer. No deadline and no letter is lost, but nothing is done until it is back.")
    elif seen.workers == 0:
        yield _("No worker is running: nothing runs out and no letter leaves. Start `complaints run` or worker.py.")
    if "ticker" in bad:
        yield _("The ticker gives no sign of life: nobody asks what is due.")
    if seen.oldest is not None and at - seen.oldest > LATE_LETTER:
        yield _("A letter that should have left waits for more than a quarter of an hour. Look at the mail server.")
    if seen.dead:
        yield _("Letters could not be delivered: the desk can try them again.")
    if "disk" in bad:
        yield _("The disk is nearly full.")
    if "migrations" in bad:
        yield _("The tables do not stand at the revision that this version needs: run `complaints init`.")
    if "calendar" in bad:
        yield _("No calendar is published for this year: every deadline is provisional. Import it under Calendars.")
