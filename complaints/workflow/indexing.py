"""Keeping the index of words up with the cases, beside everything else and never in the way of it.

The database itself notes a case as due with each entry of its log and with each erased text (`search_due`, migration
0007). A case is read, then written in a short transaction of its own batch: only if the newest note that was read is
still there, so that of two workers the one who read later has the last word.
"""

import logging
import time
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

from complaints import db, logs
from complaints.models import Complaint, Enterprise, SearchDue, SearchText
from complaints.workflow import bigrams, rows, search, sight
from complaints.workflow.case import Actor, Case, Role

BATCH = 100
MANY = 10 * BATCH  # more than this call for no more workers
TEXT = cast(Table, SearchText.__table__)
PROGRAM_LIMIT = "54"  # PostgreSQL's class of errors about what is too long
OFFICER = Actor(Role.SUPERVISOR)  # the centre has one sight

log = logging.getLogger(__name__)


def due_count(session: Session) -> int:
    """How many notes wait; many are not counted to the last."""
    some = select(SearchDue.id).limit(MANY).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def run_due(budget_seconds: float = 5.0) -> int:
    """Index what is due, until nothing is or the time is used; returns how many cases were indexed.

    Bears any number of copies of itself running at once.
    """
    until, done = time.monotonic() + budget_seconds, 0
    while time.monotonic() < until:
        handled = _batch()
        if not handled:
            break
        done += handled
    return done


def rebuild(session: Session) -> int:
    """Have every case indexed anew by the workers; returns how many there are."""
    session.execute(insert(SearchDue).from_select(["complaint_id"], select(Complaint.id).order_by(Complaint.id)))
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_fts (search_fts) VALUES ('rebuild')"))
    return session.scalar(select(func.count()).select_from(Complaint)) or 0


def words_of(session: Session, case: Case) -> list[str]:
    """The words of a case, each after who may find by it."""
    found = [*_scoped(session, case, OFFICER, search.DESK)]
    if case.enterprise_told and case.enterprise_id is not None:
        agent = Actor(Role.ENTERPRISE, enterprise_id=case.enterprise_id)
        found += _scoped(session, case, agent, f"e{case.enterprise_id}")
    return found


def _scoped(session: Session, case: Case, actor: Actor, scope: str) -> list[str]:
    row = session.get_one(Complaint, case.id)
    firm = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    plain = [case.number, row.product, row.category, row.fault, row.batch, firm.name if firm else row.enterprise_given]
    texts = [*plain, *sight.findable(session, case, actor)]
    return [f"{scope}{search.BETWEEN}{word}" for word in bigrams.words(texts)]


def _batch() -> int:
    """Read some of what is due, then write it; returns how many notes were settled."""
    with db.reading() as session:
        some = select(SearchDue.id, SearchDue.complaint_id).order_by(SearchDue.id).limit(BATCH)
        due = session.execute(some).all()
        notes, newest = [row.id for row in due], {row.complaint_id: row.id for row in due}
        held = _together(session, list(newest))
        words = {each: found for each in newest if (found := _words(session, each)) is not None}
        del held
    if notes:
        _keep(notes, newest, words)
    return len(notes)


def _together(session: Session, ids: Sequence[int]) -> list[object]:
    """Cases and enterprises of a batch, asked for at once; while they are held, the session finds them by itself."""
    cases = session.scalars(select(Complaint).where(Complaint.id.in_(ids))).all()
    theirs = {each.enterprise_id for each in cases if each.enterprise_id}
    return [*cases, *session.scalars(select(Enterprise).where(Enterprise.id.in_(theirs)))]


def _keep(notes: Sequence[int], newest: dict[int, int], words: dict[int, list[str]]) -> None:
    """Write a batch; where the database refuses one of its cases, the others are written one by one."""
    try:
        with db.transaction() as session:
            _write(session, notes, newest, words)
    except (StatementError, ValueError) as error:
        if not _refused(error):
            raise
        cases = {note: each for each, note in newest.items()}
        for note in notes:
            _keep_one(note, cases.get(note), words)


def _keep_one(note: int, complaint_id: int | None, words: dict[int, list[str]]) -> None:
    """Write one case. One that the database refuses is found by what it was before; its note holds up no other."""
    mine = {each: words[each] for each in (complaint_id,) if each is not None and each in words}
    try:
        with db.transaction() as session:
            _write(session, [note], dict.fromkeys(mine, note), mine)
    except (StatementError, ValueError) as error:
        if not _refused(error):
            raise
        log.warning("a case cannot be indexed id=%s error=%s", complaint_id, logs.brief(error))
        with db.transaction() as session:
            _write(session, [note], {}, {})


def _refused(error: Exception) -> bool:
    """Whether it was the words (too long, of no encoding); else the database is away or busy, and the notes stay."""
    limit = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "").startswith(PROGRAM_LIMIT)
    return limit or not isinstance(error, OperationalError)


def _words(session: Session, complaint_id: int) -> list[str] | None:
    """The words of a case; none of one that cannot be read, which holds up no other."""
    try:
        case = rows.load(session, complaint_id=complaint_id, lock=False)
        return words_of(session, case) if case is not None else None
    except (ValueError, LookupError, TypeError) as error:
        log.warning("a case cannot be indexed id=%d error=%s", complaint_id, logs.brief(error))
        return None


def _write(session: Session, notes: Sequence[int], newest: dict[int, int], words: dict[int, list[str]]) -> None:
    mine = select(SearchDue.id).where(SearchDue.id.in_(notes)).order_by(SearchDue.id).with_for_update()
    held = set(session.scalars(mine))
    session.execute(delete(SearchDue).where(SearchDue.id.in_(held)))
    values = [{"complaint_id": each, "words": words[each]} for each in sorted(words) if newest[each] in held]
    if values:
        kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        fresh = kind.insert(TEXT)
        anew = fresh.on_conflict_do_update(index_elements=["complaint_id"], set_={"words": fresh.excluded.words})
        session.execute(anew, values)
