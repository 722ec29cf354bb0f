"""The record before it is published: an enterprise's drafts, the cases behind each figure, and its objections.

Drafts are for managers of their enterprise, as on the pages; objections also for the supervisor who decides them.
"""

from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import courses
from complaints.api import record_shapes as shapes
from complaints.api.acting import REPLAYED
from complaints.api.cases import etag
from complaints.api.describing import ETAG, Query
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.api.record import OURS, supervisor
from complaints.errors import NotFound
from complaints.fields import Choice, Text, Whole
from complaints.inputs import Input
from complaints.insight import record_corrections, record_objections
from complaints.insight.record_figures import OBJECTABLE
from complaints.models import Objection, RecordLine, RecordMonth
from complaints.registry.accounts import MANAGER
from complaints.workflow import idempotency
from complaints.workflow.case import Actor, Role

OBJECTION = ("id", "enterprise_id", "month", "figure", "state", "due_at", "made_at")
ONE = f"/objections/<int(max={db.MOST_ID}):objection_id>"
PIECE = 200  # cases behind a figure


class BehindQuery(Query):
    """Which figure, and which page of its cases."""

    figure = Choice(*OBJECTABLE, required=True)
    page = Whole(1, 100_000, load_default=1)


class ObjectionSchema(Input):
    """Which figure is wrong, and why."""

    figure = Choice(*OBJECTABLE, required=True)
    reason = Text(record_corrections.LONGEST, lines=True, required=True)
    month = Text(7, load_default="")  # several are open after an outage; the newest unless one is named


class DecisionSchema(Input):
    """What becomes of an objection. The supervisor gives a reason, and may name a case that does not count."""

    trigger = Choice("withdraw", "uphold", "reject", required=True)
    reason = Text(record_corrections.LONGEST, lines=True, load_default="")
    excluded = Text(20, load_default="")


@operation("list_record_drafts", "GET", "/record-drafts", "record", answer=shapes.RecordDrafts, refuses=(403,),
           says=OURS)  # fmt: skip
def list_record_drafts(call: Call) -> Reply:
    """List your enterprise's lines of the months that are open to objection now"""
    firm = _leader(call).enterprise_id or 0
    with db.reading() as session:
        return Reply({"items": [_draft(*each) for each in record_objections.drafts(session, firm, clock.now())]})


@operation("list_cases_behind", "GET", "/record-drafts/<month>/cases", "record", answer=shapes.CasesBehind,
           query=BehindQuery, refuses=(403,), says=OURS)  # fmt: skip
def list_cases_behind(call: Call, month: str) -> Reply:
    """List your own cases that a figure of a draft counts"""
    firm, asked = _leader(call).enterprise_id or 0, call.query
    with db.reading() as session:
        drafts = {each.month: line for each, line in record_objections.drafts(session, firm, clock.now())}
        if month not in drafts:
            raise NotFound(f"no draft of {month} is open to objection")
        cases = record_objections.cases_behind(session, drafts[month])
    behind = [each for each in cases if each.behind(asked["figure"])]
    first = (asked["page"] - 1) * PIECE
    return Reply({"count": len(behind), "items": behind[first : first + PIECE], "more": len(behind) > first + PIECE})


@operation("list_objections", "GET", "/objections", "record", answer=shapes.Objections, refuses=(403,), says=OURS)
def list_objections(call: Call) -> Reply:
    """List objections to the record: an enterprise its own, a supervisor what waits and what was decided lately"""
    with db.reading() as session:
        if call.caller.holds(Role.SUPERVISOR):
            found = [*record_objections.undecided(session), *record_objections.decided(session)]
        else:
            found = [*record_objections.of(session, _leader(call).enterprise_id or 0)]
        return Reply({"items": [_objection(each) for each in found]})


