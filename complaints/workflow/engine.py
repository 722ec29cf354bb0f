"""fire(): the single door through which a case changes (law 1).

In the caller's transaction and nothing outside it: the role is checked against the table, the machine moves the
case, the log grows by one chained entry, the old clock ends and the new one starts, old reminders are voided, letters
and new reminders are planted. The caller's `db.transaction()` commits all of it or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.errors import NotAllowed, NotNow
from complaints.workflow import chain, conditions, deadlines, lifecycle, notices, rows
from complaints.workflow.case import CLOCK, Actor, Case, Move, Role, State
from complaints.workflow.deadlines import Deadline
from complaints.workflow.policy import Policy, load

Private = dict[str, tuple[str, str]]  # kind -> (text, who may see it)


@dataclass(frozen=True, slots=True)
class Step:
    """One move to be made: who pulls which trigger on which case, with which facts.

    `occurred_at` is, for an expiry found late, the instant it fell due. `facts` must be JSON; `private` texts are kept
    outside the chained log. `deadline` is the moved one, for rows that move the running clock, whose row is `running`.
    `quiet`: no letter says so, because that of another move in the same transaction does.
    """

    case: Case
    trigger: str
    actor: Actor
    facts: dict[str, Any]
    private: Private = field(default_factory=dict)
    occurred_at: datetime | None = None
    deadline: Deadline | None = None
    running: RowMapping | None = None
    quiet: bool = False


def fire(
    session: Session,
    case: Case,
    trigger: str,
    actor: Actor,
    at: datetime,
    *,
    private: Private | None = None,
    occurred_at: datetime | None = None,
    deadline: Deadline | None = None,
    running: RowMapping | None = None,
    quiet: bool = False,
    **facts: Any,
) -> Case:
    """Move `case` by `trigger`, or raise and change nothing in the database; see `Step` for what is given.

    `at` is the instant of recording (aware UTC). Raises NotAllowed (role), NotNow (condition or counter), StaleVersion
    (written meanwhile). After an exception the case object must be dropped.
    """
    fire_all(session, [Step(case, trigger, actor, facts, private or {}, occurred_at, deadline, running, quiet)], at)
    return case


def fire_all(session: Session, steps: Sequence[Step], at: datetime) -> None:
    """Move several cases, each once, at one instant, and write all of it together; raises as `fire` does."""
    if not steps:
        return
    begun = [_begin(session, step, at) for step in steps]
    rows.start_clocks(session, [each.entry for each in begun])
    for each in begun:
        each.entry.notices = _letters(session, each, at)
    rows.write(session, [each.entry for each in begun], at)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A move that the table has allowed, before its letters are written."""

    step: Step
    move: Move
    before: State
    entry: rows.Entry
    deadline: Deadline | None  # of the clock that starts


def _begin(session: Session, step: Step, at: datetime) -> _Begun:
    """Run the machine, and gather what the move writes but for its letters."""
    case, policy = step.case, load(step.case.policy)
    move = Move(step.actor, at, step.facts, policy.counters)
    before, old_version, old_clock = case.state, case.version, case.clock_id
    run(case, step.trigger, move)
    _arrive(case, move, policy, step.occurred_at or at)
    event, private = _log(step, before, move)
    entry = rows.Entry(case, old_version, event, private)
    deadline = _turn_clock(session, step, move, policy, entry, old_clock)
    entry.at_an_end = case.state is State.CLOSED and move.row.dest is not None
    case.lease_until = None
    return _Begun(step, move, before, entry, deadline)


def run(case: Case, trigger: str, move: Move) -> None:
    """Ask the table and run the machine; says whether the role or the condition was at fault."""
    candidates = lifecycle.rows_for(trigger, case.state)
    if not any(move.actor.role in each.by for each in candidates) or not _own(case, move.actor):
        raise NotAllowed(f"{trigger}: not for the {move.actor.role.value} while the case is {case.state.value}")
    if not lifecycle.MACHINE.events[trigger].trigger(case, move=move):
        raise NotNow(f"{trigger}: this case does not meet the condition for it, or it was used up")


def _own(case: Case, actor: Actor) -> bool:
    """A party acts in its own case; a mediator where assigned; other officers and the clock anywhere."""
    if actor.role is Role.CONSUMER:
        return case.state is State.NEW or actor.complaint_id == case.id
    if actor.role is Role.ENTERPRISE:
        return case.enterprise_told and actor.enterprise_id is not None and actor.enterprise_id == case.enterprise_id
    if actor.role is Role.PARTNER:
        return case.state is State.NEW
    if actor.role is Role.MEDIATOR:
        return case.mediator_id is None or actor.account_id == case.mediator_id
    return True


