"""The honest record and open data, for everybody; a supervisor corrects what is published."""

from collections.abc import Sequence
from typing import Any

from complaints import clock, db
from complaints.api import record_shapes as shapes
from complaints.api.acting import REPLAYED
from complaints.api.cases import etag
from complaints.api.describing import ETAG, Query
from complaints.api.limits import ACTS, FILES
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.fields import Choice, Text, Whole
from complaints.inputs import Input
from complaints.insight import open_data, record, record_corrections, record_lists
from complaints.models import RecordLine
from complaints.workflow import idempotency
from complaints.workflow.case import Actor, Role

OURS: dict[str, Any] = {"security": ("account",)}
LINE = ("enterprise_id", "month", "edition", "rank", "why", "figures", "reason", "made_at")
LINE_OF = f"/record/<month>/enterprises/<int(max={db.MOST_ID}):enterprise_id>"


class LinesQuery(Query):
    """Which lines of a month."""

    list = Choice(*record_lists.LISTS, load_default="ranked", allow_none=False)
    page = Whole(1, record_lists.MOST_PAGES, load_default=1)


class RowsQuery(Query):
    """Which page of a month's rows."""

    page = Whole(1, 100_000, load_default=1)


class ExcludedQuery(Query):
    """Without which case."""

    excluded = Text(20, load_default="")


class CorrectionSchema(Input):
    """Why a published line is counted again, and without which case."""

    reason = Text(record_corrections.LONGEST, lines=True, required=True)
    excluded = Text(20, load_default="")


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


@operation("preview_correction", "GET", f"{LINE_OF}/correction", "record", answer=shapes.CorrectionPreview,
           query=ExcludedQuery, refuses=(403,), says=OURS | {"headers": {"ETag": ETAG}})  # fmt: skip
def preview_correction(call: Call, month: str, enterprise_id: int) -> Reply:
    """See what a correction of a published line would change, without the case `excluded` where one is named

    For a supervisor. Nothing is changed.
    """
    supervisor(call)
    with db.transaction() as session:  # it is done and undone
        found = record_corrections.preview(session, enterprise_id, month, call.query["excluded"], clock.now())
    told = {"enterprise_id": enterprise_id, "month": month, "edition": found.line.edition, "changes": found.changes}
    return Reply(told | {"lines": found.lines}, etag(found.line.edition))


@operation("correct_record", "POST", f"{LINE_OF}/corrections", "record", answer=shapes.RecordLineShape, status=201,
           body=CorrectionSchema, keyed=True, version="required", refuses=(403,), limit=ACTS,
           says=OURS | {"example": {"reason": "It was filed twice.", "excluded": "C26-7K3M-Q2XA"}})  # fmt: skip
def correct_record(call: Call, month: str, enterprise_id: int) -> Reply:
    """Correct a published line where the centre has found the error itself

    For a supervisor. The line is counted again, without the case `excluded` where one is named; the new edition is
    public at once with its reason, and the enterprise is told. `If-Match` is the edition that you saw.
    """
    given, actor, seen = call.parsed(CorrectionSchema()), supervisor(call), call.version
    if seen is None:
        raise Problem("version_required", {"If-Match": ["required"]})

    def do() -> idempotency.Answer:
        line = record_corrections.correct(
            session, enterprise_id, month, actor=actor, at=clock.now(), seen=seen, **given
        )
        return {"edition": line.edition}

    with db.transaction() as session:
        asked = ["correct", month, enterprise_id, given]
        done, replayed = idempotency.once(session, call.caller.scope, call.key, asked, do)
        lines = record.history(session, enterprise_id, month=month)
    told = next(_line(each) for each in lines if each.edition == done["edition"])
    return Reply(told, etag(done["edition"]) | (REPLAYED if replayed else {}))


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


def supervisor(call: Call) -> Actor:
    """The caller as a supervisor. Raises Problem (403)."""
    for actor in call.caller.actors:
        if actor.role is Role.SUPERVISOR:
            return actor
    raise Problem("not_for_role")
