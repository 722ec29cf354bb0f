"""A line of the record with regard to what was shown of the same enterprise before: which lines those are."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.insight import record
from complaints.insight import record_counting as counting
from complaints.insight import record_figures as pure
from complaints.insight.record_figures import DETAILS, SHARES, Figures, Since
from complaints.models import RecordLine

NEWEST_FIRST = (RecordLine.month.desc(), RecordLine.edition.desc())


def earlier(session: Session, month: str, firm: int | None = None) -> dict[int, list[Figures]]:
    """What each enterprise's lines of the year before said, or those of one, the newest first.

    Of each line what is public, and what may yet be: the figures counted last, of a draft or behind held back ones.
    """
    mine = [RecordLine.month < month, RecordLine.month >= counting.moved(month, -counting.MONTHS)]
    if firm is not None:
        mine.append(RecordLine.enterprise_id == firm)
    columns = (RecordLine.enterprise_id, RecordLine.month, RecordLine.figures, record.shown().label("public"))
    found: dict[int, list[Figures]] = defaultdict(list)
    whole: dict[int, str] = {}
    for row in session.execute(select(*columns).where(*mine).order_by(*NEWEST_FIRST)):
        last = not row.figures.get("held") and whole.get(row.enterprise_id) != row.month
        if last:
            whole[row.enterprise_id] = row.month
        if row.public or last:
            found[row.enterprise_id].append(row.figures)
    return found


def line(
    session: Session, firm: int, month: str, least: int, earlier: Sequence[Figures], before: Figures | None = None
) -> Figures:
    """One enterprise's figures, with regard to what was shown of it before; in a correction, also by the line itself.

    `earlier` are those of other months, the newest first; `before` are the same month's.
    """
    basis = _last(earlier, "ended")
    compared = {"ended": [basis]} | {
        name: [_last(earlier, name), before if before and before[name] is not None else None]
        for name in (*DETAILS, *SHARES)
    }
    shown = {name: [each for each in some if each is not None] for name, some in compared.items()}
    oldest = min([month, *(each["as_of"] for some in shown.values() for each in some)])
    cases = counting.ended(session, firm, counting.since(oldest), counting.until(month), excluded=True)
    since: dict[str, Sequence[Since]] = {
        name: [counting.change(cases, each, month) for each in some] for name, some in shown.items()
    }
    repeated = {name: value for name, value in basis.items() if name != "held"} if basis else None
    return pure.shown(counting.of_month(cases, month), month, least, repeated, since)


def _last(earlier: Sequence[Figures], name: str) -> Figures | None:
    return next((each for each in earlier if each[name] is not None), None)
