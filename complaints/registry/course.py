"""The door of the courses: one action, one transaction; state, entry of the log, clock and letters together.

A verb locks its subject, lets what is due run out, and calls `fire()`. What an action changes elsewhere (the dates of
an enterprise's pledge, say) its own module does in the same transaction, also when the clock acts: `sweeping.py`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.errors import NotAllowed, NotFound, NotNow, StaleVersion
from complaints.models import Account, CourseEvent, Enterprise, Errand
from complaints.models.course import OnCourse
from complaints.registry import course_letters, course_policy, course_telling
from complaints.registry.course_policy import RingPolicy
from complaints.registry.course_telling import Untold
from complaints.registry.lifecycle import MACHINES, NEW, STATE_ROW, TABLES, Move
from complaints.registry.lifecycle import actions as possible
from complaints.workflow import outages
from complaints.workflow.case import CLOCK, OFFICERS, Actor, Role
from complaints.workflow.deadlines import Basis, Deadline, compute, moved, read

Subject = TypeVar("Subject", bound=OnCourse)


def begin(session: Session, subject: Subject, trigger: str, actor: Actor, at: datetime, **facts: Any) -> Subject:
    """Enter a new subject and pull its first trigger; `since` and `policy` are set here."""
    subject.state, subject.since, subject.seq = NEW, at, 0
    subject.counters, subject.deadline = {}, {}
    subject.policy = course_policy.in_force(local_date(at), subject.course).version
    session.add(subject)
    session.flush()
    fire(session, subject, trigger, actor, at, **facts)
    return subject


def lock(session: Session, model: type[Subject], subject_id: int, *, version: int | None = None) -> Subject:
    """The subject, locked for this transaction; its enterprise before it, for some begin with that one.

    Raises NotFound; StaleVersion where it is no longer the version that somebody decided on.
    """
    whose = select(model.enterprise_id).where(model.id == subject_id).scalar_subquery()
    session.execute(select(Enterprise.id).where(Enterprise.id == whose).with_for_update(key_share=True))
    query = select(model).where(model.id == subject_id).with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(f"there is no {model.course} {subject_id}")
    _seen(found, version)
    return found


def _seen(subject: OnCourse, version: int | None) -> None:
    if version is not None and version != subject.seq:
        raise StaleVersion(f"this {subject.course} was changed meanwhile", {"version": ["stale"]})


def fire(
    session: Session, subject: OnCourse, trigger: str, actor: Actor, at: datetime, *,
    occurred_at: datetime | None = None, clock_day: date | None = None, **facts: Any,
) -> CourseEvent:  # fmt: skip
    """Move a locked subject: the only way there is. `clock_day` is the day of a clock whose rule names a fact.

    `facts` are kept in the log and told in the letters, so they hold nothing of a consumer. Raises NotAllowed where
    this role may not do this in this state, NotNow where a counter is spent or a condition not met.
    """
    policy = course_policy.load(subject.policy)
    rows = [each for each in TABLES[subject.course] if each.trigger == trigger and subject.state in each.source]
    if not any(actor.role in each.by for each in rows) or not _speaks(subject, actor):
        raise NotAllowed(f"{actor.role} may not {trigger} while this is {subject.state}")
    before, move = subject.state, Move(actor, at, facts, dict(policy.counters))
    if not MACHINES[subject.course].events[trigger].trigger(subject, move=move):
        raise NotNow(f"{trigger} is not possible now")
    subject.seq += 1
    event = CourseEvent(
        course=subject.course, subject_id=subject.id, seq=subject.seq,
        trigger=trigger, from_state=before, to_state=subject.state, role=actor.role.value,
        account_id=actor.account_id, facts=facts, occurred_at=occurred_at or at, recorded_at=at,
    )  # fmt: skip
    session.add(event)
    if move.row.dest is not None:
        _start_clock(session, subject, policy, at, clock_day)
        _call_off(session, subject, at)
    session.flush()
    course_letters.plant(session, subject, event, policy, at, moved=move.row.dest is not None)
    return event


def _call_off(session: Session, subject: OnCourse, at: datetime) -> None:
    """Nobody has to be told any more of a clock that has ended."""
    about = (Errand.about == subject.course, Errand.about_id == subject.id, Errand.due_at.is_not(None))
    for errand in session.scalars(select(Errand).where(*about).with_for_update()).all():
        fire(session, errand, "call_off", CLOCK, at)


def actions(subject: OnCourse, actor: Actor, at: datetime) -> list[str]:
    """What this actor could do now; nothing where the subject is another enterprise's, or its managers' to act on."""
    if (actor.role is Role.ENTERPRISE and actor.enterprise_id != subject.enterprise_id) or not _speaks(subject, actor):
        return []
    return possible(subject, actor, at, dict(course_policy.load(subject.policy).counters))


def _speaks(subject: OnCourse, actor: Actor) -> bool:
    """A signal any agent answers; what binds the enterprise or stays with it is for its managers, and agents read."""
    return actor.role is not Role.ENTERPRISE or actor.leads or subject.course == "signal"


def visible(subject: OnCourse, actors: Sequence[Actor]) -> bool:
    """Whether a measure or a signal is somebody's to see: the supervisor's, and its enterprise's."""
    return any(
        actor.role is Role.SUPERVISOR
        or (actor.role is Role.ENTERPRISE and actor.enterprise_id == subject.enterprise_id and not subject.hidden)
        for actor in actors
    )


