"""How invented people behave: whether they act on what they are asked, when, and what they choose.

A habit is drawn from at each stay of a case in a state. What is chosen is always one of the actions that the lifecycle
table allows at that moment; somebody who draws nothing stays silent, and the clock runs out.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from complaints import clock
from complaints.workflow.case import Case, Outcome, Role, State
from complaints.workflow.workdays import Calendar

CONSUMER, ENTERPRISE = Role.CONSUMER, Role.ENTERPRISE
INTAKE, MEDIATOR, SUPERVISOR = Role.INTAKE, Role.MEDIATOR, Role.SUPERVISOR
AFTERWARDS = timedelta(days=25)  # how long a closed case may still stir its consumer


@dataclass(frozen=True, slots=True)
class Habit:
    """One role in one state: how likely it acts at all, in which part of its time, and how it leans.

    The action "" is to look and leave it.
    """

    acts: float
    within: tuple[float, float]
    leans: dict[str, float] = field(default_factory=dict)


# fmt: off
HABITS: dict[tuple[State, Role], Habit] = {
    (State.RECEIVED, INTAKE): Habit(0.94, (0.05, 0.85), {"admit": 90, "ask_information": 60, "refuse": 4, "route": 45}),
    (State.RECEIVED, CONSUMER): Habit(0.03, (0.1, 0.9), {"withdraw": 1, "statement": 2}),
    (State.NEEDS_INFORMATION, CONSUMER): Habit(0.82, (0.02, 0.95), {"supply_information": 95, "withdraw": 5}),
    (State.WITH_ENTERPRISE, ENTERPRISE): Habit(
        0.88, (0.15, 0.98), {"offer": 62, "decline": 22, "extend": 8, "redirect": 4, "statement": 3}
    ),
    (State.WITH_ENTERPRISE, CONSUMER): Habit(0.06, (0.1, 0.9), {"withdraw": 2, "statement": 3, "contact_consent": 3}),
    (State.WITH_CONSUMER, CONSUMER): Habit(
        0.80, (0.02, 0.95), {"accept_offer": 62, "counter": 14, "reject": 20, "withdraw": 3}
    ),
    (State.PERFORMING, ENTERPRISE): Habit(0.86, (0.1, 0.97), {"report_performance": 1}),
    (State.PERFORMING, CONSUMER): Habit(0.10, (0.4, 1.0), {"confirm_performance": 9, "withdraw": 1}),
    (State.PERFORMANCE_REPORTED, CONSUMER): Habit(
        0.72, (0.02, 0.95), {"confirm_performance": 87, "dispute_performance": 13}
    ),
    (State.AWAITING_MEDIATOR, SUPERVISOR): Habit(
        0.90, (0.05, 0.9), {"assign": 96, "refuse": 2, "return_to_sender": 1}
    ),
    (State.AWAITING_MEDIATOR, ENTERPRISE): Habit(0.12, (0.1, 0.9), {"late_offer": 1}),
    (State.AWAITING_CONSENT, CONSUMER): Habit(
        0.80, (0.05, 0.95), {"consent": 90, "refuse_mediation": 6, "withdraw": 4}
    ),
    (State.AWAITING_CONSENT, ENTERPRISE): Habit(0.70, (0.1, 0.95), {"consent": 78, "refuse_mediation": 22}),
    (State.IN_MEDIATION, MEDIATOR): Habit(
        0.95, (0.08, 0.8),
        {"conclude": 60, "terminate": 16, "hearing": 14, "request_evidence": 14, "order_appraisal": 9, "statement": 6},
    ),
    (State.IN_MEDIATION, CONSUMER): Habit(
        0.30, (0.02, 0.6),
        {"settle": 60, "statement": 12, "request_recusal": 5, "refuse_mediation": 2, "withdraw": 3, "": 10},
    ),
    (State.IN_MEDIATION, ENTERPRISE): Habit(
        0.22, (0.02, 0.5), {"statement": 8, "late_offer": 9, "request_recusal": 3, "refuse_mediation": 3}
    ),
    (State.IN_MEDIATION, SUPERVISOR): Habit(0.03, (0.05, 0.5), {"reassign": 1}),
    (State.RECUSAL_PENDING, SUPERVISOR): Habit(0.85, (0.1, 0.9), {"decide_recusal": 1}),
    (State.UNDER_APPRAISAL, MEDIATOR): Habit(0.85, (0.4, 0.98), {"receive_appraisal": 1}),
    (State.CLOSED, CONSUMER): Habit(0.30, (0.02, 0.95), {"rate": 70, "reopen": 18, "": 25}),
}
# fmt: on
TASK = Habit(0.85, (0.1, 0.95))
AGAIN = ("route", "extend", "hearing", "request_evidence", "statement", "reassign")  # after these one acts once more
CONTENT = (Outcome.SETTLED, Outcome.WITHDRAWN, Outcome.MERGED, Outcome.RETURNED)  # ends after which nobody comes back
OUTSIDER_FACTOR = 0.65  # an enterprise that has not joined answers less


def habits(state: State) -> list[tuple[Role, Habit]]:
    """Everybody who may stir while a case is in this state."""
    return [(role, habit) for (where, role), habit in HABITS.items() if where is state]


def when(habit: Habit, role: Role, case: Case, at: datetime, calendar: Calendar, rng: Random) -> datetime | None:
    """The instant at which this role acts on the case; None: it stays silent."""
    present = habit.acts * (OUTSIDER_FACTOR if role is ENTERPRISE and not case.participant else 1.0)
    silent = rng.random() >= present
    until = case.due_at if case.due_at is not None and case.due_at > at else at + AFTERWARDS
    instant = at + (until - at) * rng.uniform(*habit.within)
    hour, minute = rng.randint(*((8, 21) if role is CONSUMER else (9, 17))), rng.randint(0, 59)
    if silent:
        return None
    day = clock.local_date(instant)
    if role is not CONSUMER:
        day = calendar.working_day_on_or_before(day)
    return max(clock.at_local(day, hour, minute=minute), at + timedelta(minutes=1 + minute))


def choose(habit: Habit, case: Case, allowed: Collection[str], done: Collection[str], rng: Random) -> str:
    """One of the allowed actions, as the habit leans; "" where none appeals."""
    open_to = {
        trigger: weight * _fits(case, trigger)
        for trigger, weight in habit.leans.items()
        if (not trigger or trigger in allowed) and trigger not in done
    }
    drawn = rng.random() * sum(open_to.values())
    for trigger, weight in open_to.items():
        drawn -= weight
        if drawn < 0:
            return trigger
    return ""


def _fits(case: Case, trigger: str) -> float:
    """How much sense an action makes for this very case, from 0 to 1."""
    match trigger:
        case "ask_information":
            return 0.0 if case.complete else 1.0
        case "admit" if case.state is State.RECEIVED and not case.complete:
            return 0.1
        case "route":
            return 1.0 if case.spent("redirect") or case.enterprise_id is None else 0.0
        case "reopen" if case.outcome in CONTENT:
            return 0.0
    return 1.0
