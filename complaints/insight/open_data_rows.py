"""The rows of open data are written down: all of a month in the transaction that publishes it, one enterprise's anew
in the transaction that corrects its figures. Nothing else changes them, and nothing else is read (`open_data`).

So that nobody is recognised, what is shown of a row of enterprise, category, product, fault and month of filing is
shown, all together, by at least `least` rows of the month that ended alike; a row that shares too little tells only
how it ended and was answered (`open_data_shares`). How long an answer took is told in steps only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from complaints.insight import narratives, open_data_shares
from complaints.insight import record_counting as counting
from complaints.insight.open_data_shares import UNNAMED, Key, Shared, Told
from complaints.insight.record_counting import Ended
from complaints.insight.record_figures import COUNTED
from complaints.models import Complaint, Enterprise, OpenDataEdition, OpenDataRow, RecordExclusion, RecordMonth
from complaints.workflow.case import State

STEPS = (2, 5, 10)  # working days to answer
OLDEST = 24  # months; what was filed earlier is told without its month
PIECE = 500
ALIKE = (OpenDataRow.outcome, OpenDataRow.category, OpenDataRow.product, OpenDataRow.fault)
Conditions = Sequence[ColumnElement[bool]]


def write(session: Session, row: RecordMonth, least: int, at: datetime) -> None:
    """All rows of a month, which is open from now on. The caller holds the month's row."""
    _write(session, row.month, _mine(row.month), least, Counter())
    row.opened_at = at


def rewrite(session: Session, row: RecordMonth, enterprise_id: int, reason: str, least: int, at: datetime) -> None:
    """One enterprise's rows of an open month, from its cases as they are now; with an edition that says why.

    What rows of others show together with rows that are gone is left out there where too few are left. A month that is
    not open yet is written with everything when it is. The caller holds the month's row.
    """
    if row.opened_at is None:
        return
    mine = (OpenDataRow.month == row.month, OpenDataRow.enterprise_id == enterprise_id)
    touched = session.execute(select(*ALIKE).where(*mine, _unnamed()).distinct()).all()
    session.execute(delete(OpenDataRow).where(*mine).execution_options(synchronize_session=False))
    others = select(OpenDataRow.complaint_id).where(OpenDataRow.month == row.month)  # before a merge, say
    theirs = (*_mine(row.month), Complaint.enterprise_id == enterprise_id, Complaint.id.not_in(others))
    _write(session, row.month, theirs, least, _shown(session, row.month))
    for alike in touched:
        _hide_few(session, row.month, alike, least)
    last = select(func.max(OpenDataEdition.edition)).where(OpenDataEdition.month == row.month)
    edition = (session.scalar(last) or 1) + 1
    session.add(
        OpenDataEdition(month=row.month, edition=edition, enterprise_id=enterprise_id, reason=reason, made_at=at)
    )
    session.flush()


def of_case(session: Session, complaint_id: int) -> Sequence[tuple[str, int]]:
    """The months in which a case has a row, and the enterprise whose row it is."""
    mine = OpenDataRow.complaint_id == complaint_id
    query = select(OpenDataRow.month, OpenDataRow.enterprise_id).where(mine).order_by(OpenDataRow.month)
    return [(month, firm) for month, firm in session.execute(query)]


def _mine(month: str) -> tuple[ColumnElement[bool], ...]:
    """The cases that ended in a month and have a row."""
    return (
        Complaint.enterprise_told.expression, Complaint.state == State.CLOSED.value, Complaint.outcome.in_(COUNTED),
        Complaint.enterprise_id.is_not(None), Complaint.closed_at > counting.until(counting.moved(month, -1)),
        Complaint.closed_at <= counting.until(month),
        Complaint.id.not_in(select(RecordExclusion.complaint_id)),
    )  # fmt: skip


def _write(session: Session, month: str, mine: Conditions, least: int, beside: Counter[Key]) -> None:
    shares = _shares(session, month, mine, least, beside)
    rows = insert(cast(Table, OpenDataRow.__table__))
    for found in list(_ids(session, mine)):
        session.execute(rows, _rows(session, month, found, shares))


