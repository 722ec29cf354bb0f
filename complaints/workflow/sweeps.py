"""Everything the clock does by itself. Each sweep asks "due and still open", never for a window of time (law 3).

Cases are locked and handled batch by batch, and batches of other workers are passed over, so that several workers
never do the same case at once. One that fails gets a lease in real time, and holds up no other.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.models import ClockInstance, Complaint, Task
from complaints.workflow import expiry, outages, recompute, rows, tasks, telling
from complaints.workflow.case import Case

LEASE = timedelta(seconds=60)
BATCH = 200
MANY = 10 * BATCH  # more due cases than this call for no more workers
HEARTBEAT_GAP = timedelta(minutes=5)  # shorter silences are not recorded; the policy says which gap counts

log = logging.getLogger(__name__)


def heartbeat(session: Session, at: datetime) -> None:
    """Say that the service lives."""
    outages.heartbeat(session, at, HEARTBEAT_GAP)


def due_count(session: Session, at: datetime) -> int:
    """How many cases, letters to take note of, and tasks wait for a sweep; many cases are not counted to the last."""
    some = select(Complaint.id).where(Complaint.wake_at <= at).limit(MANY).subquery()
    cases = session.execute(select(func.count()).select_from(some)).scalar_one()
    return cases + len(_late_tasks(session, at, 0)) + len(telling.untold(session, 0, BATCH))


def run_due(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Take note of delivered letters, let tasks lapse, and expire clocks, until nothing is due or the time is used.

    Returns how many cases were looked at. Bears any number of copies of itself running at once.
    """
    until = time.monotonic() + budget_seconds
    return _take_note(now, until) + _lapse_tasks(now, until) + _expire(now, until)


def _take_note(now: Callable[[], datetime], until: float) -> int:
    """Letters that have arrived, or never will: their clocks learn of it."""
    done, last = 0, 0
    while time.monotonic() < until:
        with db.transaction() as session:
            ids = telling.untold(session, last, BATCH)
        if not ids:
            break
        done, last = done + sum(_alone(case_id, _settle, now) for case_id in ids), ids[-1]
    return done


def _settle(session: Session, case: Case, at: datetime) -> bool:
    return case.clock_id is not None and telling.settle(session, case, at)


def _lapse_tasks(now: Callable[[], datetime], until: float) -> int:
    done, last = 0, 0
    while time.monotonic() < until:
        with db.transaction() as session:
            late = _late_tasks(session, now(), last)
        if not late:
            break
        done, last = done + sum(_alone(case_id, _lapse(task_id), now) for task_id, case_id in late), late[-1][0]
    return done


def _late_tasks(session: Session, at: datetime, after: int) -> list[tuple[int, int]]:
    query = select(Task.id, Task.complaint_id).where(Task.done_at.is_(None), Task.due_at <= at, Task.id > after)
    return [(row.id, row.complaint_id) for row in session.execute(query.order_by(Task.id).limit(BATCH))]


def _lapse(task_id: int) -> Callable[[Session, Case, datetime], bool]:
    def lapse(session: Session, case: Case, at: datetime) -> bool:
        task = session.get(Task, task_id)
        if task is None or task.done_at is not None:
            return False
        tasks.lapse(session, case, task_id, at)
        return True

    return lapse


def _expire(now: Callable[[], datetime], until: float) -> int:
    """Expire what is due batch by batch, each batch in one transaction."""
    done = 0
    while time.monotonic() < until:
        handled = _expire_batch(now(), until)
        if not handled:
            break
        done += handled
    return done


def _expire_batch(at: datetime, until: float) -> int:
    """Lock due cases that nobody else has, and do what silence leads to in all of them; returns how many there were.

    Where one of them fails, nothing is written; then each is tried alone, so that only the one at fault is left.
    """
    ids: list[int] = []
    try:
        with db.transaction() as session:
            due = rows.lock_due(session, at, clock.wall(), BATCH)
            ids = [row.id for row in due]
            expiry.expire_all(session, [(rows.case_of(row), row.clock_told_at) for row in due], at)
    except Exception as error:
        if not ids:
            raise
        log.warning("a batch of %d failed (%s); each is tried alone", len(ids), logs.brief(error))
        _one_by_one(ids, at, until)
    return len(ids)


def _one_by_one(ids: Sequence[int], at: datetime, until: float) -> None:
    """One that fails, or that there is no time for, keeps its lease, and is tried again when that has run out."""
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids)).values(lease_until=clock.wall() + LEASE))
    for case_id in ids:
        if time.monotonic() < until:
            _alone(case_id, expiry.expire, lambda: at)


@logs.about(case=None)
def _alone(case_id: int, act: Callable[[Session, Case, datetime], bool], now: Callable[[], datetime]) -> int:
    """Lock one case and act on it in a transaction of its own; a failure is logged and holds up no other."""
    try:
        with db.transaction() as session:
            case = rows.load(session, complaint_id=case_id)
            logs.bind(case=case and case.number)
            return int(case is not None and act(session, case, now()))
    except Exception:
        log.exception("case id %s: the sweep failed; it will be tried again", case_id)
        return 0


Moved = tuple[str, datetime, datetime]  # number, old and new instant


def recompute_all(now: Callable[[], datetime] = clock.now) -> list[Moved]:
    """After a calendar was imported: compute every open clock again, each case in a transaction of its own.

    Broken off, it can be run again: a clock that was computed already stays as it is.
    """
    with db.reading() as session:
        ids = running(session)
    moved: list[Moved] = []
    for case_id in ids:
        with db.transaction() as session:
            moved += recompute_deadlines(session, now(), [case_id])
    return moved


def running(session: Session) -> Sequence[int]:
    """The ids of the cases with a running clock."""
    open_clocks = select(ClockInstance.complaint_id).where(ClockInstance.ended_at.is_(None))
    return session.scalars(open_clocks.order_by(ClockInstance.complaint_id)).all()


def recompute_deadlines(session: Session, at: datetime, case_ids: Iterable[int] | None = None) -> list[Moved]:
    """Compute the clocks of these cases (all that run) again; returns those that changed."""
    moved: list[Moved] = []
    for case_id in running(session) if case_ids is None else case_ids:
        case = rows.load(session, complaint_id=case_id)
        if case is None or case.due_at is None or case.due_at <= at:
            continue
        old = case.due_at
        if recompute.move(session, case, at, "calendar"):
            moved.append((case.number, old, case.due_at))
    return moved
