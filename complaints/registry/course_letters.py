"""Letters of courses: who hears of which trigger, decided in the transaction of the trigger itself.

The enterprise hears of everything that others do; the centre hears of what becomes its move. Reminders of a clock go
to whoever owns it, dated ahead, and are voided when it ends. Words: [course.*] of complaints/words/.
"""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import SHANGHAI, at_local, local_date
from complaints.config import settings
from complaints.models import CourseEvent, Enterprise, Notice
from complaints.models.course import OnCourse
from complaints.registry.course_policy import RingPolicy
from complaints.registry.lifecycle import STATE_ROW
from complaints.workflow.case import Role

LETTER = "course"
DESKS = {Role.INTAKE: "desk:intake", Role.SUPERVISOR: "desk:supervisor"}
A_MOMENT = timedelta(microseconds=1)
# What the log of a pledge says of a change that is asked for is told by the letters of that change.
OF_THE_CHANGE = (
    "propose_change",
    "accept_change",
    "refuse_change",
    "withdraw_change",
    "leave_change",
)  # it tells these
QUIET = ("edit", "grow", "move_deadline", "fall_away", *OF_THE_CHANGE)  # nobody is told of these, unless they are loud
WAITS = ("approved", "published", "suspended")  # the clock only waits for a day: nobody has anything to do in time


def plant(
    session: Session, subject: OnCourse, event: CourseEvent, policy: RingPolicy, at: datetime, *, moved: bool
) -> None:
    """The letters of one entry of the log; where a new clock began, its reminders instead of the old ones."""
    firm = session.get_one(Enterprise, subject.enterprise_id)
    facts = _facts(subject, event, firm)
    for reader in _hears(subject, event):
        step = "opening" if moved and _owns(subject, reader) else f"news_{event.seq}"
        planted = _one(session, subject, event, reader, step, facts, firm, at)
        if step == "opening" and reader.startswith("enterprise:"):
            session.flush()
            subject.opening = None if event.role == Role.ENTERPRISE else planted.id
    if moved or event.trigger == "move_deadline":
        _void_reminders(session, subject, at)
        _plant_reminders(session, subject, event, policy, facts, firm, at)


def _hears(subject: OnCourse, event: CourseEvent) -> list[str]:
    """The enterprise unless it acted itself (and then, too, as a receipt, where it is now another's move).

    Of a danger the supervisor hears whatever else is told.
    """
    readers = _usual(subject, event) if event.trigger not in QUIET or event.facts.get("loud") else []
    if event.facts.get("danger"):
        readers.append(DESKS[Role.SUPERVISOR])
    return list(dict.fromkeys(readers))


def _usual(subject: OnCourse, event: CourseEvent) -> list[str]:
    owner = STATE_ROW[subject.course][subject.state].owner
    readers = [] if subject.hidden else [f"enterprise:{subject.enterprise_id}"]
    own = event.trigger == "submit" and event.role in DESKS  # it entered the pledge itself
    if owner in DESKS and not own and (event.from_state != event.to_state or event.role == Role.ENTERPRISE):
        readers.append(DESKS[owner])
    if owner in DESKS and event.trigger == "move_deadline" and subject.state not in WAITS:
        readers.append(DESKS[owner])
    if event.role == Role.CLOCK and event.to_state in SHAMEFUL:
        readers.append(DESKS[Role.SUPERVISOR])
    return readers


SHAMEFUL = ("unreviewed", "dropped", "lifted", "unjudged", "held_back", "unanswered", "review_overdue", "unreached",
            "undecided")  # fmt: skip


def _reader(subject: OnCourse, owner: Role) -> str:
    return f"enterprise:{subject.enterprise_id}" if owner is Role.ENTERPRISE else DESKS[owner]


def _owns(subject: OnCourse, reader: str) -> bool:
    owner = STATE_ROW[subject.course][subject.state].owner
    return owner is not None and _reader(subject, owner) == reader


def _facts(subject: OnCourse, event: CourseEvent, firm: Enterprise) -> dict[str, Any]:
    """What the letter says, frozen now. `number` names it in digests; `place` is the page it leads to."""
    row = STATE_ROW[subject.course][subject.state]
    return {
        "course": subject.course,
        "number": f"{subject.course}-{subject.id}",
        "place": subject.place,
        "enterprise": firm.name,
        "trigger": event.trigger,
        "state": subject.state,
        "owner": row.owner.value if row.owner else None,
        "due_at": subject.due_at.isoformat() if subject.due_at else None,
        "silence": row.on_silence,
        "reason": event.facts.get("reason", ""),
        "why": event.facts.get("why", []),
    }


def _plant_reminders(
    session: Session, subject: OnCourse, event: CourseEvent, policy: RingPolicy, facts: dict[str, Any],
    firm: Enterprise, at: datetime,
) -> None:  # fmt: skip
    """To the owner; where the clock only waits for a day (publication, the end of a term) there is nothing to do."""
    owner = STATE_ROW[subject.course][subject.state].owner
    if subject.due_at is None or owner is None or subject.state in WAITS:
        return
    calendar = calendars.current(session)
    last = local_date(subject.due_at - A_MOMENT)  # a clock ends with its last day
    days: dict[date, str] = {
        calendar.working_days_before(last, n): f"before_{n}" for n in policy.remind_working_days_before
    }
    days[calendar.working_day_on_or_before(last)] = "last_day"
    ahead = sorted((at_local(day, policy.remind_at_hour), step) for day, step in days.items())
    ahead = [(send_at, step) for send_at, step in ahead if at < send_at < subject.due_at]
    ends = [*(send_at for send_at, _ in ahead), subject.due_at][1:]
    for (send_at, step), stale_at in zip(ahead, ends, strict=True):
        _one(session, subject, event, _reader(subject, owner), step, facts, firm, at, send_at, stale_at)


def _void_reminders(session: Session, subject: OnCourse, at: datetime) -> None:
    """Those that wait, and those that a digest holds already; locked in the order in which the outbox locks them."""
    mine = Notice.key.startswith(f"{LETTER}:{subject.course}:{subject.id}:", autoescape=True)
    open_ones = (mine, Notice.at_once.is_(False), Notice.status.in_(("waiting", "bundled")))
    ids = select(Notice.id).where(*open_ones).order_by(Notice.id).with_for_update()
    void = update(Notice).where(Notice.id.in_(ids)).values(status="void", settled_at=at, lease_token=None)
    session.execute(void.execution_options(synchronize_session=False))


def _one(
    session: Session, subject: OnCourse, event: CourseEvent, reader: str, step: str, facts: dict[str, Any],
    firm: Enterprise, at: datetime, send_at: datetime | None = None, stale_at: datetime | None = None,
) -> Notice:  # fmt: skip
    theirs = reader.startswith("enterprise:")
    if not theirs and "centre" in event.facts:  # which knows more than the enterprise may
        facts = facts | {"why": event.facts["centre"]}
    planted = Notice(
        key=f"{LETTER}:{subject.course}:{subject.id}:{event.seq}:{step}:{reader}", complaint_id=None, clock_id=None,
        step=step, letter=LETTER, recipient=reader, channel="email", locale=firm.locale if theirs else "zh",
        zone=firm.zone if theirs else SHANGHAI.key, at_once=send_at is None,
        facts=facts | {"reader": "enterprise" if theirs else reader.removeprefix("desk:")},
        made_at=at, send_at=send_at or at, stale_at=stale_at, next_at=send_at or at,
        message_id=f"<course.{secrets.token_hex(12)}@{settings().sender.rpartition('@')[2]}>",
    )  # fmt: skip
    session.add(planted)
    return planted