def _arrive(case: Case, move: Move, policy: Policy, when: datetime) -> None:
    """What entering a state means by itself: who has been told, the acceptance, the windows after an end."""
    if move.row.dest is None:
        return
    if case.state in notices.TOLD_BY and case.share_consent and case.enterprise_id is not None:
        case.enterprise_told = True
    if case.state is State.AWAITING_MEDIATOR and case.accepted_at is None:
        case.accepted_at = move.at
    if case.state is State.CLOSED:
        case.closed_at = when
        case.rate_until = _window_end(move.at, policy.windows["rating_days"])
        reopenable = case.outcome in conditions.REOPENABLE and case.spent("reopen") < policy.counters["reopen"]
        case.reopen_until = _window_end(move.at, policy.windows["reopen_days"]) if reopenable else None


def _window_end(at: datetime, days: int) -> datetime:
    return end_of_day(local_date(at) + timedelta(days=days))


def _log(step: Step, before: State, move: Move) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The new entry of the log, and the private rows that belong to it."""
    case = step.case
    case.version += 1
    case.chain_seq += 1
    items, hashes = _kept_apart(case, move.actor.role, step.private)
    entry = {
        "complaint_id": case.id,
        "seq": case.chain_seq,
        "trigger": step.trigger,
        "from_state": before.value,
        "to_state": case.state.value,
        "role": move.actor.role.value,
        "actor_id": move.actor.account_id,
        "occurred_at": step.occurred_at or move.at,
        "recorded_at": move.at,
        "payload": {
            "facts": move.facts,
            "private": hashes,
            "outcome": case.outcome.value if case.outcome else None,
            "salt": chain.salt(),
        },
    }
    previous = case.chain_head or chain.GENESIS
    case.chain_head = chain.entry_hash(case.number, entry, previous)
    return entry | {"previous_hash": previous, "hash": case.chain_head}, items


def _kept_apart(case: Case, role: Role, private: Private) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The private rows of an entry, and the salted hashes that stand for them in the log."""
    items: list[dict[str, Any]] = []
    hashes = {}
    for kind, (text, seen_by) in private.items():
        salt, hashes[kind] = chain.salted(text)
        item = {"kind": kind, "seen_by": seen_by, "salt": salt, "value": text}
        items.append(item | {"complaint_id": case.id, "seq": case.chain_seq, "written_by": role.value})
    return items, hashes


def _turn_clock(
    session: Session, step: Step, move: Move, policy: Policy, entry: rows.Entry, old: int | None
) -> Deadline | None:
    """End the old clock and start the new one (a new state), or move the running one. Returns what starts."""
    case, deadline, entering = step.case, step.deadline, move.row.dest is not None
    if not entering and move.row.clock != "move":
        return None
    running = step.running or rows.clock(session, old) if old is not None and not entering else None
    if old is not None:
        entry.ended = (old, step.trigger if entering else f"moved:{move.fact('why') or step.trigger}")
    if entering:
        derived = case.state in (*deadlines.PAUSES, State.IN_MEDIATION)  # from history: pauses, excluded spans
        past = rows.stays(session, case.id, move.at) if derived and old is not None else []
        deadline = deadlines.for_state(policy, calendars.current(session), case, move.at, past)
    case.due_at = case.wake_at = deadline.due_at if deadline else None
    case.provisional = deadline.provisional if deadline else False
    case.clock_id = None
    entry.started = _clock_row(case, move, deadline, running) if deadline else None
    return deadline


def _clock_row(case: Case, move: Move, deadline: Deadline, running: RowMapping | None) -> dict[str, Any]:
    """A clock instance; a moved one keeps its stay, when it was entered, and when its owner was told."""
    to_party = any(role in (Role.CONSUMER, Role.ENTERPRISE) for role in lifecycle.owners(case))
    told = None if to_party else move.at
    return {
        "complaint_id": case.id,
        "stay_id": (running["stay_id"] or running["id"]) if running else None,
        "state": case.state.value,
        "owner": lifecycle.STATE_ROW[case.state].owner,
        "entered_at": running["entered_at"] if running else move.at,
        "due_at": deadline.due_at,
        "provisional": deadline.provisional,
        "explanation": deadline.explanation,
        "told_at": running["told_at"] if running else told,
    }


def _letters(session: Session, begun: _Begun, at: datetime) -> list[dict[str, Any]]:
    """The letters of this event and, for a clock that started or moved, its reminders."""
    step, move, case, started = begun.step, begun.move, begun.step.case, begun.deadline
    opened = started is not None and move.row.dest is not None
    when, lapsed = step.occurred_at or at, _lapsed(begun.before, move)
    planted = notices.letters(case, step.trigger, move, case.chain_seq, when, opened, lapsed) if not step.quiet else []
    if started is not None:
        ladder = deadlines.ladder(load(case.policy), calendars.current(session), started, at)
        planted += notices.reminders(case, move, case.chain_seq, ladder)
    return planted


def _lapsed(before: State, move: Move) -> Role | None:
    """The centre's own role whose clock ran out, if this was one."""
    if move.actor is not CLOCK or move.row.clock == "move":
        return None
    owner = move.facts.get("task_role") if move.row.dest is None else lifecycle.STATE_ROW[before].owner
    return Role(owner) if owner in ("intake", "supervisor", "mediator") else None