def _ids(session: Session, mine: Conditions) -> Iterator[Sequence[int]]:
    """The cases, some hundred at a time."""
    ids = session.scalars(select(Complaint.id).where(*mine).order_by(Complaint.id)).all()
    return (ids[first : first + PIECE] for first in range(0, len(ids), PIECE))


def _filed(month: str) -> ColumnElement[str]:
    """The month of filing, as the database tells it; of cases that took long, none."""
    months = [counting.moved(month, -back) for back in range(OLDEST, -1, -1)]
    before = (Complaint.filed_at < counting.until(counting.moved(month, -OLDEST - 1)), "")
    return case(before, *((Complaint.filed_at < counting.until(each), each) for each in months), else_="")


def _told(month: str) -> tuple[ColumnElement[Any], ...]:
    """The columns of `Told`."""
    names = (Complaint.outcome, Complaint.enterprise_id, Complaint.category, Complaint.product, Complaint.fault)
    return (*(each.expression for each in names), _filed(month).label("month_filed"))


def _shares(session: Session, month: str, mine: Conditions, least: int, beside: Counter[Key]) -> Shared:
    alike = select(*_told(month)).where(*mine).subquery()
    query = select(*alike.c, func.count()).group_by(*alike.c).order_by(alike.c.enterprise_id)
    groups = session.execute(query.execution_options(yield_per=5000))
    return open_data_shares.shared(((Told(*told), count) for *told, count in groups), least, beside)


def _rows(session: Session, month: str, ids: Sequence[int], shares: Shared) -> list[dict[str, Any]]:
    """The rows of some cases."""
    query = select(Complaint.id, *_told(month)).where(Complaint.id.in_(ids))
    cases = {one: Told(*told) for one, *told in session.execute(query)}
    shown = {one: open_data_shares.shown(told, shares) for one, told in cases.items()}
    firms = {each.enterprise for each in shown.values()} - {None}
    named = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(firms)))
    names: dict[int | None, str] = {each.id: each.name for each in named}
    answered = counting.of_cases(session, ids)
    return [
        {
            "month": month, "id": narratives.public_id(one), "complaint_id": one,
            "enterprise_id": cases[one].enterprise, "enterprise": names.get(told.enterprise, ""),
            "month_filed": told.month_filed, "product": told.product, "category": told.category, "fault": told.fault,
            "outcome": told.outcome, **_answer(answered[one]),
        }
        for one, told in shown.items()
    ]  # fmt: skip


def _answer(one: Ended) -> dict[str, Any]:
    due = one.in_time + one.unanswered
    return {
        "in_time": one.unanswered == 0 if due else None,
        "answer_days": _step(one.days[0]) if one.days else "",
        "mediated": one.mediated,
    }


def _step(days: int) -> str:
    low = 0
    for high in STEPS:
        if days <= high:
            return f"{low}-{high}"
        low = high + 1
    return "more"


def _unnamed() -> ColumnElement[bool]:
    """Rows that show something without the enterprise."""
    return (OpenDataRow.enterprise == "") & (OpenDataRow.category != "")


def _shown(session: Session, month: str) -> Counter[Key]:
    """What rows of a month show without an enterprise, by each step at which they could."""
    query = select(*ALIKE, func.count()).where(OpenDataRow.month == month, _unnamed()).group_by(*ALIKE)
    found: Counter[Key] = Counter()
    for outcome, category, product, fault, many in session.execute(query):
        told = Told(outcome, None, category, product, fault, "")
        found.update({key: many for key in open_data_shares.keys(told) if key[1] == told})
    return found


def _hide_few(session: Session, month: str, alike: Iterable[str], least: int) -> None:
    """Rows without a name that show something together, where they are too few now."""
    same = [column == value for column, value in zip(ALIKE, alike, strict=True)]
    these = (OpenDataRow.month == month, _unnamed(), *same)
    if (session.scalar(select(func.count()).select_from(OpenDataRow).where(*these)) or 0) < least:
        hidden = update(OpenDataRow).where(*these).values(dict.fromkeys(UNNAMED[0], ""))
        session.execute(hidden.execution_options(synchronize_session=False))