@operation("raise_objection", "POST", "/objections", "record", answer=shapes.ObjectionShape, status=201,
           body=ObjectionSchema, keyed=True, refuses=(403, 404), limit=ACTS,
           says=OURS | {"example": {"figure": "kinds", "reason": "C26-7K3M-Q2XA was not about us."}})  # fmt: skip
def raise_objection(call: Call) -> Reply:
    """Object to a figure of a draft that is open to objection now; it is held back until a supervisor decides

    Of the newest one, unless `month` names another; several are open after an outage.
    """
    given, actor = call.parsed(ObjectionSchema()), _leader(call)
    with db.transaction() as session:
        made, replayed = idempotency.once(
            session, call.caller.scope, call.key, ["objection", given],
            lambda: {"id": record_objections.raise_one(session, **given, actor=actor, at=clock.now()).id},
        )  # fmt: skip
        told = _objection(record_objections.one(session, made["id"], actor.enterprise_id))
    return Reply(told, REPLAYED if replayed else {})


@operation("get_objection", "GET", ONE, "record", answer=shapes.WholeObjection, refuses=(403,),
           says=OURS | {"headers": {"ETag": ETAG}})  # fmt: skip
def get_objection(call: Call, objection_id: int) -> Reply:
    """Read an objection with its reason and log: an enterprise its own, a supervisor any"""
    actor = _reader(call)
    with db.reading() as session:
        found = _seen(session, objection_id, actor)
        told = _objection(found) | courses.beside(session, found, [actor])
    return Reply(told | {"reason": told["log"][0]["reason"]}, etag(found.seq))


@operation("act_on_objection", "POST", f"{ONE}/actions", "record", answer=shapes.ObjectionShape, body=DecisionSchema,
           keyed=True, version="required", refuses=(403, 409), limit=ACTS,
           says=OURS | {"headers": {"ETag": ETAG},
                        "example": {"trigger": "uphold", "reason": "So it was.", "excluded": ""}})  # fmt: skip
def act_on_objection(call: Call, objection_id: int) -> Reply:
    """Withdraw an objection, or as a supervisor uphold or reject it

    Upheld, the line is counted again, without the case `excluded` where one is named. 409 where it was decided before.
    """
    given = call.parsed(DecisionSchema())
    actor = _leader(call) if given["trigger"] == "withdraw" else supervisor(call)

    def look(session: Session) -> Objection:
        return _seen(session, objection_id, actor)

    seen = courses.version(call.version, look, [actor])

    def do() -> idempotency.Answer:
        return {"id": record_objections.act(session, objection_id, actor=actor, at=clock.now(), seen=seen, **given).id}

    with courses.honest(look, [actor]), db.transaction() as session:
        asked = ["decide objection", objection_id, given]
        done, replayed = idempotency.once(session, call.caller.scope, call.key, asked, do)
        told = _objection(record_objections.one(session, done["id"]))
    return Reply(told, etag(told["version"]) | (REPLAYED if replayed else {}))


def _draft(month: RecordMonth, line: RecordLine) -> dict[str, Any]:
    names = ("month", "edition", "figures", "made_at")
    return {name: getattr(line, name) for name in names} | {"object_until": month.object_until}


def _objection(objection: Objection) -> dict[str, Any]:
    return {name: getattr(objection, name) for name in OBJECTION} | {"version": objection.seq}


def _leader(call: Call) -> Actor:
    """The enterprise, by somebody who leads its agents, as on the pages."""
    actor = next((each for each in call.caller.actors if each.role is Role.ENTERPRISE), None)
    if actor is None or MANAGER not in call.caller.roles:
        raise Problem("not_for_role")
    return actor


def _reader(call: Call) -> Actor:
    return supervisor(call) if call.caller.holds(Role.SUPERVISOR) else _leader(call)


def _seen(session: Session, objection_id: int, actor: Actor) -> Objection:
    """An objection that is this reader's to know about. Raises NotFound."""
    return record_objections.one(session, objection_id, actor.enterprise_id)
