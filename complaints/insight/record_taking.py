"""Months of the record: taken, published, corrected. What the record is: `record`.

One worker counts a month (a lease on its row), in a look that stops nobody, and writes it down in one transaction.
Instants are case time, leases real time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.clock import local_date
from complaints.insight import record, record_letters
from complaints.insight import record_counting as counting
from complaints.insight import record_figures as pure
from complaints.insight.record_figures import DETAILS, SHARES, Entry, Figures, Since
from complaints.models import Complaint, Enterprise, Objection, RecordLine, RecordMonth
from complaints.registry import course_policy
from complaints.workflow.case import State
from complaints.workflow.deadlines import Basis, Deadline, compute

LEASE = timedelta(minutes=30)
AT_ONCE = 500
HOLDING = ("raised", "held_back")  # objections that keep their figure from being shown


# -- when ----------------------------------------------------------------------------------------------------------


def due(session: Session, at: datetime) -> bool:
    """Whether a month is to be taken or published, and nobody is at it."""
    return _to_publish(session, at) is not None or _to_take(session, at) is not None


def _to_publish(session: Session, at: datetime) -> str | None:
    waiting = (RecordMonth.object_until <= at, RecordMonth.published_at.is_(None), RecordMonth.taken_at.is_not(None))
    return session.scalar(select(RecordMonth.month).where(*waiting).order_by(RecordMonth.month).limit(1))


def _to_take(session: Session, at: datetime) -> str | None:
    """The oldest month that is over and not taken; the first ever is the last one that is over."""
    over = _over(session, at)
    if over is None:
        return None
    last = session.scalar(select(func.max(RecordMonth.month)).where(RecordMonth.taken_at.is_not(None)))
    month = min(counting.moved(last, 1), over) if last is not None else over
    if last is not None and last >= over:
        return None
    held = (RecordMonth.month == month, RecordMonth.lease_until > clock.wall())
    if session.scalar(select(RecordMonth.month).where(*held)):
        return None
    return month if _anything(session, month) else None


def _over(session: Session, at: datetime) -> str | None:
    """The last month after whose end a working day has begun."""
    today = local_date(at)
    month = counting.moved(counting.month_of(today), -1)
    first = calendars.current(session).next_working_day(counting.last_day(month))
    return month if first <= today else counting.moved(month, -1)


def _anything(session: Session, month: str) -> bool:
    within = (Complaint.closed_at > counting.since(month), Complaint.closed_at <= counting.until(month))
    mine = (Complaint.state == State.CLOSED.value, Complaint.enterprise_told)
    return session.scalar(select(Complaint.id).where(*mine, *within).limit(1)) is not None


# -- taking --------------------------------------------------------------------------------------------------------


def work(now: Callable[[], datetime] = clock.now) -> int:
    """Take what is to be taken and publish what is to be published; returns how many months changed."""
    return _take_one(now) + _publish_one(now)


def _take_one(now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        at = now()
        month = _to_take(session, at)
        if month is None or not _claim(session, month):
            return 0
    return take(month, at)


def _claim(session: Session, month: str) -> bool:
    """Whether the month is ours to count: one worker wins, by its lease."""
    wall = clock.wall()
    free = or_(RecordMonth.lease_until.is_(None), RecordMonth.lease_until <= wall)
    mine = update(RecordMonth).where(RecordMonth.month == month, RecordMonth.taken_at.is_(None), free)
    taken = mine.values(lease_until=wall + LEASE).returning(RecordMonth.month)
    if session.scalar(taken.execution_options(synchronize_session=False)):
        return True
    first = insert(RecordMonth).values(month=month, lease_until=wall + LEASE, explanation={}, overall={})
    try:
        with session.begin_nested():
            session.execute(first)
    except IntegrityError:
        return False
    return True


def take(month: str, at: datetime) -> int:
    """Count a claimed month in a look that stops nobody, and write it down in one transaction."""
    with db.reading() as session:
        rows = list(_drafts(session, month, at))
        deadline = _object_until(session, at)
    with db.transaction() as session:
        mine = update(RecordMonth).where(RecordMonth.month == month, RecordMonth.taken_at.is_(None))
        values = {"taken_at": at, "lease_until": None, "object_until": deadline.due_at}
        done = mine.values(**values, explanation=deadline.explanation).returning(RecordMonth.month)
        if session.scalar(done.execution_options(synchronize_session=False)) is None:
            return 0  # somebody else was quicker
        for first in range(0, len(rows), AT_ONCE):
            session.execute(insert(RecordLine), rows[first : first + AT_ONCE])
        record_letters.plant(session, month, rows, deadline.day.isoformat(), at)
    return 1


def _object_until(session: Session, at: datetime) -> Deadline:
    policy, today = course_policy.in_force(local_date(at)), local_date(at)
    basis = Basis(
        rule="working_days", article="charter", start=today, n=policy.numbers["record"]["object_working_days"]
    )
    return compute(basis, calendars.current(session), today)


def _drafts(session: Session, month: str, at: datetime) -> Iterator[dict[str, Any]]:
    """A line for every participant, and for everybody else with whom something ended."""
    least, earlier = record.numbers(at)["least_shown"], _earlier(session, month)
    participants = set(session.scalars(select(Enterprise.id).where(Enterprise.participant)))
    for firm in sorted(participants | _with_cases(session, month)):
        figures = _line(session, firm, month, least, earlier.get(firm, ()))
        yield {
            "month": month, "enterprise_id": firm, "edition": 1, "figures": figures, "rank": None, "why": "",
            "participant": firm in participants, "reason": "", "made_at": at,
        }  # fmt: skip


def _with_cases(session: Session, month: str) -> set[int]:
    within = (Complaint.closed_at > counting.since(month), Complaint.closed_at <= counting.until(month))
    mine = (Complaint.state == State.CLOSED.value, Complaint.enterprise_told, Complaint.enterprise_id.is_not(None))
    return {firm for firm in session.scalars(select(Complaint.enterprise_id).where(*mine, *within).distinct()) if firm}


def _earlier(session: Session, month: str) -> dict[int, list[Figures]]:
    """What each enterprise's lines of the year before said, the newest first; drafts too, for they may yet be shown."""
    year = (RecordLine.month < month, RecordLine.month >= counting.moved(month, -counting.MONTHS))
    order = (RecordLine.month.desc(), RecordLine.edition.desc())
    found: dict[int, list[Figures]] = defaultdict(list)
    for firm, figures in session.execute(
        select(RecordLine.enterprise_id, RecordLine.figures).where(*year).order_by(*order)
    ):
        found[firm].append(figures)
    return found


