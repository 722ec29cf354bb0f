"""Editions of the record's lines: published, corrected, released. What the record is: `record`.

Whoever writes an edition holds the month's row, so that publication, decisions and objections come one after the other.
Figures under objection are held back in an edition of their own; the whole ones stand in the one before it, which is
never public, so that what a correction counted is found again when the objection is decided.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from complaints.insight import open_data_rows, record, record_comparing
from complaints.insight import record_counting as counting
from complaints.insight import record_figures as pure
from complaints.insight.record_figures import Entry, Figures
from complaints.models import Objection, RecordLine, RecordMonth
from complaints.registry.lifecycle import HOLDING


def locked(session: Session, month: str) -> RecordMonth:
    """The month's row, as it is now, for this transaction alone."""
    mine = select(RecordMonth).where(RecordMonth.month == month).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def publish(session: Session, month: str, at: datetime) -> int:
    """Rank and publish a month, with its open data. Figures under objection are held back; what an objection changed is
    an edition."""
    row = locked(session, month)
    if row.published_at is not None:
        return 0
    least, lines = record.numbers(at)["least_ranked"], []
    held = _held(session, month)
    for line in record.newest(session, month):
        figures = held.get(line.enterprise_id)
        lines.append(_another(session, line, pure.hold(line.figures, figures), "", at) if figures else line)
    entries = [_entry(line) for line in lines]
    ranked = pure.ranks(entries, least)
    for line, entry in zip(lines, entries, strict=True):
        line.rank, line.why = ranked.get(line.enterprise_id), pure.why_not_ranked(entry, least)
    row.overall, row.published_at = pure.overall(entries), at
    open_data_rows.write(session, row, record.numbers(at)["least_shown"], at)
    return 1


def _held(session: Session, month: str) -> dict[int, list[str]]:
    held: dict[int, list[str]] = defaultdict(list)
    mine = (Objection.month == month, Objection.state.in_(HOLDING))
    for firm, figure in session.execute(select(Objection.enterprise_id, Objection.figure).where(*mine)):
        held[firm].append(figure)
    return held


def _entry(line: RecordLine) -> Entry:
    return Entry(line.enterprise_id, line.participant, line.figures)


def _another(session: Session, old: RecordLine, figures: Figures, reason: str, at: datetime) -> RecordLine:
    """Another edition of a line, not ranked yet."""
    line = RecordLine(
        month=old.month, enterprise_id=old.enterprise_id, edition=old.edition + 1, figures=figures, rank=None, why="",
        participant=old.participant, reason=reason, made_at=at,
    )  # fmt: skip
    session.add(line)
    session.flush()
    return line


def correct(session: Session, enterprise_id: int, month: str, reason: str, at: datetime) -> RecordLine:
    """Another edition of one line, counted again, because of an objection or an error; the earlier one stays.

    Where it shows something else, the enterprise's rows of open data are written anew. Raises NoResultFound where the
    enterprise has no line in that month.
    """
    row, lines = locked(session, month), _editions(session, enterprise_id, month)
    least = record.numbers(at)["least_shown"]
    earlier = record_comparing.earlier(session, month, enterprise_id).get(enterprise_id, ())
    before = _whole(lines) if row.published_at is not None else None
    figures = record_comparing.line(session, enterprise_id, month, least, earlier, before)
    if figures != _whole(lines):
        open_data_rows.rewrite(session, row, enterprise_id, reason, least, at)
    return _edition(session, row, lines[0], figures, reason, at)


def release(session: Session, enterprise_id: int, month: str, reason: str, at: datetime) -> RecordLine | None:
    """Another edition of a line, in which what is under objection no longer is shown as it was counted last.

    None before publication, which will show it by itself.
    """
    row = locked(session, month)
    if row.published_at is None:
        return None
    lines = _editions(session, enterprise_id, month)
    return _edition(session, row, lines[0], _whole(lines), reason, at)


def months_counting(session: Session, enterprise_id: int, month: str, ended_at: datetime) -> list[str]:
    """A month, and the other taken ones in which the enterprise's line counts what ended at an instant.

    From the month on whose figures the line shows: where it repeats earlier ones, those are wrong too.
    """
    mine = select(RecordLine).where(RecordLine.enterprise_id == enterprise_id, record.last_edition())
    told = {each.month: each.figures["as_of"] for each in session.scalars(mine)}
    counted = {name for name, as_of in told.items()
               if name >= told[month] and counting.since(as_of) < ended_at <= counting.until(as_of)}  # fmt: skip
    return sorted({month} | counted)


def _editions(session: Session, enterprise_id: int, month: str) -> Sequence[RecordLine]:
    """A line's editions, the newest first."""
    found = session.scalars(record.lines_of(enterprise_id).where(RecordLine.month == month)).all()
    if not found:
        raise NoResultFound(f"enterprise {enterprise_id} has no line in {month}")
    return found


def _whole(lines: Sequence[RecordLine]) -> Figures:
    """The figures as they were counted last, with nothing held back."""
    return next(each.figures for each in lines if not each.figures.get("held"))


def _edition(
    session: Session, row: RecordMonth, old: RecordLine, figures: Figures, reason: str, at: datetime
) -> RecordLine:
    """Before publication a draft; afterwards public at once, with its place among the others, whose ranks stay."""
    line = _another(session, old, figures, reason, at)
    if row.published_at is None:
        return line
    held = _held(session, row.month).get(line.enterprise_id)
    if held:
        line = _another(session, line, pure.hold(figures, held), reason, at)
    entries, least = [_entry(each) for each in record.newest(session, row.month)], record.numbers(at)["least_ranked"]
    line.rank = pure.ranks(entries, least).get(line.enterprise_id)
    line.why = pure.why_not_ranked(_entry(line), least)
    row.overall = pure.overall(entries)
    return line
