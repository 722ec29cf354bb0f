"""The rules by which missed answers and broken settlements lead to a warning or to a proposal to suspend a pledge.

Within so many days (policy, `measures`): as many as the policy says lead to a warning, twice as many to a proposal. A
missed answer counts only where it is proven that the enterprise was told. Each case counts once towards each kind of
measure, so that a rule that runs twice adds nothing. Only participants have a pledge to answer for.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from complaints import db, logs
from complaints.clock import local_date
from complaints.models import ClockInstance, Complaint, Enterprise, Measure
from complaints.registry import course_policy, measures, pledges, proving
from complaints.workflow.case import CLOCK, Outcome, State

log = logging.getLogger(__name__)
RULES = {"missed_answers": "missed_answers", "broken_settlements": "broken_settlements"}  # rule -> number of the policy
HEAVIER = {"warning": ("warning", "suspension"), "suspension": ("suspension",)}


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that counts against an enterprise."""

    complaint_id: int
    at: datetime


def run(at: datetime) -> int:
    """Every rule over every participant; returns how many measures were made. One that fails holds up no other."""
    with db.reading() as session:
        numbers = course_policy.in_force(local_date(at)).numbers["measures"]
        since = at - timedelta(days=numbers["days"])
        found = {"missed_answers": missed(session, since, at), "broken_settlements": broken(session, since, at)}
    due = [
        (rule, firm, counted)
        for rule, firms in found.items()
        for firm, counted in firms.items()
        if len(counted) >= numbers[RULES[rule]]
    ]
    return sum(logs.tried(log, f"{rule} of enterprise {firm}", partial(_one, rule, firm, counted, at))
               for rule, firm, counted in due)  # fmt: skip


def _one(rule: str, enterprise_id: int, counted: Sequence[Counted], at: datetime) -> bool:
    with db.transaction() as session:
        return consider(session, enterprise_id, rule, counted, at)


def consider(session: Session, enterprise_id: int, rule: str, counted: Sequence[Counted], at: datetime) -> bool:
    """One rule for one enterprise: the heavier measure where there is ground for it, else the lighter one."""
    firm = session.get(Enterprise, enterprise_id, with_for_update={"key_share": True}, populate_existing=True)
    if firm is None or not firm.participant:
        return False
    numbers = course_policy.in_force(local_date(at)).numbers["measures"]
    pledge = pledges.current(session, enterprise_id, at)
    suspendable = pledge is not None and pledge.state == "published"
    for kind, needed in (("suspension", 2 * numbers[RULES[rule]]), ("warning", numbers[RULES[rule]])):
        fresh = _fresh(session, enterprise_id, rule, kind, counted)
        if len(fresh) >= needed and (kind == "warning" or suspendable):
            key = f"{rule}:{kind}:{enterprise_id}:{fresh[0]}"
            cause = {"cases": fresh, "days": numbers["days"]}
            why = [{"say": rule, "n": len(fresh), "days": numbers["days"]}]
            return measures.begin(session, enterprise_id, kind, rule, key, CLOCK, at, cause, why=why) is not None
    return False


def _fresh(session: Session, enterprise_id: int, rule: str, kind: str, counted: Sequence[Counted]) -> list[int]:
    """The cases that have not led to a measure of this weight yet."""
    mine = (Measure.enterprise_id == enterprise_id, Measure.rule == rule, Measure.kind.in_(HEAVIER[kind]))
    used = {case for cause in session.scalars(select(Measure.cause).where(*mine)) for case in cause["cases"]}
    return sorted({each.complaint_id for each in counted} - used)


def missed(session: Session, since: datetime, until: datetime) -> Mapping[int, Sequence[Counted]]:
    """Answers that did not come though the enterprise was told, by enterprise."""
    query = (
        select(Complaint.enterprise_id, Complaint.id, ClockInstance.ended_at)
        .join(Complaint, Complaint.id == ClockInstance.complaint_id)
        .where(
            ClockInstance.state == State.WITH_ENTERPRISE.value, ClockInstance.ended_by == "escalate",
            ClockInstance.ended_at > since, ClockInstance.ended_at <= until, proving.told(),
            proving.of_this_enterprise(),
        )
    )  # fmt: skip
    return _by_firm(session.execute(query))


def broken(session: Session, since: datetime, until: datetime) -> Mapping[int, Sequence[Counted]]:
    """Settlements that were broken, by enterprise."""
    within = and_(Complaint.closed_at > since, Complaint.closed_at <= until)
    closed = (Complaint.state == State.CLOSED.value, Complaint.outcome == Outcome.SETTLEMENT_BROKEN.value)
    query = select(Complaint.enterprise_id, Complaint.id, Complaint.closed_at).where(*closed, within)
    return _by_firm(session.execute(query))


def _by_firm(rows: Iterable[Any]) -> Mapping[int, Sequence[Counted]]:
    found: dict[int, list[Counted]] = defaultdict(list)
    for firm, case, at in rows:
        if firm is not None:
            found[firm].append(Counted(case, at))
    return found
