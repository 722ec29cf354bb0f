"""The honest record and open data, for everybody; an enterprise's objections to its figures before publication."""

from collections.abc import Sequence
from typing import Any

from complaints import clock, db
from complaints.api import record_shapes as shapes
from complaints.api.acting import REPLAYED
from complaints.api.describing import Query
from complaints.api.limits import ACTS, FILES
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.fields import Choice, Text, Whole
from complaints.inputs import Input
from complaints.insight import open_data, record, record_corrections, record_lists, record_objections
from complaints.insight.record_figures import OBJECTABLE
from complaints.models import Objection, RecordLine
from complaints.registry.accounts import MANAGER
from complaints.workflow import idempotency
from complaints.workflow.case import Actor, Role

OURS: dict[str, Any] = {"security": ("account",)}
LINE = ("enterprise_id", "month", "edition", "rank", "why", "figures", "made_at")
OBJECTION = ("id", "enterprise_id", "month", "figure", "state", "due_at", "made_at")


class LinesQuery(Query):
    """Which lines of a month."""

    list = Choice(*record_lists.LISTS, load_default="ranked", allow_none=False)
    page = Whole(1, record_lists.MOST_PAGES, load_default=1)


class RowsQuery(Query):
    """Which page of a month's rows."""

    page = Whole(1, 100_000, load_default=1)


class ObjectionSchema(Input):
    """Which figure is wrong, and why."""

    figure = Choice(*OBJECTABLE, required=True)
    reason = Text(record_corrections.LONGEST, lines=True, required=True)
    month = Text(7, load_default="")  # several are open after an outage; the newest unless one is named


@operation("list_record_months", "GET", "/record", "record", answer=shapes.RecordMonths, everyone=True)
def list_record_months(call: Call) -> Reply:
    """List the published months of the complaint record"""
    with db.reading() as session:
        months = record.months(session)
        names = ("month", "taken_at", "published_at", "overall")
        told = [{name: getattr(each, name) for name in names} for each in months]
    newest = months[0].month if months else None
    return Reply({"months_behind": record.behind(clock.now(), newest), "items": told})


@operation("list_record_lines", "GET", "/record/<month>", "record", answer=shapes.RecordLines, query=LinesQuery,
           everyone=True, refuses=(404,))  # fmt: skip
def list_record_lines(call: Call, month: str) -> Reply:
    """List the enterprises of a published month: those with a rank, or the others and why"""
    with db.reading() as session:
        _known(month, [each.month for each in record.months(session)])
        found = record_lists.page(session, month, call.query["list"], number=call.query["page"])
    return Reply({"items": [_line(line) | {"name": name} for line, name in found.lines], "more": found.more})


@operation("get_record_of_enterprise", "GET", f"/enterprises/<int(max={db.MOST_ID}):enterprise_id>/record", "record",
           answer=shapes.RecordHistory, everyone=True)  # fmt: skip
def get_record_of_enterprise(call: Call, enterprise_id: int) -> Reply:
    """Read everything published about one enterprise, corrections included"""
    with db.reading() as session:
        return Reply({"items": [_line(each) for each in record.history(session, enterprise_id)]})


class DecisionSchema(Input):
    """What becomes of an objection. The supervisor gives a reason, and may name a case that does not count."""

    trigger = Choice("withdraw", "uphold", "reject", required=True)
    reason = Text(record_corrections.LONGEST, lines=True, load_default="")
    excluded = Text(20, load_default="")


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


@operation("act_on_objection", "POST", f"/objections/<int(max={db.MOST_ID}):objection_id>/actions", "record",
           answer=shapes.ObjectionShape, body=DecisionSchema, keyed=True, refuses=(403, 404, 409), limit=ACTS,
           says=OURS | {"example": {"trigger": "uphold", "reason": "So it was.", "excluded": ""}})  # fmt: skip
def act_on_objection(call: Call, objection_id: int) -> Reply:
    """Withdraw an objection, or as a supervisor uphold or reject it

    Upheld, the line is counted again, without the case `excluded` where one is named. 409 where it was decided before.
    """
    given = call.parsed(DecisionSchema())
    actor = _leader(call) if given["trigger"] == "withdraw" else _supervisor(call)
    with db.transaction() as session:
        done, replayed = idempotency.once(
            session, call.caller.scope, call.key, ["decide objection", objection_id, given],
            lambda: {"id": record_objections.act(session, objection_id, actor=actor, at=clock.now(), **given).id},
        )  # fmt: skip
        told = _objection(record_objections.one(session, done["id"]))
    return Reply(told, REPLAYED if replayed else {})


@operation("get_open_data", "GET", "/open-data", "record", answer=shapes.OpenData, everyone=True)
def get_open_data(call: Call) -> Reply:
    """Read the data dictionary of open data, its licence, how old it is, the months there are, and their corrections"""
    with db.reading() as session:
        return Reply(open_data.dictionary(session, clock.now()))


@operation("list_open_data", "GET", "/open-data/<month>", "record", answer=shapes.OpenDataRows, query=RowsQuery,
           everyone=True, refuses=(404,), limit=FILES)  # fmt: skip
def list_open_data(call: Call, month: str) -> Reply:
    """List a month's ended complaints, page by page; whole files are at /open-data/{month}/complaints.csv and .jsonl"""
    with db.reading() as session:
        _known(month, open_data.months(session))
        rows, more = open_data.page(session, month, call.query["page"])
    return Reply({"items": rows, "more": more})


def _known(month: str, months: Sequence[str]) -> None:
    if month not in months:
        raise Problem("not_found")


def _line(line: RecordLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in LINE}


def _objection(objection: Objection) -> dict[str, Any]:
    return {name: getattr(objection, name) for name in OBJECTION} | {"version": objection.seq}


def _supervisor(call: Call) -> Actor:
    for actor in call.caller.actors:
        if actor.role is Role.SUPERVISOR:
            return actor
    raise Problem("not_for_role")


def _leader(call: Call) -> Actor:
    """The enterprise, by somebody who leads its agents, as on the pages."""
    actor = next((each for each in call.caller.actors if each.role is Role.ENTERPRISE), None)
    if actor is None or MANAGER not in call.caller.roles:
        raise Problem("not_for_role")
    return actor
