"""What a code on goods says to anybody who looks it up: whose, which batch, and where the pledge stands today.

The state of the pledge is live. The complaint record is the one published last, and is not: nobody is to be
recognised by the difference between two looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.models import Enterprise, MarkBatch, RecordLine, RecordMonth
from complaints.registry import enterprises, mark_codes, mark_scans, pledge_terms, pledges
from complaints.registry.mark_codes import Code
from complaints.registry.mark_scans import Seen

log = logs.get(__name__)
IN_FORCE, SUSPENDED, NONE = "in_force", "suspended", "none"


@dataclass(frozen=True, slots=True)
class Record:
    """The latest published figures about an enterprise, and of which month they are."""

    month: str
    figures: Mapping[str, Any]
    rank: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an enterprise's pledge stands: `state` is IN_FORCE, SUSPENDED or NONE."""

    state: str
    number: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is known of a code that was issued."""

    written: str
    code: Code
    batch: MarkBatch
    firm: Enterprise
    pledge: Standing
    record: Record | None
    seen: Seen | None  # before this look

    @property
    def voided(self) -> bool:
        """Whether its labels were lost."""
        return self.batch.voided_at is not None


def check(session: Session, typed: str, at: datetime) -> Checked | None:
    """What a code says; None where it is none that was issued here. Nothing is counted."""
    secret = mark_codes.key(session)
    code = mark_codes.read(secret, typed) if secret is not None else None
    batch = session.get(MarkBatch, code.batch_id) if code is not None else None
    if code is None or batch is None or not 0 < code.serial <= batch.size:
        return None
    firm = session.get_one(Enterprise, batch.enterprise_id)
    return Checked(
        written=mark_codes.tidy(typed) or "", code=code, batch=batch, firm=firm, pledge=standing(session, firm, at),
        record=latest_record(session, firm.id), seen=mark_scans.seen(session, code),
    )  # fmt: skip


def standing(session: Session, firm: Enterprise, at: datetime) -> Standing:
    """Where the pledge of an enterprise stands at an instant."""
    pledge = pledge_terms.current(session, firm.id, at)
    if pledge is not None:
        return Standing(pledges.standing_word(pledge, at), pledge.number, pledge.valid_until)
    if firm.participant and enterprises.pledge_in_force(firm, at):  # entered without a campaign
        return Standing(IN_FORCE, None, firm.pledge_until)
    return Standing(NONE)


def counted(found: Checked, network: str | None) -> Seen | None:
    """What is counted of a code, this look included; one from nowhere (None) is not counted. Never fails for it."""
    if network is None or found.voided:
        return found.seen
    try:
        with db.in_a_hurry() as session:
            return mark_scans.count(session, found.code, network, clock.now())
    except SQLAlchemyError as error:
        log.warning("mark-not-counted", error=logs.brief(error))
        return found.seen


def latest_record(session: Session, enterprise_id: int) -> Record | None:
    """The newest published figures about an enterprise, as corrected; None where there are none yet."""
    mine = select(RecordLine).join(RecordMonth, RecordMonth.month == RecordLine.month)
    published = mine.where(RecordLine.enterprise_id == enterprise_id, RecordMonth.published_at.is_not(None))
    line = session.scalars(published.order_by(RecordLine.month.desc(), RecordLine.edition.desc()).limit(1)).first()
    return Record(line.month, line.figures, line.rank, line.why) if line is not None else None
