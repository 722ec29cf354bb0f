"""Measures: what people and the clock do with a warning or a proposal. Rules that make them: `consequences.py`.

A proposal is heard before a supervisor decides; what is imposed takes effect in the same transaction (pledges suspended
or struck off: `suspensions.py`; a benchmark no more), and what is lifted is undone in the same one. The turn of a
campaign or a withdrawal ends no proposal. The enterprise may object; another person decides. Verbs raise NotFound (also
where it is another enterprise's), StaleVersion, NotAllowed, NotNow, and BadInput naming the field. `at` is aware UTC.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.errors import NotFound, NotNow
from complaints.models import Enterprise, Measure, QualitySignal
from complaints.registry import benchmarks, course, course_policy, course_telling, pledges, saying, suspensions
from complaints.workflow.case import CLOCK, Actor

LEAST_SUPERVISORS = 2  # whoever imposed a measure does not decide on the objection to it
KINDS = ("warning", "suspension", "striking_off", "benchmark_removal")
TEXTS = ("reply", "impose", "drop", "object", "uphold", "lift")
Why = list[dict[str, Any]]


def begin(
    session: Session, enterprise_id: int, kind: str, rule: str, key: str, actor: Actor, at: datetime,
    cause: dict[str, Any], reason: str = "", why: Why | None = None,
) -> Measure | None:  # fmt: skip
    """A warning, or a proposal of what else; None where this cause has led to one before.

    The enterprise is locked, so that a rule that runs twice adds nothing. Raises NotFound, and NotNow where there is
    nothing to suspend or to remove.
    """
    firm = session.get(Enterprise, enterprise_id, with_for_update={"key_share": True}, populate_existing=True)
    if firm is None:
        raise NotFound(f"there is no enterprise {enterprise_id}")
    if session.scalar(select(Measure.id).where(Measure.cause_key == key)) is not None:
        return None
    pledge = pledges.current(session, enterprise_id, at)
    if kind == "suspension" and (pledge is None or pledge.state != "published"):
        raise NotNow("there is no pledge in force")
    if kind == "striking_off" and pledge is None:
        raise NotNow("there is no pledge that runs")
    if kind == "benchmark_removal" and benchmarks.of(session, enterprise_id, local_date(at).year) is None:
        raise NotNow("it is no benchmark enterprise")
    measure = Measure(
        enterprise_id=enterprise_id, kind=kind, pledge_id=pledge.id if pledge else None, rule=rule, cause=cause,
        cause_key=key, made_at=at, imposed_by=actor.account_id if kind == "warning" else None,
    )  # fmt: skip
    trigger = "warn" if kind == "warning" else "propose"
    return course.begin(session, measure, trigger, actor, at, reason=reason, why=why or [], kind=kind)


def by_person(
    session: Session, enterprise_id: int, kind: str, actor: Actor, at: datetime, reason: str, key: str
) -> Measure:  # fmt: skip
    """A supervisor warns, or proposes. `key` is the form's own: sent twice, however late, it is done once."""
    reason, cause_key = saying.given(reason), f"person:{key}"[:80]
    made = begin(session, enterprise_id, kind, "person", cause_key, actor, at, {}, reason)
    return made or session.scalars(select(Measure).where(Measure.cause_key == cause_key)).one()


