"""Reading: lists, one case, its log, its deadline, the tasks of the centre."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import describing, shapes
from complaints.api.auth import Caller
from complaints.api.explaining import sentences
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.clock import SHANGHAI
from complaints.errors import BadInput
from complaints.fields import Choice, Text, Whole
from complaints.models import Complaint, Enterprise, Event
from complaints.workflow import attempts, lists, rows, sight, tasks
from complaints.workflow.case import OFFICERS, Actor, Case, Role, State

FIRST = {Role.INTAKE: "intake", Role.MEDIATOR: "mine", Role.SUPERVISOR: "supervisor"}  # the queue somebody begins with
CASE = "/complaints/<string:number>"
LONGEST_CURSOR = 1200


class PageQuery(describing.Query):
    """A page of a list."""

    cursor = Text(LONGEST_CURSOR, load_default=None, allow_none=False)
    limit = Whole(1, lists.MOST, load_default=lists.PAGE)


class CasesQuery(PageQuery):
    """Which cases."""

    queue = Choice(*lists.QUEUES, load_default=None, allow_none=False)
    state = Choice(*shapes.STATES, load_default=None, allow_none=False)


def looking(caller: Caller) -> AbstractContextManager[Session]:
    """A look at a case. Whoever reads another's contact data leaves a trace; others write nothing and never wait."""
    return db.transaction() if caller.holds(Role.ENTERPRISE, *OFFICERS) else db.reading()


def etag(version: int) -> dict[str, str]:
    """The version as a header."""
    return {"ETag": f'"{version}"'}


@operation(
    "list_complaints",
    "GET",
    "/complaints",
    "cases",
    answer=shapes.Lines,
    query=CasesQuery,
    refuses=(403,),
    says={"security": ("account",)},
)
def list_complaints(call: Call) -> Reply:
    """List cases

    For an enterprise its inbox: what waits for it, the nearest deadline first; another `state` where asked for. For
    officers a `queue`, first the one of their role. For an intake partner what it filed, newest first.
    """
    with db.reading() as session:
        return Reply(_page(session, call))


def _page(session: Session, call: Call) -> dict[str, Any]:
    caller, asked, at = call.caller, call.query, clock.now()
    where = {"cursor": asked["cursor"] or None, "limit": asked["limit"]}
    if caller.holds(Role.ENTERPRISE):
        _not_for_them(asked, "queue")
        page = lists.of_enterprise(session, caller.enterprise_id or 0, at, state=asked["state"] or None, **where)
    elif caller.officer:
        _not_for_them(asked, "state")
        queue = asked["queue"] or FIRST[caller.actors[-1].role]
        page = lists.of_desk(session, queue, caller.account_id or 0, at, **where)
    elif caller.holds(Role.PARTNER):
        _not_for_them(asked, "queue", "state")
        page = lists.of_partner(session, caller.account_id or 0, at, **where)
    else:
        raise Problem("not_for_role")
    return {"items": page.lines, "next": page.next}


def _not_for_them(asked: Mapping[str, Any], *names: str) -> None:
    wrong = {name: ["not_for_role"] for name in names if asked[name]}
    if wrong:
        raise BadInput("not a parameter of this role's list", wrong)


@operation(
    "list_tasks",
    "GET",
    "/tasks",
    "cases",
    answer=shapes.TaskLines,
    query=PageQuery,
    refuses=(403,),
    says={"security": ("account",)},
)
def list_tasks(call: Call) -> Reply:
    """List the open tasks of the centre

    People to reach by phone or post, and other things to do beside the cases; each ends with `do_task`.
    """
    if not call.caller.officer:
        raise Problem("not_for_role")
    with db.reading() as session:
        roles = [role.value for role in OFFICERS]
        page = lists.tasks(session, roles, cursor=call.query["cursor"] or None, limit=call.query["limit"])
    return Reply({"items": page.lines, "next": page.next})


