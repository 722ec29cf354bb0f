"""Everything stands still for three weeks and then starts again: nothing is lost, nothing happens twice."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.workflow import sweeps
from complaints.workflow.case import State
from tests.people import FOUNDED, World, lived, moment, on, world
from tests.playing import Playing
from tests.workflow.expected import gallery

DARK, LIGHT = moment("2026-07-06 20:00"), moment("2026-07-27 11:30")
FACT = (State.UNDER_APPRAISAL, State.IN_MEDIATION, State.CLOSED)
CENTRE = {
    State.RECEIVED: ("admit", "2026-07-16 00:00"),
    State.AWAITING_MEDIATOR: ("assign", "2026-07-09 00:00"),
    State.RECUSAL_PENDING: ("decide_recusal", "2026-07-09 00:00"),
}
PARTIES = (
    State.NEEDS_INFORMATION, State.WITH_ENTERPRISE, State.WITH_CONSUMER, State.PERFORMING, State.PERFORMANCE_REPORTED,
    State.AWAITING_CONSENT,
)  # fmt: skip


@pytest.fixture
def cases(database: Engine) -> dict[State, Playing]:
    """One case in each state; then three weeks of nothing."""
    found = gallery(there := world())
    assert isinstance(there, World)
    lived((FOUNDED, DARK), (LIGHT, LIGHT))
    return found


def start(cases: dict[State, Playing]) -> None:
    """The worker is back: heartbeat first, then the sweep, then the same again."""
    with db.transaction() as session:
        sweeps.heartbeat(session, LIGHT)
    for _ in range(3):
        sweeps.run_due(lambda: LIGHT)
    assert set(cases) == set(State) - {State.NEW}


def test_every_due_move_of_the_centre_happens_once_and_is_dated_when_it_was_due(cases: dict[State, Playing]) -> None:
    before = {state: playing.case.version for state, playing in cases.items()}
    start(cases)
    for state, (trigger, due) in CENTRE.items():
        event = cases[state].events()[-1]
        assert cases[state].case.version == before[state] + 1
        assert (event.trigger, event.occurred_at, event.recorded_at) == (trigger, moment(due), LIGHT)
        assert cases[state].clocks()[-1].entered_at == LIGHT  # the next clock starts at the recording


def test_no_party_lost_a_right(cases: dict[State, Playing]) -> None:
    start(cases)
    for state in PARTIES:
        playing = cases[state]
        assert (playing.state, playing.last_day) == (state, on("2026-07-28")), state
        [moved] = [event for event in playing.events() if event.trigger == "move_deadline"]
        assert moved.payload["facts"]["why"] == "outage"


def test_what_was_not_due_stays(cases: dict[State, Playing]) -> None:
    before = {state: cases[state].case for state in FACT}
    start(cases)
    assert {state: cases[state].case for state in FACT} == before


def test_the_parties_can_act_on_the_day_after(cases: dict[State, Playing]) -> None:
    start(cases)
    next_day = moment("2026-07-28 17:00")
    assert cases[State.WITH_ENTERPRISE].enterprise("offer", next_day, remedy="A new one.").state is State.WITH_CONSUMER
    assert cases[State.WITH_CONSUMER].consumer("reject", next_day).state is State.AWAITING_MEDIATOR


def test_and_then_their_time_is_over(cases: dict[State, Playing]) -> None:
    start(cases)
    with db.transaction() as session:
        for hour in range(48):
            sweeps.heartbeat(session, moment(f"2026-07-{27 + (12 + hour) // 24} {(12 + hour) % 24}:00"))
    over = moment("2026-07-29 00:00")
    for state in PARTIES:
        cases[state].sweep(over)
    assert cases[State.WITH_ENTERPRISE].state is State.AWAITING_MEDIATOR
    assert cases[State.NEEDS_INFORMATION].state is State.CLOSED
    assert all(cases[state].events()[-1].occurred_at == over for state in PARTIES)


def test_reminders_of_the_dark_weeks_are_void_not_late(cases: dict[State, Playing]) -> None:
    start(cases)
    for state in PARTIES:
        waiting = [each for each in cases[state].notices(status="waiting") if each.letter == "reminder"]
        assert all(each.send_at > LIGHT for each in waiting)
