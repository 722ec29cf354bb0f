"""Every trigger x every state x every role x own or other party: allowed exactly where the design says so.

What is refused raises, writes nothing even inside its transaction, and leaves every table as it was.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from complaints import calendars, db
from complaints.errors import ComplaintsError, NotAllowed, NotFound
from complaints.workflow import actions, deadlines, engine, lifecycle, recompute, rows
from complaints.workflow.case import Actor, Case, Role, State
from complaints.workflow.filing import Filing
from tests.people import MEI, MONDAY, World, everything, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import AFTERNOON, MEDIATED, UNHEARD, Allowed, design, gallery

EXPECTED = {(cell.trigger, cell.source, cell.role): cell.dest for cell in design()}
STORED = [state for state in State if state is not State.NEW]


def test_the_table_in_code_says_what_the_design_says() -> None:
    """Cell by cell, leaving aside conditions and where a cell leads."""
    coded = {(row.trigger, source, role) for row in lifecycle.TABLE for source in row.source for role in row.by}
    filing = {("file", State.NEW, role) for role in (Role.CONSUMER, Role.INTAKE, Role.PARTNER)}
    assert coded == set(EXPECTED) | filing


def test_every_destination_of_the_design_is_a_row_of_the_code() -> None:
    coded = {
        Allowed(row.trigger, source, role, row.dest or source)
        for row in lifecycle.TABLE
        for source in row.source
        for role in row.by
    }
    assert set(design()) <= coded


@dataclass(frozen=True)
class Attempt:
    """Somebody pulls a trigger in a case that is their own or another's."""

    trigger: str
    role: Role
    own: bool


def attempts() -> list[Attempt]:
    return [Attempt(trigger, role, own) for trigger in lifecycle.TRIGGERS for role in Role for own in (True, False)]


def facts(session: Session, case: Case, trigger: str, there: World) -> dict[str, Any]:
    """What each trigger needs, so that nothing but role and state decides."""
    terms = {"perform_by": "2026-07-16", "days": 10}
    moved = {"extend": {"extra": 5}, "move_deadline": {"extra": 1}}
    if trigger in moved and case.clock_id is not None:
        clock, old = recompute.running(session, case)
        basis, calendar = old.basis.changed(**moved[trigger]), calendars.current(session)
        return {"deadline": deadlines.moved(old, basis, calendar, "test", AFTERNOON), "running": clock}
    known: dict[str, dict[str, Any]] = {
        "offer": {"terms": terms},
        "late_offer": {"terms": terms},
        "accept_offer": terms,
        "settle": terms,
        "conclude": terms,
        "assign": {"mediator_id": there.gao},
        "reassign": {"mediator_id": there.gao},
        "decide_recusal": {"granted": True, "mediator_id": there.gao},
        "order_appraisal": {"agreed_on": "2026-08-01"},
        "refuse": {"ground": "refuse_1"},
        "terminate": {"ground": "end_3"},
        "supply_information": {"complete": True},
        "route": {"enterprise_id": there.hongyun, "participant": True, "enterprise_consents": True},
        "rate": {"rating": 4},
    }
    return known.get(trigger, {})


def actor(playing: Playing, there: World, attempt: Attempt) -> Actor:
    if attempt.own or attempt.role in (Role.INTAKE, Role.SUPERVISOR, Role.CLOCK):
        return playing.actor(attempt.role)
    other = there.gao if playing.case.mediator_id != there.gao else there.chen
    strangers = {
        Role.CONSUMER: Actor(Role.CONSUMER, complaint_id=playing.id + 1),
        Role.ENTERPRISE: Actor(Role.ENTERPRISE, enterprise_id=there.hongyun),
        Role.MEDIATOR: Actor(Role.MEDIATOR, account_id=other),
        Role.PARTNER: Actor(Role.PARTNER, account_id=other),
    }
    return strangers[attempt.role]


def expected(attempt: Attempt, state: State) -> State | None:
    """Where the attempt leads; None where it is refused."""
    stranger = not attempt.own and (
        attempt.role in (Role.CONSUMER, Role.ENTERPRISE) or (attempt.role is Role.MEDIATOR and state in MEDIATED)
    )
    unheard = attempt.role is Role.ENTERPRISE and state in UNHEARD
    return None if stranger or unheard else EXPECTED.get((attempt.trigger, state, attempt.role))


def written(session: Session) -> int:
    """How many rows this SQLite connection has written so far, committed or not; elsewhere 0."""
    raw = session.connection().connection.driver_connection
    return raw.total_changes if isinstance(raw, sqlite3.Connection) else 0


@contextmanager
def never_committed() -> Iterator[Session]:
    """The product's own transaction, which fails at the end so that the gallery stays as it is."""

    class Enough(Exception):
        pass

    try:
        with db.transaction() as session:
            yield session
            raise Enough
    except Enough:
        return


def try_one(playing: Playing, there: World, state: State, attempt: Attempt) -> str | None:
    """One cell; says what is wrong with it."""
    wanted = expected(attempt, state)
    who = actor(playing, there, attempt)
    with never_committed() as session:
        before = written(session)
        try:
            case = actions.take(session, playing.number, who, AFTERNOON)
            engine.fire(session, case, attempt.trigger, who, AFTERNOON, **facts(session, case, attempt.trigger, there))
        except (NotAllowed, NotFound):
            changed = written(session) - before
            return None if wanted is None and not changed else f"refused ({changed} rows written), wanted {wanted}"
        except ComplaintsError as error:
            return f"{error!r}, wanted {wanted}"
        stored = rows.load(session, complaint_id=playing.id)
        assert stored is not None
        if wanted is None or stored.state is not wanted:
            return f"led to {stored.state}, wanted {wanted}"
        return None if stored.version == stored.chain_seq == case.version else "the log did not grow by one"


