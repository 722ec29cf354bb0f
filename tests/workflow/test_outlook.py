"""What lies ahead: the table's way of silence, counted by the case's own policy, and never a day that is too early."""

from dataclasses import replace
from datetime import date

from complaints import calendars, clock
from complaints.workflow import outlook
from complaints.workflow.case import Case, State
from complaints.workflow.deadlines import for_state
from complaints.workflow.outlook import Ahead
from complaints.workflow.policy import load
from tests.people import MONDAY

CALENDAR = calendars.shipped(2026)
POLICY = load("association-2026-04")
FILED = Case(
    state=State.WITH_ENTERPRISE, policy=POLICY.version, enterprise_id=1, participant=True, consumer_consents=True,
    share_consent=True, enterprise_consents=True,
)  # fmt: skip


def running(case: Case) -> Case:
    """With the clock of its state, entered on the Monday."""
    deadline = for_state(POLICY, CALENDAR, case, MONDAY, ())
    assert deadline is not None
    return replace(case, due_at=deadline.due_at, provisional=deadline.provisional)


def days(found: list[Ahead]) -> list[tuple[State, str]]:
    return [(each.state, clock.local_date(each.due_at).isoformat()) for each in found]  # the day after the last one


def test_silence_leads_to_a_mediator_and_to_an_end() -> None:
    found = outlook.ahead(running(FILED), CALENDAR, MONDAY)
    assert days(found) == [
        (State.WITH_ENTERPRISE, "2026-07-21"),  # ten working days after 6 July
        (State.AWAITING_MEDIATOR, "2026-07-24"),  # two after the 21st, on which it enters
        (State.IN_MEDIATION, "2026-09-21"),  # sixty after that: a Saturday, and the Sunday after it is worked
    ]
    assert [each.owner for each in found] == ["enterprise", "supervisor", "mediator"]
    assert [each.silence for each in found] == ["with_enterprise", "awaiting_mediator", "in_mediation"]


def test_without_the_consents_they_are_asked_for() -> None:
    found = outlook.ahead(running(replace(FILED, consumer_consents=False)), CALENDAR, MONDAY)
    assert [each.state for each in found][1:] == [State.AWAITING_MEDIATOR, State.AWAITING_CONSENT]


def test_what_intake_does_depends_on_what_is_missing() -> None:
    received = running(replace(FILED, state=State.RECEIVED))
    assert [each.state for each in outlook.ahead(received, CALENDAR, MONDAY)][:2] == [
        State.RECEIVED, State.WITH_ENTERPRISE,
    ]  # fmt: skip
    for case, reachable in (
        (replace(received, complete=False), True), (replace(received, flagged=True), True), (received, False),
    ):  # fmt: skip
        found = outlook.ahead(case, CALENDAR, MONDAY, reachable=reachable)
        assert found[1].state is State.AWAITING_MEDIATOR


def test_an_offer_left_alone_ends_the_case() -> None:
    waiting = running(replace(FILED, state=State.WITH_CONSUMER, answer="decline"))
    (only,) = outlook.ahead(waiting, CALENDAR, MONDAY)
    assert only.silence == "with_consumer_declined"


def test_days_beyond_the_published_calendar_are_provisional() -> None:
    late = replace(FILED, due_at=clock.end_of_day(date(2026, 11, 30)))
    found = outlook.ahead(late, CALENDAR, MONDAY)
    assert [each.provisional for each in found] == [False, False, True]


def test_a_closed_case_has_nothing_ahead() -> None:
    assert outlook.ahead(replace(FILED, state=State.CLOSED), CALENDAR, MONDAY) == []