def in_role(subject: OnCourse, trigger: str, actors: Sequence[Actor], at: datetime, version: int | None) -> Actor:
    """Somebody who holds several roles acts in the one that may. Raises NotAllowed where none may.

    Raises StaleVersion first, where somebody decided on another version: what they may do now is not what they saw.
    """
    _seen(subject, version)
    for actor in actors:
        if trigger in actions(subject, actor, at):
            return actor
    raise NotAllowed(f"nobody of these may {trigger} while this is {subject.state}")


def log(session: Session, subject: OnCourse) -> Sequence[CourseEvent]:
    """What happened to a subject, the oldest first."""
    mine = (CourseEvent.course == subject.course, CourseEvent.subject_id == subject.id)
    return session.scalars(select(CourseEvent).where(*mine).order_by(CourseEvent.seq)).all()


def people(session: Session, events: Sequence[CourseEvent], actors: Sequence[Actor]) -> dict[int, str]:
    """Who acted, by entry: each side is told the names of its own people."""
    firms = {actor.enterprise_id for actor in actors if actor.role is Role.ENTERPRISE}
    centre = any(actor.role in OFFICERS for actor in actors)
    ids = {event.account_id for event in events if event.account_id is not None}
    known = {each.id: each for each in session.scalars(select(Account).where(Account.id.in_(ids)))}
    told = {key for key, who in known.items() if (centre if who.enterprise_id is None else who.enterprise_id in firms)}
    return {event.id: known[event.account_id].name for event in events if event.account_id in told}


def run_out(session: Session, subject: OnCourse, at: datetime, **facts: Any) -> bool:
    """Pull the trigger of silence of a locked subject whose clock is over; False where it is not, or must wait.

    No clock runs out against an enterprise that was not told: while its opening letter still waits, nothing happens,
    and where that left late, the clock is counted from then; an outage on its last day gives it another one. Where no
    letter arrives somebody is sent to tell it by phone or post; where that fails, too, the log says that it never was
    told. The centre's own clocks, and those that only wait for a day, need no telling (docs/adr/0004).
    """
    if subject.due_at is None or subject.due_at > at:
        return False
    told = course_telling.told_at(session, subject) if _waits_for_enterprise(subject) else None
    if told is Untold.NOBODY_SENT:
        send_somebody(session, subject, at)
    if told in (Untold.NOBODY_SENT, Untold.NOT_YET):
        return False
    if isinstance(told, datetime) and _counted_later(session, subject, told, at):
        return False
    if _longer_for_an_outage(session, subject, at):
        return False
    if told is Untold.NEVER:
        facts |= {"untold": True, "why": [{"say": "never_told"}]}
    silence = STATE_ROW[subject.course][subject.state].on_silence
    assert silence is not None
    fire(session, subject, silence, CLOCK, at, occurred_at=subject.due_at, **facts)
    return True


