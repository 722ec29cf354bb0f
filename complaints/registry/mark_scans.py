"""How often a code was looked at, and when that is too often: without a trace of anybody.

Of each look a count stays, and the coarse network it came from as 16 bits of a keyed hash that is another one for each
code: they tell "the same again" from "another one", lead to no address, and cannot be put together over several codes.
A second look from the network of the look before, within minutes, is the same person reading on and is not counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI, local_date
from complaints.models import Enterprise, MarkBatch, MarkScan, Notice
from complaints.registry import course_policy, derived, planting
from complaints.registry.mark_codes import Code

LETTER = "mark_copied"
HASH_BYTES = 2  # of a network: 65,536 values, so that thousands of networks share each
MOST_SHOWN = 100  # flagged codes of a batch on one page
SCAN = cast(Table, MarkScan.__table__)


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a code was looked at, since when, from how many networks (`most` of them are told apart)."""

    scans: int
    networks: int
    first_at: datetime
    flagged: bool


@dataclass(frozen=True, slots=True)
class Flagged:
    """One code of a batch that may have been copied."""

    serial: int
    scans: int
    networks: int
    first_at: datetime
    flagged_at: datetime


def seen(session: Session, code: Code) -> Seen | None:
    """What was counted of a code so far; None where nobody has looked at it."""
    row = session.get(MarkScan, (code.batch_id, code.serial))
    return _told(row) if row is not None else None


def count(session: Session, code: Code, network: str, at: datetime) -> Seen:
    """Count one look at a code that exists, from a coarse network; where that makes it suspect, say so to those
    concerned. Case time."""
    row = _locked(session, code, at)
    numbers = course_policy.in_force(local_date(at)).numbers["marks"]
    mark = derived.digest("mark network", code.batch_id, code.serial, network)[:HASH_BYTES].hex()
    if not _same_look(row, mark, at, timedelta(minutes=numbers["same_look_minutes"])):
        row.scans += 1
        others = [each for each in row.networks if each != mark]
        row.networks = [*others, mark][-numbers["networks_kept"] :]  # the latest stands last
        row.last_at = at
    if row.flagged_at is None and (row.scans >= numbers["scans"] or len(row.networks) >= numbers["networks"]):
        row.flagged_at = at
        _tell(session, code, at)
    session.flush()
    return _told(row)


def flagged(session: Session, batch_id: int, limit: int = MOST_SHOWN) -> list[Flagged]:
    """The codes of a batch that may have been copied, in the order of their serials."""
    query = select(MarkScan).where(MarkScan.mark_batch_id == batch_id, MarkScan.flagged_at.is_not(None))
    return [
        Flagged(row.serial, row.scans, len(row.networks), row.first_at, cast(datetime, row.flagged_at))
        for row in session.scalars(query.order_by(MarkScan.serial).limit(limit))
    ]


def _locked(session: Session, code: Code, at: datetime) -> MarkScan:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh: dict[str, Any] = {
        "mark_batch_id": code.batch_id, "serial": code.serial, "scans": 0, "networks": [], "first_at": at,
        "last_at": at,
    }  # fmt: skip
    session.execute(insert(SCAN).values(fresh).on_conflict_do_nothing())
    mine = (MarkScan.mark_batch_id == code.batch_id, MarkScan.serial == code.serial)
    return session.scalars(select(MarkScan).where(*mine).with_for_update()).one()


def _same_look(row: MarkScan, mark: str, at: datetime, span: timedelta) -> bool:
    return bool(row.networks) and row.networks[-1] == mark and row.last_at <= at < row.last_at + span


def _told(row: MarkScan) -> Seen:
    return Seen(row.scans, len(row.networks), row.first_at, row.flagged_at is not None)


def _tell(session: Session, code: Code, at: datetime) -> None:
    """The enterprise and the association hear of it: at most one letter a day and batch, of however many codes."""
    batch = session.get_one(MarkBatch, code.batch_id)
    batch.flagged_at = batch.flagged_at or at
    firm = session.get_one(Enterprise, batch.enterprise_id)
    for reader in (f"enterprise:{firm.id}", "desk:supervisor"):
        _plant(session, batch, firm, reader, at)


def _plant(session: Session, batch: MarkBatch, firm: Enterprise, reader: str, at: datetime) -> None:
    theirs = reader.startswith("enterprise:")
    key = f"{LETTER}:{batch.id}:{at.astimezone(SHANGHAI):%Y%m%d}:{reader}"
    facts = {
        "reader": "enterprise" if theirs else "supervisor", "number": None, "due_at": None,
        "place": f"marks/{batch.id}", "enterprise": firm.name, "product": batch.product, "batch": batch.batch,
    }  # fmt: skip
    reads = (firm.locale, firm.zone) if theirs else ("zh", SHANGHAI.key)
    values = planting.row(LETTER, key, reader, "copied", at, facts, *reads)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(cast(Table, Notice.__table__)).values(values).on_conflict_do_nothing(index_elements=["key"]))
