"""What must be true after any fault. One question a function; `check` asks them all of the database and the mailbox.

Nothing here trusts the engine's own account: what is recorded is held against the clocks, the calendar, the signs of
life, and the messages that the mail server really took.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from complaints import calendars, clock, db
from complaints.clock import at_local, local_date
from complaints.models import ClockInstance, Complaint, Event, Notice, Task, Uptime
from complaints.workflow import chain, lifecycle, telling
from complaints.workflow.case import Role, State
from complaints.workflow.workdays import Calendar
from tests.faults.staged import PATIENCE, Witness

BY_SILENCE = {row.on_silence for row in lifecycle.STATES if row.on_silence}
PARTIES = ("consumer", "enterprise", "missing_consent")
OUTAGE = timedelta(minutes=60)

_Row = TypeVar("_Row", Event, ClockInstance)


@dataclass(frozen=True)
class Records:
    """All that is stored, at one instant."""

    at: datetime
    cases: Sequence[Complaint]
    events: dict[int, list[Event]]
    clocks: dict[int, list[ClockInstance]]
    notices: Sequence[Notice]
    tasks: Sequence[Task]
    spans: Sequence[Uptime]
    untold: Sequence[int]
    calendar: Calendar


def read() -> Records:
    """Read everything in one transaction."""
    with db.transaction() as session:
        return Records(
            clock.now(),
            session.scalars(select(Complaint).order_by(Complaint.id)).all(),
            _by_case(session.scalars(select(Event).order_by(Event.seq))),
            _by_case(session.scalars(select(ClockInstance).order_by(ClockInstance.id))),
            session.scalars(select(Notice).order_by(Notice.id)).all(),
            session.scalars(select(Task)).all(),
            session.scalars(select(Uptime).order_by(Uptime.started_at)).all(),
            telling.untold(session, 0, 10),
            calendars.current(session),
        )


def read_at_rest(mailbox: Witness, seconds: float = PATIENCE) -> tuple[Records, Witness]:
    """Everything, and the mailbox as it was then: read when no letter was due and none came while we read.

    What a worker does beside the cases may plant a letter at any time, so that things are at rest and then are not.
    """
    until = time.monotonic() + seconds
    while True:
        came = replace(mailbox, taken=list(mailbox.taken), dropped=set(mailbox.dropped))
        there = read()
        if not (waiting(there) or len(mailbox.taken) > len(came.taken)) or time.monotonic() > until:
            return there, came
        time.sleep(0.1)


def waiting(there: Records) -> list[str]:
    """The letters that are due."""
    return [each.key for each in there.notices if each.status == "waiting" and each.next_at <= there.at]


def _by_case(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.complaint_id].append(row)
    return found


def check(mailbox: Witness, *, copies: int = 0, dead: Collection[str] = ()) -> Records:
    """Ask everything. `copies`: how often a sender was killed, each of which may have left one letter unrecorded.

    `dead`: the Message-IDs that the mail server refused for good.
    """
    there, came = read_at_rest(mailbox)
    nothing_is_due(there)
    for case in there.cases:
        the_log_is_whole(case, there.events[case.id])
        one_clock_runs_while_open(case, there.clocks[case.id])
        what_was_due_happened_once(case, there.events[case.id], there.clocks[case.id])
        each_clock_starts_at_a_recording(there.events[case.id], there.clocks[case.id])
        nobody_lost_a_right(there, there.clocks[case.id], there.events[case.id])
    letters_are_settled(there, dead)
    mail_agrees(there, came, copies)
    return there


def nothing_is_due(there: Records) -> None:
    """No case, task, letter or news of a letter waits for anybody."""
    assert [case.number for case in there.cases if case.wake_at is not None and case.wake_at <= there.at] == []
    assert [task.key for task in there.tasks if task.done_at is None and task.due_at <= there.at] == []
    assert waiting(there) == []
    assert there.untold == []


def the_log_is_whole(case: Complaint, events: Sequence[Event]) -> None:
    """The chain follows, the case knows its head, each entry begins where the last one ended."""
    assert chain.first_break(case.number, [_values(event) for event in events]) is None, case.number
    assert (len(events), events[-1].hash) == (case.version, case.chain_head), case.number
    states = [events[0].from_state, *(event.to_state for event in events)]
    assert [event.from_state for event in events] == states[:-1], case.number
    assert states[-1] == case.state
    assert all(event.occurred_at <= event.recorded_at for event in events), case.number


def one_clock_runs_while_open(case: Complaint, clocks: Sequence[ClockInstance]) -> None:
    """An open case has one running clock, which is the one it shows; a closed case has none."""
    running = [(each.id, each.due_at) for each in clocks if each.ended_at is None]
    if case.state == State.CLOSED:
        assert (running, case.due_at, case.wake_at, case.clock_id) == ([], None, None, None), case.number
    else:
        assert running == [(case.clock_id, case.due_at)], case.number


def what_was_due_happened_once(case: Complaint, events: Sequence[Event], clocks: Sequence[ClockInstance]) -> None:
    """Each clock that ran out has one entry, dated at its due instant; each entry of the clock has its clock."""
    recorded = Counter(
        (event.trigger, event.occurred_at, event.recorded_at)
        for event in events
        if event.role == Role.CLOCK and event.trigger in BY_SILENCE
    )
    by_clock = {(trigger, recorded_at) for trigger, _, recorded_at in recorded}
    ran_out = Counter(
        (each.ended_by, each.due_at, each.ended_at) for each in clocks if (each.ended_by, each.ended_at) in by_clock
    )
    assert recorded == ran_out, case.number
    assert set(recorded.values()) <= {1}, case.number
    instants = Counter(recorded_at for _, _, recorded_at in recorded)
    assert set(instants.values()) <= {1}, case.number  # never through two states at once


def each_clock_starts_at_a_recording(events: Sequence[Event], clocks: Sequence[ClockInstance]) -> None:
    """A new clock counts from the recording, never from the instant that was missed; so it is not over at once."""
    recorded = {(event.to_state, event.recorded_at) for event in events}
    for each in clocks:
        assert (each.state, each.entered_at) in recorded
        assert each.due_at > each.entered_at


def nobody_lost_a_right(there: Records, clocks: Sequence[ClockInstance], events: Sequence[Event]) -> None:
    """No party's clock ran out untold, or with the service down on its last working day."""
    silences = {(e.trigger, e.recorded_at) for e in events if e.role == Role.CLOCK and e.trigger in BY_SILENCE}
    for each in clocks:
        if (each.ended_by, each.ended_at) in silences and each.owner in PARTIES:
            assert each.told_at is not None, each.complaint_id
            last_day = there.calendar.working_day_on_or_before(local_date(each.due_at - timedelta(microseconds=1)))
            begin = at_local(last_day, 0)
            assert [gap for gap in gaps(there) if gap[0] < each.due_at and gap[1] > begin] == [], each.complaint_id


