"""Batches of marks: ordered by an enterprise whose pledge is in force, printed, and voided when labels are lost.

What stands in a batch beside its size is the enterprise's own word about its goods: nobody has checked it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.errors import BadInput, NotFound, NotNow
from complaints.models import Enterprise, MarkBatch
from complaints.registry import cursors, enterprises, mark_codes

MOST_CODES = 1_000_000  # of one batch
MOST_STATIONS = 20  # of a route
PAGE = 50
HEADS = ("serial", "code", "address")
PIECE = 65_536  # characters of a file that are written at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an enterprise wants marked. Days are plain; `route` are stations in order."""

    product: str
    batch: str
    place: str
    size: int
    plant: str = ""
    made_on: date | None = None
    best_before: date | None = None
    route: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Batches, newest first, and the cursor of the next page."""

    batches: Sequence[MarkBatch]
    next: str | None


def order(session: Session, firm: Enterprise, wanted: Order, at: datetime, account_id: int | None) -> MarkBatch:
    """A new batch of codes. Raises NotNow without a pledge in force, BadInput ("best_before") for days that contradict
    each other."""
    if not may_order(session, firm, at):
        raise NotNow("marks are for goods of an enterprise whose pledge is in force")
    if wanted.made_on and wanted.best_before and wanted.best_before < wanted.made_on:
        raise BadInput("it ends before it begins", {"best_before": ["contradicts:made_on"]})
    mark_codes.ensure_key(session, at)
    batch = MarkBatch(
        enterprise_id=firm.id, product=wanted.product, batch=wanted.batch, place=wanted.place, plant=wanted.plant,
        made_on=wanted.made_on, best_before=wanted.best_before, route=list(wanted.route), size=wanted.size,
        made_at=at, made_by=account_id,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def may_order(session: Session, firm: Enterprise, at: datetime) -> bool:
    """Whether the pledge of this enterprise is in force."""
    return firm.participant and enterprises.pledge_in_force(firm, at)


def void(session: Session, batch: MarkBatch, at: datetime) -> None:
    """Labels were lost: every code of the batch says so from now on. Done twice it stays what it was."""
    batch.voided_at = batch.voided_at or at
    session.flush()


def one(session: Session, batch_id: int, enterprise_id: int | None = None, *, lock: bool = False) -> MarkBatch:
    """A batch, of this enterprise where one is named. Raises NotFound."""
    query = select(MarkBatch).where(MarkBatch.id == batch_id)
    batch = session.scalar(query.with_for_update() if lock else query)
    if batch is None or enterprise_id not in (None, batch.enterprise_id):
        raise NotFound(f"there is no batch {batch_id}")
    return batch


def known(session: Session, enterprise_id: int, name: str) -> bool:
    """Whether this enterprise has marks for a batch of this name."""
    mine = (MarkBatch.enterprise_id == enterprise_id, MarkBatch.batch == name)
    return session.scalar(select(MarkBatch.id).where(*mine).limit(1)) is not None


def page(session: Session, enterprise_id: int | None, *, cursor: str | None = None, limit: int = PAGE) -> Page:
    """The batches of an enterprise, or of all of them, newest first. Raises BadInput for a cursor of another list."""
    query = select(MarkBatch)
    if enterprise_id is not None:
        query = query.where(MarkBatch.enterprise_id == enterprise_id)
    if cursor is not None:
        (after,) = cursors.read(cursor, "marks", int)
        query = query.where(MarkBatch.id < after)
    found = session.scalars(query.order_by(MarkBatch.id.desc()).limit(limit + 1)).all()
    following = cursors.write("marks", found[limit - 1].id) if len(found) > limit else None
    return Page(found[:limit], following)


def address(code: str) -> str:
    """Where a code leads, as its QR code says it."""
    return f"{settings().base_url}/verify/{code}"


def codes(session: Session, batch: MarkBatch, first: int, last: int) -> Iterator[tuple[int, str]]:
    """Serial and code of some labels of a batch, made one after the other; the session is needed no more by then."""
    secret = mark_codes.key(session)
    assert secret is not None, "a batch is never made without it"
    last = min(last, batch.size)
    return zip(range(first, last + 1), mark_codes.codes(secret, batch.id, first, last), strict=True)


def as_csv(numbered: Iterator[tuple[int, str]]) -> Iterator[bytes]:
    """RFC 4180, ASCII, piece by piece: however many codes there are, a piece and some codes are in memory."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for serial, code in numbered:
        writer.writerow((serial, code, address(code)))
        if text.tell() > PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