@operation("get_complaint", "GET", CASE, "cases", answer=shapes.Case, says={"headers": {"ETag": describing.ETAG}})
def get_complaint(call: Call, number: str) -> Reply:
    """Read one case

    Where it stands, what may be done now, what was written. Reading somebody's contact data is recorded.
    """
    with looking(call.caller) as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        return Reply(_case(session, case, call.caller, at), etag(case.version))


def _case(session: Session, case: Case, caller: Caller, at: datetime) -> dict[str, Any]:
    """The standing, and what the columns and texts add for this reader."""
    row = session.get_one(Complaint, case.id)
    firm = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    columns = {name: getattr(row, name) for name in shapes.Case().fields if hasattr(row, name)}
    return {
        **columns,
        **attempts.standing(case, caller.actors, at),
        "amount": f"{row.amount:.2f}" if row.amount is not None else None,
        "enterprise": {"id": case.enterprise_id, "name": firm.name if firm else case.enterprise_given},
        "offer": _terms(case.offer),
        "late_offer": _terms(case.late_offer),
        "perform_by": case.perform_by.isoformat() if case.perform_by else None,
        "overdue": case.due_at is not None and at >= case.due_at,
        "mediator_assigned": case.mediator_id is not None,
        "reopen_until": case.reopen_until,
        "rate_until": case.rate_until,
        "texts": sight.texts(session, case, caller.actors[0], at, "api"),
        "tasks": tasks.open_for(session, case, caller.actors),
    }


def _terms(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: kept.get(name) for name in ("amount", "perform_by")} if kept else None


@operation("list_events", "GET", f"{CASE}/events", "cases", answer=shapes.Entries, query=PageQuery)
def list_events(call: Call, number: str) -> Reply:
    """Read the log of a case

    Oldest first, as far as it is this reader's business.
    """
    after, limit = _after(call.query["cursor"]), call.query["limit"]
    with db.reading() as session:
        case = attempts.look(session, number, call.caller.actors, clock.now())
        me = call.caller.actors[0]
        found = sight.events(session, case, me, after=after, limit=limit + 1)
    items = [_entry(event, me) for event in found[:limit]]
    return Reply({"items": items, "next": str(items[-1]["seq"]) if len(found) > limit else None})


def _after(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise BadInput("not a cursor of this list", {"cursor": ["not_a_cursor"]})
    return int(cursor)


def _entry(event: Event, me: Actor) -> dict[str, Any]:
    columns = {name: getattr(event, name) for name in shapes.Entry().fields if name != "facts"}
    return columns | {"facts": sight.told(event.payload["facts"], me)}


@operation("get_deadline", "GET", f"{CASE}/deadline", "cases", answer=shapes.Deadline)
def get_deadline(call: Call, number: str) -> Reply:
    """Explain the running deadline

    The rule and where it stands, day 0, every day that was passed over and why, every move. Null in a closed case.
    """
    with db.reading() as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        standing = attempts.standing(case, call.caller.actors, at)
        running = rows.clock(session, case.clock_id) if case.clock_id and case.state is not State.CLOSED else None
    explanation = running["explanation"] if running else None
    said = list(sentences(explanation, call.locale)) if explanation else []
    return Reply(standing | {"explanation": explanation, "sentences": said})


@operation("list_statements", "GET", f"{CASE}/statements", "statements", answer=shapes.Statements)
def list_statements(call: Call, number: str) -> Reply:
    """Read what the sides and the centre said through the relay"""
    with looking(call.caller) as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        return Reply({"items": list(_statements(session, case, call.caller, at))})


def _statements(session: Session, case: Case, caller: Caller, at: datetime) -> Iterator[dict[str, Any]]:
    me = caller.actors[0]
    entries = {event.seq: event for event in sight.events(session, case, me) if event.trigger == "statement"}
    for text in sight.texts(session, case, me, at, "api"):
        if text.kind == "statement" and text.seq in entries:
            event = entries[text.seq]
            when = event.occurred_at.astimezone(SHANGHAI)
            yield {"seq": text.seq, "role": event.role, "at": when, "text": text.value, "masked": text.masked}