def reply(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """The enterprise says what it has to say to a proposal."""
    return _said(session, measure_id, "reply", actor, at, reason, version)


def impose(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """Decide that it is done: at once, in this transaction."""
    measure = _said(session, measure_id, "impose", actor, at, reason, version)
    measure.imposed_by = actor.account_id
    if measure.kind == "suspension":
        suspensions.suspend(session, measure, actor, at, saying.given(reason))
    elif measure.kind == "striking_off":
        suspensions.strike_off(session, measure, actor, at, saying.given(reason))
    elif measure.kind == "benchmark_removal":
        ended = benchmarks.end(session, measure.enterprise_id, at)
        measure.cause = measure.cause | {"designation": ended.id}  # so that lifting it gives back just this one
    session.flush()
    return measure


def drop(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """Decide that it is not done."""
    return _said(session, measure_id, "drop", actor, at, reason, version)


def object_to(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """The enterprise objects to what is in force; until another person has decided it stays in force."""
    return _said(session, measure_id, "object", actor, at, reason, version)


def uphold(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """Another person finds the objection without ground."""
    return _said(session, measure_id, "uphold", actor, at, reason, version)


def lift(
    session: Session, measure_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Measure:  # fmt: skip
    """It ends, and its effect with it."""
    measure = _said(session, measure_id, "lift", actor, at, reason, version)
    _undo(session, measure, actor, at, saying.given(reason))
    return measure


BY_NAME: dict[str, Callable[..., Measure]] = {
    "reply": reply, "impose": impose, "drop": drop, "object": object_to, "uphold": uphold, "lift": lift,
}  # fmt: skip


def act(
    session: Session, measure_id: int, trigger: str, actors: Sequence[Actor], at: datetime, facts: dict[str, Any],
    version: int | None = None,
) -> Measure:  # fmt: skip
    """Pull a trigger by name, in whichever role may: for pages and programs."""
    measure = look(session, measure_id, actors)
    actor = course.in_role(measure, trigger, actors, at, version)
    return BY_NAME[trigger](session, measure_id, actor, at, version=version, **facts)


def look(session: Session, measure_id: int, actors: Sequence[Actor]) -> Measure:
    """A measure as its enterprise and the supervisor see it. Raises NotFound."""
    measure = session.get(Measure, measure_id)
    if measure is None or not course.visible(measure, actors):
        raise NotFound(f"there is no measure {measure_id}")
    return measure


def run_out(session: Session, measure: Measure, at: datetime) -> bool:
    """Let the clock of a locked measure run out; what it lifts is undone."""
    if not course.run_out(session, measure, at):
        return False
    if measure.state == "lifted":
        _undo(session, measure, CLOCK, at, "")
    return True


def after_silence(session: Session, signal: QualitySignal, at: datetime) -> Measure | None:
    """A signal was not answered: a warning; a proposal to suspend where safety is named, or where it is the second."""
    firm = session.get(Enterprise, signal.enterprise_id)
    if firm is None or not firm.participant:
        return None
    numbers = course_policy.load(signal.policy).numbers["measures"]
    recent = (
        QualitySignal.enterprise_id == firm.id, QualitySignal.state == "unanswered",
        QualitySignal.since > at - timedelta(days=numbers["days"]), course_telling.proven(QualitySignal),
    )  # fmt: skip
    silent = session.scalar(select(func.count()).select_from(QualitySignal).where(*recent)) or 0
    grave = signal.safety or silent >= numbers["unanswered_signals"]
    pledge = pledges.current(session, firm.id, at)
    kind = "suspension" if grave and pledge is not None and pledge.state == "published" else "warning"
    why: Why = [{"say": "unanswered_signal", "product": signal.product}]
    key = f"unanswered_signal:{signal.id}"
    return begin(session, firm.id, kind, "unanswered_signal", key, CLOCK, at, {"signal": signal.id}, why=why)


def _said(
    session: Session, measure_id: int, trigger: str, actor: Actor, at: datetime, reason: str, version: int | None
) -> Measure:  # fmt: skip
    measure = course.lock(session, Measure, measure_id, version=version)
    if not course.visible(measure, [actor]):
        raise NotFound(f"there is no measure {measure_id}")
    run_out(session, measure, at)
    course.fire(session, measure, trigger, actor, at, reason=saying.given(reason), kind=measure.kind)
    return measure


def _undo(session: Session, measure: Measure, actor: Actor, at: datetime, reason: str) -> None:
    if "designation" in measure.cause:
        benchmarks.take_back(session, measure.cause["designation"], at)
    if measure.kind in suspensions.KINDS:
        suspensions.undo(session, measure, actor, at, reason)