def gaps(there: Records) -> list[tuple[datetime, datetime]]:
    """The outages, from the signs of life."""
    found, alive_until = [], there.spans[0].last_seen_at
    for span in there.spans[1:]:
        if span.started_at - alive_until > OUTAGE:
            found.append((alive_until, span.started_at))
        alive_until = max(alive_until, span.last_seen_at)
    return found


def letters_are_settled(there: Records, dead: Collection[str]) -> None:
    """A letter is void only where a reminder came too late or its clock had ended; dead only where it was refused."""
    clocks = {each.id: each for clocks in there.clocks.values() for each in clocks}
    digests = {each.id: each for each in there.notices if each.step == "digest"}
    for each in there.notices:
        if each.digest_id is not None and each.status != "void":
            assert (each.status, each.sent_at) == (_as_inside(digests[each.digest_id]), digests[each.digest_id].sent_at)
        if each.status == "dead" and each.digest_id is None:
            assert each.message_id in dead, each.last_error
        if each.status == "void" and each.step != "digest":
            assert not each.at_once, each.key
            assert each.settled_at is not None, each.key
            ended_at = clocks[each.clock_id].ended_at if each.clock_id else None
            reasons = [instant for instant in (each.stale_at, ended_at) if instant is not None]
            assert reasons, each.key
            assert min(reasons) <= each.settled_at, each.key


def _as_inside(digest: Notice) -> str:
    return "bundled" if digest.status == "waiting" else digest.status


def mail_agrees(there: Records, mailbox: Witness, copies: int) -> None:
    """Each letter recorded as sent is in the mailbox, once; none is there that was not recorded as sent."""
    taken = Counter(mailbox.message_ids())
    sent = {each.message_id for each in there.notices if each.status == "sent" and each.digest_id is None}
    assert sent <= taken.keys(), f"lost: {len(sent - taken.keys())} of {len(sent)}"
    unrecorded = sum(taken[each] for each in taken.keys() - sent - mailbox.dropped)
    twice = sum(taken[each] - 1 for each in sent - mailbox.dropped)
    assert unrecorded + twice <= copies, (unrecorded, twice)
    addresses = {each.message_id: each.address for each in there.notices if each.status == "sent"}
    for message in mailbox.taken:
        assert addresses.get(str(message["Message-ID"]), message["To"]) == message["To"]


def _values(event: Event) -> dict[str, Any]:
    return {column.key: getattr(event, column.key) for column in Event.__table__.columns}
