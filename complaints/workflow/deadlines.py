"""From "a state was entered" to "by when, why exactly then, and when to remind". Pure.

A deadline is the end (24:00, Asia/Shanghai) of a day. What it was computed from is kept beside it as its explanation,
so that it can be shown, and computed again when a calendar arrives, without guessing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from complaints.clock import at_local, end_of_day, local_date
from complaints.workflow.case import Case, State
from complaints.workflow.policy import ClockRule, Policy
from complaints.workflow.workdays import Calendar, Count, Reading, Span

BENCHMARK, PLEDGE = "benchmark", "pledge"  # which decided, in an article
EVENING_HOUR = 20  # reminders leave between the policy's hour and this one


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a state; `explanation` is that of its last clock, `left_at` None means still there."""

    state: State
    entered_at: datetime
    left_at: datetime | None
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a deadline is computed from, and so everything its explanation has to say."""

    rule: str  # working_days | days | fact
    article: str
    start: date  # day 0, which does not count
    n: int = 0  # days
    extra: int = 0  # working days added by an extension
    fact: date | None = None  # the promised or agreed day
    floor: date | None = None  # never before this day (an outage, a party that had to be reached otherwise)
    excluded: tuple[Span, ...] = ()
    reading: Reading = "broad"
    enterprise_id: int | None = None  # whose clock it is, so that a redirect back resumes the right one
    moves: tuple[dict[str, Any], ...] = ()  # every recomputation: why, old day, new day, when

    def changed(self, **changes: Any) -> "Basis":
        """The same with some entries replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day, the instant it is over (UTC), and where it comes from."""

    day: date
    due_at: datetime
    provisional: bool
    basis: Basis
    explanation: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One step of the ladder: when it leaves, and from when on it would say nothing new."""

    step: str
    send_at: datetime
    stale_at: datetime


def for_state(
    policy: Policy, calendar: Calendar, case: Case, entered_at: datetime, stays: Sequence[Stay]
) -> Deadline | None:
    """The deadline of the state that `case` is in, entered at `entered_at`; None when the state has no clock.

    `stays` are the earlier ones, oldest first: pauses and excluded spans are derived from them, never counted up.
    """
    rule = policy.clocks.get(case.state.value)
    if rule is None:
        return None
    fresh = _basis(policy, rule, case, entered_at)
    basis = _resumed(fresh, case, entered_at, stays, rule)
    today = local_date(entered_at)
    back = case.state is State.WITH_ENTERPRISE and basis is not fresh  # never only the minutes left of a day
    return compute(basis, calendar, calendar.next_working_day(today) if back else today)


def compute(basis: Basis, calendar: Calendar, not_before: date) -> Deadline:
    """Count. The result is never earlier than `not_before` (the day of entry, or of a recomputation) nor the floor."""
    count = _count(basis, calendar)
    day = max(count.end, not_before, basis.floor or count.end)
    if day > count.end:
        basis = replace(basis, floor=day)  # kept, so that the same basis gives the same day again
    return Deadline(day, end_of_day(day), count.provisional, basis, _explain(basis, count, day, calendar.version))


def moved(
    running: Deadline, basis: Basis, calendar: Calendar, why: str, at: datetime, not_before: date | None = None
) -> Deadline:  # fmt: skip
    """The running deadline on a changed basis, with the move entered in its history.

    A move never takes a day that is today or past from a party: the earliest result is the next working day, or
    `not_before` where nobody has anything to do until then.
    """
    today = local_date(at)
    not_before = not_before or min(running.day, calendar.next_working_day(today))
    fresh = compute(basis, calendar, not_before)
    entry = {"why": why, "from": running.day.isoformat(), "to": fresh.day.isoformat(), "on": today.isoformat()}
    return compute(basis.changed(moves=(*basis.moves, entry)), calendar, not_before)


