"""What measures do to pledges: they rest, they end, and they stand again. Nobody does it but by a measure.

A measure binds the enterprise and not one pledge: it acts on those that run, and what is announced while it has effect
rests at once. All in the transaction of the measure's decision, whose enterprise is locked. `at` is aware UTC.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Campaign, Measure, Pledge
from complaints.registry import course, pledge_terms, pledge_versions
from complaints.workflow.case import CLOCK, Actor, Role

KINDS = ("suspension", "striking_off")  # of measures that bind an enterprise's pledges
BINDING = ("in_force", "objected", "standing")  # a measure that has effect


def binding(session: Session, enterprise_id: int) -> Measure | None:
    """The oldest measure that keeps an enterprise's pledges suspended now."""
    mine = (Measure.enterprise_id == enterprise_id, Measure.kind.in_(KINDS), Measure.state.in_(BINDING))
    return session.scalars(select(Measure).where(*mine).order_by(Measure.id).limit(1)).one_or_none()


def announce(session: Session, pledge: Pledge, since: datetime, at: datetime) -> None:
    """A published pledge comes into force; it rests at once while a measure binds its enterprise."""
    pledge_terms.enter(session, pledge, since)
    _rest_if_bound(session, pledge, since, at)


def suspend(session: Session, measure: Measure, actor: Actor, at: datetime, reason: str) -> None:
    """The pledges that run rest; where none does, the next that is announced."""
    for each in _running(session, measure, at):
        if each.state == "published":
            _rest(session, each, measure, actor, at, reason=reason)


def strike_off(session: Session, measure: Measure, actor: Actor, at: datetime, reason: str) -> None:
    """The pledges that run end; the measure keeps which, so that lifting it gives back just these."""
    struck = _running(session, measure, at)
    for each in struck:
        course.fire(session, each, "strike_off", actor, at, measure=measure.id, reason=reason)
        pledge_terms.leave(session, each, at)
    measure.cause = measure.cause | {"struck_off": [each.id for each in struck]}


def agree(session: Session, enterprise_id: int, at: datetime) -> None:
    """Two enterprises have become one: what bound either binds what both have pledged, so pledges in force rest."""
    measure = binding(session, enterprise_id)
    if measure is None:
        return
    for each in _running(session, measure, at):
        if each.state == "published":
            _rest(session, each, measure, CLOCK, at, why=[{"say": "measure_binds"}])


def undo(session: Session, measure: Measure, actor: Actor, at: datetime, reason: str) -> None:
    """What was struck off or rests stands again, to the end of its term, unless another measure binds it."""
    said: dict[str, Any] = {"why": [{"say": "objection_overdue"}]} if actor.role is Role.CLOCK else {"reason": reason}
    for each in measure.cause.get("struck_off", ()):
        _readmit(session, each, measure, actor, at, said)
    if binding(session, measure.enterprise_id) is not None:
        return
    for pledge in _running(session, measure, at):
        if pledge.state == "suspended":
            _stand(session, pledge, measure, actor, at, said)


def _running(session: Session, measure: Measure, at: datetime) -> Sequence[Pledge]:
    """Locked, the newest first; the measure leads to that one from now on."""
    ids = [each.id for each in pledge_terms.running(session, measure.enterprise_id, at)]
    measure.pledge_id = ids[0] if ids else measure.pledge_id
    return [course.lock(session, Pledge, each) for each in ids]


def _rest(session: Session, pledge: Pledge, measure: Measure, actor: Actor, at: datetime, **said: Any) -> None:
    course.fire(session, pledge, "suspend", actor, at, clock_day=_last(session, pledge), measure=measure.id, **said)
    pledge_terms.rest(session, pledge, at)


def _rest_if_bound(session: Session, pledge: Pledge, since: datetime, at: datetime) -> None:
    measure = binding(session, pledge.enterprise_id)
    if measure is None:
        return
    measure.pledge_id = pledge.id
    _rest(session, pledge, measure, CLOCK, at, occurred_at=since, why=[{"say": "measure_binds"}])


def _stand(
    session: Session, pledge: Pledge, measure: Measure, actor: Actor, at: datetime, said: dict[str, Any]
) -> None:  # fmt: skip
    course.fire(session, pledge, "restore", actor, at, clock_day=_last(session, pledge), measure=measure.id, **said)
    pledge_terms.wake(session, pledge, at)


def _readmit(
    session: Session, pledge_id: int, measure: Measure, actor: Actor, at: datetime, said: dict[str, Any]
) -> None:  # fmt: skip
    """Unless its term is over, or another pledge of its campaign has taken its place."""
    pledge = course.lock(session, Pledge, pledge_id)
    over = pledge.valid_until is None or pledge.valid_until <= at
    if over or pledge_terms.open_one(session, pledge.enterprise_id, pledge.campaign_id) is not None:
        return
    pledge_versions.again(session, pledge, at)
    _stand(session, pledge, measure, actor, at, said)
    _rest_if_bound(session, pledge, at, at)


def _last(session: Session, pledge: Pledge) -> date:
    return session.get_one(Campaign, pledge.campaign_id).valid_until