def send_somebody(session: Session, subject: OnCourse, at: datetime) -> Errand:
    """Have somebody tell the enterprise of a locked subject what its lost letter said: one errand a letter."""
    errand = Errand(
        enterprise_id=subject.enterprise_id, about=subject.course, about_id=subject.id, notice_id=subject.opening
    )  # fmt: skip
    return begin(session, errand, "send", CLOCK, at)


def take_note(session: Session, subject: OnCourse, at: datetime) -> None:
    """Count the running clock of a locked subject from when its enterprise was told, where that is known now."""
    told = course_telling.told_at(session, subject) if _waits_for_enterprise(subject) else None
    if isinstance(told, datetime):
        _counted_later(session, subject, told, at)


def _longer_for_an_outage(session: Session, subject: OnCourse, at: datetime) -> bool:
    """Nobody could act on the last working day: an enterprise's clock ends with the first working day after the gap."""
    if not _waits_for_enterprise(subject) or subject.due_at is None:
        return False
    floor = outages.day_after_one(session, subject.due_at, at)
    return floor is not None and recount(session, subject, "outage", at, floor=floor) and subject.due_at > at


def _waits_for_enterprise(subject: OnCourse) -> bool:
    return subject.state in course_telling.theirs(type(subject))


def _start_clock(session: Session, subject: OnCourse, policy: RingPolicy, at: datetime, clock_day: date | None) -> None:
    subject.since = at
    rule = policy.clocks[subject.course].get(subject.state)
    if rule is None:
        subject.due_at, subject.deadline = None, {}
        return
    days = rule.working_days
    if rule.safety_working_days is not None and getattr(subject, "safety", False):
        days = rule.safety_working_days
    today = local_date(at)
    if rule.fact is not None and clock_day is None:
        raise ValueError(f"the clock of {subject.state} needs its day: {rule.fact}")
    basis = Basis(
        rule="fact" if rule.fact else "working_days", article=rule.article, start=today, n=days, fact=clock_day,
    )  # fmt: skip
    _set(subject, compute(basis, calendars.current(session), today))


def _set(subject: OnCourse, deadline: Deadline) -> None:
    subject.due_at, subject.deadline = deadline.due_at, deadline.explanation


def _counted_later(session: Session, subject: OnCourse, told: datetime, at: datetime) -> bool:
    """Count again from the day on which the owner was told, where that was later than the entry into the state."""
    late = local_date(told)
    if subject.deadline["rule"] == "fact" or late <= date.fromisoformat(subject.deadline["start"]):
        return False
    recount(session, subject, "told_late", at, start=late)
    return subject.due_at is not None and subject.due_at > at


def recount(session: Session, subject: OnCourse, why: str, at: datetime, **changes: Any) -> bool:
    """Count the running clock of a locked subject again, with changes of its basis; True where it has another day.

    Then the move stands in its explanation and in the log, the reminders follow it, and whoever may still do something
    by the new day is told.
    """
    calendar, old = calendars.current(session), read(subject.deadline)
    basis = old.basis.changed(**changes)
    waits = subject.state in course_letters.WAITS  # so no move takes a day from anybody
    fresh = moved(old, basis, calendar, why, at, basis.fact if waits else None)
    if fresh.day == old.day:
        _set(subject, compute(basis, calendar, old.day))  # certain now, maybe
        return False
    _set(subject, fresh)
    days = {"old": old.day.isoformat(), "new": fresh.day.isoformat()}
    fire(session, subject, "move_deadline", CLOCK, at, loud=fresh.due_at > at, why=[{"say": f"moved_{why}", **days}])
    return True


def last_day(subject: OnCourse) -> date | None:
    """The last day of the running clock, in Shanghai."""
    return local_date(subject.due_at - timedelta(microseconds=1)) if subject.due_at else None


__all__ = ["actions", "begin", "end_of_day", "fire", "last_day", "lock", "log", "run_out"]
