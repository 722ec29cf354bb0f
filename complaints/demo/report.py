"""What a simulated year came to, counted from the database, and shown as tables."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from complaints import clock
from complaints.models import ClockInstance, Complaint, Event, Notice
from complaints.workflow import chain
from complaints.workflow.case import Outcome, State
from complaints.workflow.lifecycle import STATE_ROW

LONGEST_LIST = 20  # open cases shown one by one


@dataclass(slots=True)
class Deadlines:
    """The clocks of one owner: ended in time, run out, and still running."""

    met: int = 0
    missed: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that is still open, by its place in the file (its number is random)."""

    place: int
    state: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """The figures. Two runs with the same complaints and seed are equal; the time that they took is not compared."""

    seed: int
    days: int
    given: int  # complaints there were to file
    filed: int
    entries: int
    mails: int
    outcomes: Mapping[str, int]
    deadlines: Mapping[str, Deadlines]
    letters: Mapping[str, Mapping[str, int]]  # kind -> status -> how many
    refused: Mapping[str, int]  # what somebody tried and the engine refused, by trigger and reason
    still_open: tuple[OpenCase, ...]
    broken_chains: tuple[int, ...]
    seconds: float = field(compare=False, default=0.0)

    @property
    def closed(self) -> int:
        """How many cases came to an end."""
        return sum(self.outcomes.values())


def collect(session: Session, seed: int, days: int, given: int, refused: Mapping[str, int], seconds: float) -> Report:
    """Count everything in a database that holds this simulation and nothing else."""
    columns = (Complaint.id, Complaint.number, Complaint.state, Complaint.outcome, Complaint.due_at)
    rows = session.execute(select(*columns).order_by(Complaint.id)).all()
    ended = Counter(row.outcome for row in rows if row.state == State.CLOSED)
    mails = select(func.count()).where(Notice.status == "sent", Notice.digest_id.is_(None))
    return Report(
        seed=seed,
        days=days,
        given=given,
        filed=len(rows),
        entries=session.execute(select(func.count()).select_from(Event)).scalar_one(),
        mails=session.execute(mails).scalar_one(),
        outcomes={outcome.value: ended[outcome.value] for outcome in Outcome},
        deadlines=_deadlines(session),
        letters=_letters(session),
        refused=dict(sorted(refused.items())),
        still_open=tuple(
            OpenCase(place, row.state, row.due_at)
            for place, row in enumerate(rows, start=1)
            if row.state != State.CLOSED
        ),
        broken_chains=tuple(
            place for place, row in enumerate(rows, start=1) if not _whole(session, row.id, row.number)
        ),
        seconds=seconds,
    )


def _deadlines(session: Session) -> dict[str, Deadlines]:
    """By owner of the clock. A clock that was moved goes on in its successor, so only the last of a stay counts."""
    found: dict[str, Deadlines] = {
        owner: Deadlines() for owner in dict.fromkeys(row.owner for row in STATE_ROW.values() if row.owner)
    }
    clocks = select(
        ClockInstance.state, ClockInstance.owner, ClockInstance.due_at, ClockInstance.ended_at, ClockInstance.ended_by
    )
    for row in session.execute(clocks):
        entry = found[row.owner]
        if row.ended_at is None:
            entry.running += 1
        elif row.ended_by == STATE_ROW[State(row.state)].on_silence and row.ended_at >= row.due_at:
            entry.missed += 1
        elif not row.ended_by.startswith("moved:"):
            entry.met += 1
    return found


def _letters(session: Session) -> dict[str, dict[str, int]]:
    """How many letters of each kind became what; reminders by their step."""
    step = case((Notice.letter == "reminder", Notice.step), else_="").label("reminder_step")
    columns = (Notice.letter, step, Notice.status, Notice.digest_id.is_not(None).label("inside"))
    found: dict[str, Counter[str]] = {}
    for letter, name, status, inside, count in session.execute(select(*columns, func.count()).group_by(*columns)):
        fate = "in digest" if inside and status == "sent" else status
        found.setdefault(f"{letter} {name}".strip(), Counter())[fate] += count
    return {kind: dict(sorted(found[kind].items())) for kind in sorted(found)}


def _whole(session: Session, case_id: int, number: str) -> bool:
    entries = session.execute(
        select(Event.__table__).where(Event.complaint_id == case_id).order_by(Event.seq)
    ).mappings()
    return chain.first_break(number, [dict(entry) for entry in entries]) is None


def show(console: Console, report: Report) -> None:
    """Print the tables, and last the time it took."""
    for part in (_outcomes(report), _deadline_table(report), _letter_table(report)):
        console.print(part)
    console.print(_verdict(report), soft_wrap=True)
    if report.given > report.filed:
        console.print(f"  {report.given - report.filed} complaints were to be filed on later days")
    for each in report.still_open[:LONGEST_LIST]:
        day = f", due at the end of {_last_day(each.due_at)}" if each.due_at else ""
        console.print(f"  complaint {each.place} is {each.state}{day}")
    for what, times in report.refused.items():
        console.print(f"  refused by the engine: {what}, {times} times")
    console.print(f"{report.filed} complaints in {report.seconds:.1f} s.")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _outcomes(report: Report) -> RenderableType:
    table = _table(f"Outcomes, seed {report.seed}, {report.days} days", "outcome", "cases", "share")
    for name, count in report.outcomes.items():
        table.add_row(name, str(count), f"{count / max(report.filed, 1):.1%}")
    table.add_row("still open", str(len(report.still_open)), f"{len(report.still_open) / max(report.filed, 1):.1%}")
    return table


def _deadline_table(report: Report) -> RenderableType:
    table = _table("Deadlines by owner", "owner", "met", "missed", "running")
    for owner, entry in report.deadlines.items():
        table.add_row(owner.replace("_", " "), str(entry.met), str(entry.missed), str(entry.running))
    return table


def _letter_table(report: Report) -> RenderableType:
    table = _table("Notices by kind", "kind", "sent", "in a digest", "void", "no address", "waiting")
    totals: Counter[str] = Counter()
    for kind, counts in report.letters.items():
        totals.update(counts)
        table.add_row(kind, *_counts(counts))
    table.add_section()
    table.add_row("all", *_counts(totals))
    return table


def _counts(counts: Mapping[str, int]) -> list[str]:
    waiting = counts.get("waiting", 0) + counts.get("bundled", 0)
    return [str(counts.get(name, 0)) for name in ("sent", "in digest", "void", "dead")] + [str(waiting)]


def _verdict(report: Report) -> str:
    whole = f"all {report.filed} chains are whole"
    broken = f"BROKEN CHAINS of complaints {', '.join(map(str, report.broken_chains))}"
    return (
        f"{report.filed} filed, {report.closed} closed, {len(report.still_open)} open; {report.entries} entries in the "
        f"logs, {broken if report.broken_chains else whole}; {report.mails} mails."
    )


def _last_day(due_at: datetime) -> str:
    return clock.local_date(due_at - timedelta(microseconds=1)).isoformat()
