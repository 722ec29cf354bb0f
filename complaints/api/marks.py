"""Marks on goods: what a code says to anybody; batches for who leads an enterprise's agents, and read by the centre."""

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import describing, mark_shapes
from complaints.api.acting import REPLAYED
from complaints.api.cases import PageQuery
from complaints.api.evidence import attachment_named, to_save
from complaints.api.limits import ACTS, FILES, MARKS, limiter
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import PREFIX
from complaints.api.webhooks import led_firm
from complaints.errors import NotFound
from complaints.inputs import MarkOrderInput
from complaints.models import Enterprise, MarkBatch
from complaints.registry import mark_batches, mark_checks, mark_codes, mark_scans, networks
from complaints.registry.mark_batches import Order
from complaints.registry.mark_checks import Checked
from complaints.workflow import idempotency

ONE = f"/mark-batches/<int(max={db.MOST_ID}):batch_id>"
OURS: dict[str, Any] = {"security": ("account",)}
EXAMPLE = {
    "product": "kettle", "batch": "K-2026-07", "place": "Shanghai", "size": 1000, "plant": "Plant 2",
    "made_on": "2026-06-01", "route": "Suzhou warehouse\nShanghai shop",
}  # fmt: skip
TRACE = tuple(mark_shapes.Trace().fields)


@operation("check_mark", "GET", "/marks/<string:code>", "marks", answer=mark_shapes.Mark, everyone=True, refuses=(429,))
def check_mark(call: Call, code: str) -> Reply:
    """Look up the code of a mark

    In any case, with or without dashes. The look is counted, as one of whoever asks; without an account 404 is answered
    only so many times a minute, a real code always.
    """
    with db.reading() as session:
        found = mark_checks.check(session, code, clock.now())
    if found is None:
        return _missed()
    insider = call.caller.officer or call.caller.enterprise_id == found.firm.id
    seen = mark_checks.counted(found, None if insider else networks.coarse(request.remote_addr))
    return Reply(_told(found) | {"seen": seen})


@limiter.limit(MARKS)
def _missed() -> Reply:
    raise NotFound("no mark has this code")


def _told(found: Checked) -> dict[str, Any]:
    return {
        "code": found.written, "serial": found.code.serial, "voided": found.voided, "enterprise": found.firm,
        "trace": _trace(found.batch), "pledge": found.pledge, "record": found.record,
    }  # fmt: skip


@operation(
    "list_mark_batches", "GET", "/mark-batches", "marks", answer=mark_shapes.MarkBatches, query=PageQuery,
    refuses=(403,), says=OURS,
)  # fmt: skip
def list_mark_batches(call: Call) -> Reply:
    """List batches of marks: your enterprise's, or for officers all of them"""
    asked = call.query
    with db.reading() as session:
        page = mark_batches.page(session, _whose(call), cursor=asked["cursor"] or None, limit=asked["limit"])
        return Reply({"items": [_batch(each) for each in page.batches], "next": page.next})


@operation(
    "order_marks", "POST", "/mark-batches", "marks", answer=mark_shapes.WholeMarkBatch, status=201,
    body=MarkOrderInput, keyed=True, refuses=(403, 409), limit=ACTS,
    says=OURS | {"example": EXAMPLE, "headers": {"Location": describing.LOCATION}},
)  # fmt: skip
def order_marks(call: Call) -> Reply:
    """Order the codes of a batch of goods

    While your enterprise's pledge is in force (409 otherwise). Stations of the `route` one a line. Whoever scans a code
    reads all of it, as your own word; it cannot be changed afterwards.
    """
    firm_id = led_firm(call)
    wanted: Order = call.parsed(MarkOrderInput())

    with db.transaction() as session:

        def do() -> dict[str, Any]:
            firm = session.get_one(Enterprise, firm_id)
            return {"id": mark_batches.order(session, firm, wanted, clock.now(), call.caller.account_id).id}

        done, replayed = idempotency.once(session, call.caller.scope, call.key, ["order marks", call.body], do)
        told = _whole(session, mark_batches.one(session, done["id"], firm_id))
    where = {"Location": f"{PREFIX}/mark-batches/{done['id']}"}
    return Reply(told, where | (REPLAYED if replayed else {}))


@operation("get_mark_batch", "GET", ONE, "marks", answer=mark_shapes.WholeMarkBatch, refuses=(403,), says=OURS)
def get_mark_batch(call: Call, batch_id: int) -> Reply:
    """Read a batch, and which of its codes may have been copied"""
    with db.reading() as session:
        return Reply(_whole(session, _one(session, batch_id, _whose(call))))


@operation(
    "get_mark_codes", "GET", f"{ONE}/codes", "marks", refuses=(403,), limit=FILES,
    says=OURS | to_save("CSV: serial, code, address for the QR code"),
)  # fmt: skip
def get_mark_codes(call: Call, batch_id: int) -> Response:
    """Fetch all codes of a batch of your enterprise as CSV"""
    with db.reading() as session:
        batch = _one(session, batch_id, led_firm(call))
        numbered = mark_batches.codes(session, batch, 1, batch.size)
    return attachment_named(f"marks-{batch.id}.csv", mark_batches.as_csv(numbered))


@operation(
    "void_mark_batch", "POST", f"{ONE}/void", "marks", answer=mark_shapes.WholeMarkBatch, keyed=True, refuses=(403,),
    limit=ACTS, says=OURS,
)  # fmt: skip
def void_mark_batch(call: Call, batch_id: int) -> Reply:
    """Declare the labels of a batch lost: every code of it says so from now on, for good"""
    firm_id = led_firm(call)
    with db.transaction() as session:

        def do() -> dict[str, Any]:
            mark_batches.void(session, _one(session, batch_id, firm_id, lock=True), clock.now())
            return {}

        _done, replayed = idempotency.once(session, call.caller.scope, call.key, ["void marks", batch_id], do)
        return Reply(_whole(session, _one(session, batch_id, firm_id)), REPLAYED if replayed else {})


def _whose(call: Call) -> int | None:
    """Whose batches the caller may read: an officer all of them."""
    return None if call.caller.officer else led_firm(call)


def _one(session: Session, batch_id: int, firm_id: int | None, *, lock: bool = False) -> MarkBatch:
    return mark_batches.one(session, min(batch_id, mark_codes.MOST), firm_id, lock=lock)


def _trace(batch: MarkBatch) -> dict[str, Any]:
    days = {name: getattr(batch, name) for name in ("made_on", "best_before")}
    plain = {name: getattr(batch, name) for name in TRACE if name not in days}
    return plain | {name: value.isoformat() if value else None for name, value in days.items()}


def _batch(batch: MarkBatch) -> dict[str, Any]:
    names = ("id", "enterprise_id", "size", "made_at", "voided_at", "flagged_at")
    return _trace(batch) | {name: getattr(batch, name) for name in names}


def _whole(session: Session, batch: MarkBatch) -> dict[str, Any]:
    return _batch(batch) | {"flagged": mark_scans.flagged(session, batch.id)}
