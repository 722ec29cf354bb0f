"""Everything stands still for three weeks; then the workers start again."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from complaints.models import Event
from complaints.workflow.case import State
from tests.faults import afterwards
from tests.faults.running import crew
from tests.faults.staged import MONDAY, Stage, live, stand_at, wait_until_quiet
from tests.people import moment, on
from tests.playing import Playing
from tests.workflow.expected import walk

STOPPED, STARTED = moment("2026-07-07 15:00"), moment("2026-07-28 11:00")  # Tuesdays
EXTENDED = moment("2026-07-30 00:00")  # the end of the first working day after the gap

WALKS = {
    State.RECEIVED: "",
    State.NEEDS_INFORMATION: "",
    State.WITH_ENTERPRISE: "admit",
    State.WITH_CONSUMER: "admit offer",
    State.PERFORMING: "admit offer accept",
    State.PERFORMANCE_REPORTED: "admit offer accept report",
    State.AWAITING_MEDIATOR: "admit decline reject",
    State.AWAITING_CONSENT: "admit decline reject assign",
    State.IN_MEDIATION: "admit decline reject assign agree",
    State.RECUSAL_PENDING: "admit decline reject assign agree recusal",
}
OF_PARTIES = (
    State.NEEDS_INFORMATION,
    State.WITH_ENTERPRISE,
    State.WITH_CONSUMER,
    State.PERFORMING,
    State.PERFORMANCE_REPORTED,
    State.AWAITING_CONSENT,
)
OF_THE_CENTRE = {
    State.RECEIVED: State.WITH_ENTERPRISE,
    State.AWAITING_MEDIATOR: State.AWAITING_CONSENT,
    State.RECUSAL_PENDING: State.IN_MEDIATION,
}


@dataclass(frozen=True)
class Before:
    """A case as it stood when everything stopped."""

    playing: Playing
    due_at: datetime
    events: int

    def since(self) -> list[Event]:
        """What has been entered in its log since."""
        return list(self.playing.events()[self.events :])


def stop_everything(stage: Stage) -> tuple[dict[State, Before], Playing]:
    """One case in each state, all letters delivered; and one filed a minute before the end, its letter under way."""
    playings = {state: walk(stage.file(1, "outside")[0], steps) for state, steps in WALKS.items()}
    playings[State.NEEDS_INFORMATION].intake("ask_information", missing=["address"])
    live(MONDAY)
    stand_at(STOPPED)
    live(STOPPED)
    assert {state: playing.state for state, playing in playings.items()} == {state: state for state in WALKS}
    before = {}
    for state, playing in playings.items():
        due_at = playing.case.due_at
        assert due_at is not None
        before[state] = Before(playing, due_at, len(playing.events()))
    return before, stage.file(1, "hongyun", STOPPED)[0]


def test_three_weeks_without_anybody(stage: Stage) -> None:
    before, unheard = stop_everything(stage)
    heard = len(stage.mailbox.taken)
    stand_at(STARTED, alive=False)
    with crew():
        wait_until_quiet()
        there = afterwards.check(stage.mailbox)
        [gap] = afterwards.gaps(there)
        assert gap[0] - STOPPED < timedelta(minutes=1) < gap[1] - STARTED + timedelta(minutes=1)
        the_centre_was_late_and_says_so(before)
        the_parties_have_a_day_more(before)
        who_was_never_told_has_the_whole_time(unheard)
        nobody_is_flooded(stage, heard, before, unheard)
        stand_at(EXTENDED - timedelta(minutes=30))
        wait_until_quiet()
        the_parties_have_a_day_more(before)
        stand_at(EXTENDED + timedelta(minutes=1))
        wait_until_quiet()
        only_then_it_is_over(before)
    afterwards.check(stage.mailbox)


def the_centre_was_late_and_says_so(before: dict[State, Before]) -> None:
    """Its clocks ran out once, dated in the gap and recorded after it; what follows starts at the recording."""
    for state, there in before.items():
        if state not in OF_THE_CENTRE:
            continue
        [event] = there.since()
        assert (event.to_state, event.occurred_at) == (OF_THE_CENTRE[state], there.due_at), state
        assert STARTED <= event.recorded_at < STARTED + timedelta(hours=1), state
        assert there.playing.clocks()[-1].entered_at == event.recorded_at, state
        due_at = there.playing.case.due_at
        assert due_at is not None
        assert due_at > event.recorded_at, state


def the_parties_have_a_day_more(before: dict[State, Before]) -> None:
    """Their clocks whose last working day fell into the gap were moved, once, and have not run out."""
    for state in OF_PARTIES:
        there = before[state]
        assert STOPPED < there.due_at < STARTED, state
        [event] = there.since()
        assert (event.trigger, event.payload["facts"]["why"]) == ("move_deadline", "outage"), state
        assert (there.playing.state, there.playing.case.due_at) == (state, EXTENDED), state
    mediation = before[State.IN_MEDIATION]
    assert (mediation.since(), mediation.playing.case.due_at) == ([], mediation.due_at)


def who_was_never_told_has_the_whole_time(unheard: Playing) -> None:
    """Its letter left after the gap, and the ten working days count from then."""
    [opening] = unheard.notices("opening")
    assert opening.sent_at is not None
    assert opening.sent_at >= STARTED
    assert (unheard.state, unheard.last_day) == (State.WITH_ENTERPRISE, on("2026-08-11"))


def nobody_is_flooded(stage: Stage, heard: int, before: dict[State, Before], unheard: Playing) -> None:
    """The reminders of three weeks are void; each reader has at most what happened now, and one digest."""
    late = stage.mailbox.taken[heard:]
    assert len(late) < 30
    assert max(Counter((message["To"], message["Subject"]) for message in late).values()) <= 3
    for there in before.values():
        for each in there.playing.notices("half_time", "before", "last_day"):
            assert each.stale_at is not None, each.key
            if each.send_at > STOPPED and each.stale_at <= STARTED:
                assert each.status == "void", each.key
    assert unheard.notices("before", "last_day", status="sent") == []


def only_then_it_is_over(before: dict[State, Before]) -> None:
    """Each of the parties' clocks ran out once, dated at the end of the day that it was given."""
    for state in OF_PARTIES:
        _, event = before[state].since()
        assert (event.role, event.occurred_at) == ("clock", EXTENDED), state
        assert before[state].playing.state is not state
