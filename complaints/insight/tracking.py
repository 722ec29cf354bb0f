"""What the centre sees of each benchmark enterprise, month by month; and the rules that warn and propose removal.

A month is counted once, after it is over, beside the month before it. Answers in time and how long an answer took are
those of `firms.py`; silence counts only where it is proven that the enterprise was told (`registry/proving.py`);
settlements count as proven only where the consumer confirmed; a kept promise is one whose performance was reported in
time and not disputed. Months are those of Shanghai.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from complaints import db, logs
from complaints.clock import at_local, local_date
from complaints.insight import firms
from complaints.models import ClockInstance, Complaint, Designation, TrackingReport
from complaints.registry import benchmarks, course_policy, measures
from complaints.workflow.case import CLOCK, State

log = logging.getLogger(__name__)
REPEATED = 2  # complaints about one fault in a month
FIGURES = (
    "answers", "in_time", "on_time", "answer_days", "settled", "ended", "settled_share", "escalations", "promises",
    "kept", "kept_share",
)  # fmt: skip


def month_before(day: date) -> date:
    """The first day of the month before the one of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def after(month: date) -> date:
    """The first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def due(session: Session, at: datetime) -> list[tuple[date, int]]:
    """Months that are over, and enterprises that were benchmark enterprises in them without a report; oldest first.

    Not only the last month: one that nobody came by for, or whose report failed, is made up for.
    """
    last = month_before(local_date(at))
    there = {tuple(row) for row in session.execute(select(TrackingReport.month, TrackingReport.enterprise_id))}
    wanted = {
        (month, each.enterprise_id) for each in session.scalars(select(Designation)) for month in _months(each, last)
    }
    return sorted((month, firm) for month, firm in wanted if (f"{month:%Y-%m}", firm) not in there)


def _months(designation: Designation, last: date) -> Iterator[date]:
    """The months up to the last one in which a designation stood."""
    month = max(local_date(designation.designated_at).replace(day=1), date(designation.year, 1, 1))
    ended = designation.ended_at
    while month <= min(last, date(designation.year, 12, 1)) and (ended is None or ended > at_local(month, 0)):
        yield month
        month = after(month)


def run(at: datetime) -> int:
    """Write the reports that are missing, and apply the rules to each; returns how many were written.

    One that fails is logged and holds up no other enterprise's.
    """
    with db.reading() as session:
        missing = due(session, at)
    return sum(
        logs.tried(log, f"the tracking report {month:%Y-%m} of enterprise {firm}", partial(_write, firm, month, at))
        for month, firm in missing
    )


def _write(enterprise_id: int, month: date, at: datetime) -> bool:
    with db.reading() as session:
        figures: dict[str, Any] = count(session, enterprise_id, month)
        figures["before"] = count(session, enterprise_id, month_before(month))
    with db.transaction() as session:
        if report(session, enterprise_id, f"{month:%Y-%m}") is not None:
            return False
        session.add(TrackingReport(enterprise_id=enterprise_id, month=f"{month:%Y-%m}", figures=figures, made_at=at))
        session.flush()
        apply(session, enterprise_id, month, at)
    return True


def count(session: Session, enterprise_id: int, month: date) -> dict[str, Any]:
    """One enterprise's figures of one month."""
    since, until = at_local(month, 0), at_local(after(month), 0)
    tally = firms.count(session, since, until, enterprise_id).get(enterprise_id, firms.Tally())
    answers, ended = tally.in_time + tally.silent, sum(tally.outcomes.values())
    promises, kept = _promises(session, enterprise_id, since, until)
    return {
        "answers": answers, "in_time": tally.in_time, "on_time": _share(tally.in_time, answers),
        "answer_days": float(median(tally.days.elements())) if tally.days else None,
        "settled": tally.outcomes["settled"], "ended": ended, "settled_share": _share(tally.outcomes["settled"], ended),
        "escalations": _escalations(session, enterprise_id, since, until), "promises": promises, "kept": kept,
        "kept_share": _share(kept, promises),
        "repeated": [[fault, n] for fault, n in tally.faults.most_common() if n >= REPEATED][:10],
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _escalations(session: Session, enterprise_id: int, since: datetime, until: datetime) -> int:
    """How often its cases came to the centre."""
    entered = (
        ClockInstance.state == State.AWAITING_MEDIATOR.value, ClockInstance.stay_id.is_(None),
        ClockInstance.entered_at >= since, ClockInstance.entered_at < until,
    )  # fmt: skip
    return session.scalar(_of(enterprise_id, entered)) or 0


def _promises(session: Session, enterprise_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """How many promises fell due or were performed, and how many of them were kept."""
    within = and_(ClockInstance.ended_at > since, ClockInstance.ended_at <= until)
    ways = {
        "kept": (ClockInstance.state == State.PERFORMING.value, ClockInstance.ended_by == "confirm_performance"),
        "confirmed": (
            ClockInstance.state == State.PERFORMANCE_REPORTED.value,
            ClockInstance.ended_by.in_(("confirm_performance", "presume_performed")),
        ),
        "broken": (ClockInstance.state == State.PERFORMING.value, ClockInstance.ended_by == "break_promise"),
        "disputed": (
            ClockInstance.state == State.PERFORMANCE_REPORTED.value, ClockInstance.ended_by == "dispute_performance",
        ),
    }  # fmt: skip
    n = {name: session.scalar(_of(enterprise_id, (*way, within))) or 0 for name, way in ways.items()}
    kept = n["kept"] + n["confirmed"]
    return kept + n["broken"] + n["disputed"], kept


def _of(enterprise_id: int, conditions: Sequence[Any]) -> Any:
    query = select(func.count()).select_from(ClockInstance).join(Complaint, Complaint.id == ClockInstance.complaint_id)
    return query.where(Complaint.enterprise_id == enterprise_id, *conditions)


def apply(session: Session, enterprise_id: int, month: date, at: datetime) -> None:
    """Too few answers in time: a warning; so several months in a row: a proposal to remove it, while it is one."""
    numbers = course_policy.in_force(local_date(at)).numbers["benchmark"]
    late = _late(session, enterprise_id, month, numbers)
    if not late:
        return
    why = {
        "say": "late_month", "month": late[0].month, "percent": round(100 * late[0].figures["on_time"]),
        "least": numbers["on_time_percent"],
    }  # fmt: skip
    kind = "warning"
    if len(late) >= numbers["months"] and benchmarks.of(session, enterprise_id, local_date(at).year) is not None:
        kind, why = "benchmark_removal", why | {"say": "late_months", "n": len(late)}
    key = f"benchmark:{enterprise_id}:{late[0].month}"
    cause = {"months": [each.month for each in late]}
    measures.begin(session, enterprise_id, kind, "benchmark_month", key, CLOCK, at, cause, why=[why])


def _late(session: Session, enterprise_id: int, month: date, numbers: Mapping[str, int]) -> list[TrackingReport]:
    """This month and those straight before it, as far as all of them are poor; never more than the rule asks for."""
    found: list[TrackingReport] = []
    while len(found) < numbers["months"]:
        each = report(session, enterprise_id, f"{month:%Y-%m}")
        if each is None or not poor(each.figures, numbers):
            break
        found.append(each)
        month = month_before(month)
    return found


def poor(figures: Mapping[str, Any], numbers: Mapping[str, int]) -> bool:
    """Whether a month has enough answers to say something, and too few of them came in time."""
    if figures["answers"] < numbers["least_answers"]:
        return False
    return bool(figures["on_time"] * 100 < numbers["on_time_percent"])


def reports(session: Session, enterprise_id: int, most: int = 24) -> Sequence[TrackingReport]:
    """An enterprise's monthly reports, the newest first."""
    mine = select(TrackingReport).where(TrackingReport.enterprise_id == enterprise_id)
    return session.scalars(mine.order_by(TrackingReport.month.desc()).limit(most)).all()


def report(session: Session, enterprise_id: int, month: str) -> TrackingReport | None:
    """One month's report."""
    mine = (TrackingReport.enterprise_id == enterprise_id, TrackingReport.month == month)
    return session.scalars(select(TrackingReport).where(*mine)).one_or_none()