def run_matrix(there: World, cases: Mapping[State, Playing], each: int = 1) -> dict[tuple[State, Attempt], str]:
    """All cells (or each n-th), every one of which must leave the database as it was."""
    wrong: dict[tuple[State, Attempt], str] = {}
    with db.transaction() as session:
        whole = everything(session)
    for state in STORED:
        for attempt in attempts()[len(state.value) % each :: each]:
            said = try_one(cases[state], there, state, attempt)
            if said is not None:
                wrong[state, attempt] = said
        with db.transaction() as session:
            assert everything(session) == whole, f"something stayed behind in {state}"
    return wrong


def test_every_cell(sqlite: Engine) -> None:
    there = world()
    assert run_matrix(there, gallery(there)) == {}


def test_a_sample_of_cells_on_postgresql(postgres: Engine) -> None:
    there = world()
    assert run_matrix(there, gallery(there), each=23) == {}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_file(sqlite: Engine, role: Role) -> None:
    there = world()
    allowed = role in (Role.CONSUMER, Role.INTAKE, Role.PARTNER)
    if allowed:
        assert file_complaint(there, by=Actor(role, account_id=there.li)).state is State.WITH_ENTERPRISE
        return
    with db.transaction() as session:
        before = everything(session)
    with pytest.raises(NotAllowed):
        file_complaint(there, by=Actor(role, account_id=there.li))
    with db.transaction() as session:
        assert everything(session) == before


# What each verb is given so that role and state alone decide. Verbs that need another case or a task are left out.
VERB_FACTS: dict[str, dict[str, Any]] = {
    "ask_information": {"missing": ["evidence"]},
    "supply_information": {"text": "Here it is."},
    "refuse": {"ground": "refuse_1"},
    "return_to_sender": {"reason": "Not ours."},
    "redirect": {"reason": "Not ours."},
    "extend": {"reason": "The laboratory is slow."},
    "offer": {"remedy": "A new one."},
    "late_offer": {"remedy": "A new one."},
    "decline": {"reason": "No."},
    "counter": {"text": "And the postage."},
    "report_performance": {"text": "Done."},
    "dispute_performance": {"reason": "Not done."},
    "request_recusal": {"reason": "A cousin."},
    "decide_recusal": {"granted": True, "reason": "A cousin."},
    "order_appraisal": {"laboratory": "One", "agreed_on": AFTERNOON.date(), "payer": "centre", "both_agreed": True},
    "receive_appraisal": {"text": "It was broken."},
    "conclude": {"agreement": "Half.", "perform_by": AFTERNOON.date()},
    "terminate": {"ground": "end_3"},
    "reopen": {"reason": "Still broken."},
    "statement": {"text": "Listen."},
    "note": {"text": "Hm."},
    "split": {"reason": "A report."},
    "hearing": {"day": AFTERNOON.date(), "time": "10:00", "place": "Room 1"},
    "request_evidence": {"text": "The bill.", "party": "consumer", "until": AFTERNOON.date()},
    "flag": {"flags": ["frequency"]},
    "contact_consent": {"contact_consent": True},
    "rate": {"rating": 5},
}
NEED_MORE = ("merge", "join", "answer_joint", "route", "do_task", "evidence")


def try_verb(playing: Playing, state: State, trigger: str, role: Role) -> str | None:
    wanted = expected(Attempt(trigger, role, own=True), state)
    who = playing.actor(role)
    try:
        with never_committed() as session:
            case = actions.take(session, playing.number, who, AFTERNOON)
            actions.perform(session, case, trigger, who, AFTERNOON, VERB_FACTS.get(trigger, {}))
            return None if case.state is wanted else f"led to {case.state}, wanted {wanted}"
    except (NotAllowed, NotFound):
        return None if wanted is None else f"refused, wanted {wanted}"
    except (ComplaintsError, AssertionError, LookupError, TypeError, ValueError) as error:
        return f"{error!r}, wanted {wanted}"


def test_every_verb_leads_where_its_trigger_does(sqlite: Engine) -> None:
    """The verbs add facts, never rights: by role and state they agree with the same table."""
    there = world()
    cases = gallery(there)
    with db.transaction() as session:
        before = everything(session)
    wrong = {
        (trigger, state, role): said
        for trigger in actions.VERBS
        if trigger not in NEED_MORE
        for state in STORED
        for role in Role
        if (said := try_verb(cases[state], state, trigger, role)) is not None
    }
    with db.transaction() as session:
        assert everything(session) == before
    assert wrong == {}


def test_each_trigger_of_a_person_has_a_verb() -> None:
    people = {row.trigger for row in lifecycle.TABLE if set(row.by) != {Role.CLOCK}} - {"file"}
    assert set(actions.VERBS) == people


def test_filings_are_what_the_gallery_thinks() -> None:
    """The matrix rests on a complete filing; guard against a change that makes it incomplete."""
    assert isinstance(MEI, Filing)
    assert MEI.missing() == []
    assert MONDAY < AFTERNOON