def ladder(policy: Policy, calendar: Calendar, deadline: Deadline, planted_at: datetime) -> list[Reminder]:
    """The reminders still ahead at `planted_at`: 9:00 local, on working days; one a day, the most urgent."""
    steps: dict[date, str] = {}
    length = (deadline.day - deadline.basis.start).days
    if length >= policy.half_time_from_days:
        half = deadline.basis.start + timedelta(days=length // 2)
        steps[calendar.working_day_on_or_before(half)] = "half_time"
    for n in policy.remind_working_days_before:
        steps[calendar.working_days_before(deadline.day, n)] = f"before_{n}"
    if policy.remind_last_day:
        steps[calendar.working_day_on_or_before(deadline.day)] = "last_day"
    ahead = sorted((at_local(day, policy.remind_at_hour), step) for day, step in steps.items())
    ahead = [(send_at, step) for send_at, step in ahead if planted_at < send_at < deadline.due_at]
    ends = [*(send_at for send_at, _ in ahead), deadline.due_at][1:]  # each is stale when the next one leaves
    return [Reminder(step, send_at, stale_at) for (send_at, step), stale_at in zip(ahead, ends, strict=True)]


def read(explanation: dict[str, Any]) -> Deadline:
    """The deadline that an explanation explains."""
    day = date.fromisoformat
    basis = Basis(
        rule=explanation["rule"],
        article=explanation["article"],
        start=day(explanation["start"]),
        n=explanation["n"],
        extra=explanation["extra"],
        fact=day(explanation["fact"]) if explanation["fact"] else None,
        floor=day(explanation["floor"]) if explanation["floor"] else None,
        excluded=tuple(Span(day(s["after"]), day(s["through"]), s["why"]) for s in explanation["excluded"]),
        reading=explanation["reading"],
        enterprise_id=explanation["enterprise_id"],
        moves=tuple(explanation["moves"]),
    )
    end = day(explanation["end"])
    return Deadline(end, end_of_day(end), explanation["provisional"], basis, explanation)


def _basis(policy: Policy, rule: ClockRule, case: Case, entered_at: datetime) -> Basis:
    counted_from = getattr(case, rule.counted_from) if rule.counted_from else entered_at
    common = Basis(
        rule="fact" if rule.fact else "days" if rule.days else "working_days",
        article=_article(rule, case),
        start=local_date(counted_from or entered_at),
        reading=policy.holiday_reading,
        enterprise_id=case.enterprise_id if case.state is State.WITH_ENTERPRISE else None,
    )
    if rule.fact:
        return replace(common, fact=getattr(case, rule.fact))
    return replace(common, n=rule.days or _working_days(rule, case))


def _working_days(rule: ClockRule, case: Case) -> int:
    """The policy's number; fewer for a benchmark enterprise, or where its pledge promises fewer."""
    n = _by_charter(rule, case)
    return min(n, case.promised_answer_days or n) if rule.benchmark_working_days is not None else n


def _by_charter(rule: ClockRule, case: Case) -> int:
    n = rule.working_days or 0
    return min(n, rule.benchmark_working_days or n) if case.benchmark else n


def _article(rule: ClockRule, case: Case) -> str:
    """Where the rule stands; of several that could give the number (charter, benchmark, pledge) the one that did."""
    parts = rule.article.split("; ")
    if PLEDGE in parts and _working_days(rule, case) == _by_charter(rule, case):
        parts.remove(PLEDGE)
        if _by_charter(rule, case) < (rule.working_days or 0):
            parts.append(BENCHMARK)
    return "; ".join(parts)


PAUSES = {
    State.RECEIVED: (State.NEEDS_INFORMATION,),
    State.WITH_ENTERPRISE: (State.RECEIVED, State.NEEDS_INFORMATION),  # a redirect that came back
}


def _resumed(basis: Basis, case: Case, entered_at: datetime, stays: Sequence[Stay], rule: ClockRule) -> Basis:
    """Continue an earlier clock where the design says so, with the time in between excluded."""
    if case.state in PAUSES:
        return _after_pause(basis, case.state, entered_at, stays)
    if rule.excludes and case.accepted_at is not None:
        since = [stay for stay in stays if stay.entered_at >= case.accepted_at and stay.state.value in rule.excludes]
        return replace(basis, excluded=tuple(_span(stay) for stay in since))
    return basis


def _after_pause(basis: Basis, own: State, entered_at: datetime, stays: Sequence[Stay]) -> Basis:
    """The clock of the last own stay goes on, if only pauses lie between and it was the same enterprise's."""
    between: list[Stay] = []
    following = entered_at
    for stay in reversed(stays):
        if stay.left_at != following:
            break
        following = stay.entered_at
        if stay.state in PAUSES[own]:
            between.append(stay)
            continue
        if stay.state is own and between and stay.explanation["enterprise_id"] == basis.enterprise_id:
            old = read(stay.explanation).basis
            return replace(old, excluded=(*old.excluded, *(_span(each) for each in reversed(between))))
        break
    return basis


def _span(stay: Stay) -> Span:
    left_at = stay.left_at or stay.entered_at
    return Span(local_date(stay.entered_at), local_date(left_at), stay.state.value)


def _count(basis: Basis, calendar: Calendar) -> Count:
    if basis.rule == "fact":
        return Count(basis.fact or basis.start, (), provisional=False)
    if basis.rule == "days":
        return calendar.calendar_days(basis.start, basis.n, basis.reading, basis.excluded)
    return calendar.working_days(basis.start, basis.n + basis.extra, basis.excluded)


def _explain(basis: Basis, count: Count, day: date, calendar_version: str) -> dict[str, Any]:
    return {
        "rule": basis.rule,
        "article": basis.article,
        "start": basis.start.isoformat(),
        "n": basis.n,
        "extra": basis.extra,
        "fact": basis.fact.isoformat() if basis.fact else None,
        "floor": basis.floor.isoformat() if basis.floor else None,
        "end": day.isoformat(),
        "skipped": [{"first": s.first.isoformat(), "last": s.last.isoformat(), "why": s.why} for s in count.skipped],
        "excluded": [
            {"after": s.after.isoformat(), "through": s.through.isoformat(), "why": s.why} for s in basis.excluded
        ],
        "reading": basis.reading,
        "provisional": count.provisional,
        "calendar": calendar_version,
        "enterprise_id": basis.enterprise_id,
        "moves": list(basis.moves),
    }