def _line(session: Session, firm: int, month: str, least: int, earlier: Sequence[Figures]) -> Figures:
    """One enterprise's figures, with regard to what was shown of it before."""
    basis = next((each for each in earlier if each["ended"] is not None), None)
    compared = {"ended": basis} | {
        name: next((each for each in earlier if each[name] is not None), None) for name in (*DETAILS, *SHARES)
    }
    oldest = min([month, *(each["as_of"] for each in compared.values() if each)])
    cases = counting.ended(session, firm, counting.since(oldest), counting.until(month))
    since: dict[str, Since] = {
        name: counting.change(cases, each["as_of"], month) for name, each in compared.items() if each
    }
    tally = counting.tally(counting.within(cases, counting.since(month), counting.until(month)))
    repeated = {name: value for name, value in basis.items() if name != "held"} if basis else None
    return pure.shown(tally, month, least, repeated, since)


# -- publishing ----------------------------------------------------------------------------------------------------


def _publish_one(now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        at = now()
        month = _to_publish(session, at)
        return publish(session, month, at) if month is not None else 0


def publish(session: Session, month: str, at: datetime) -> int:
    """Rank and publish a month. Figures under objection are held back; what an objection changed is an edition."""
    row = session.scalars(
        select(RecordMonth)
        .where(RecordMonth.month == month)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
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

    Raises NoResultFound where the enterprise has no line in that month.
    """
    old, least = _newest_of(session, enterprise_id, month), record.numbers(at)["least_shown"]
    figures = _line(session, enterprise_id, month, least, _earlier(session, month).get(enterprise_id, ()))
    return _edition(session, old, figures, reason, at)


def release(session: Session, enterprise_id: int, month: str, reason: str, at: datetime) -> RecordLine:
    """Another edition of a published line, in which what is under objection no longer is shown as it was taken."""
    lines = session.scalars(record.lines_of(enterprise_id).where(RecordLine.month == month)).all()
    whole = next(each for each in lines if not each.figures.get("held"))
    return _edition(session, lines[0], whole.figures, reason, at)


def _newest_of(session: Session, enterprise_id: int, month: str) -> RecordLine:
    return session.scalars(record.lines_of(enterprise_id).where(RecordLine.month == month).limit(1)).one()


def _edition(session: Session, old: RecordLine, figures: Figures, reason: str, at: datetime) -> RecordLine:
    """Before publication a draft; afterwards public at once, with its place among the others, whose ranks stay."""
    row = session.get_one(RecordMonth, old.month)
    if row.published_at is None:
        return _another(session, old, figures, reason, at)
    held = _held(session, old.month).get(old.enterprise_id, ())
    line = _another(session, old, pure.hold(figures, held), reason, at)
    entries, least = [_entry(each) for each in record.newest(session, old.month)], record.numbers(at)["least_ranked"]
    line.rank = pure.ranks(entries, least).get(line.enterprise_id)
    line.why = pure.why_not_ranked(_entry(line), least)
    row.overall = pure.overall(entries)
    return line
