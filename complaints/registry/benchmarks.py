"""Benchmark enterprises: designated for a year, up to so many (policy, `benchmark.most`), only with a pledge in force.

A designation gives the shorter clock to what is filed from then on (`Enterprise.benchmark`); it ends with its year, or
by a measure. Years are those of Shanghai. Figures of their months: `insight/tracking.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints.clock import at_local, local_date
from complaints.errors import BadInput, NotFound, NotNow
from complaints.models import Designation, Enterprise, Pledge
from complaints.registry import course_policy, pledges, trail

FIRST_YEAR, LAST_YEAR = 2000, 2999  # of which one can ask


@dataclass(frozen=True, slots=True)
class Listed:
    """One benchmark enterprise of a year."""

    id: int
    enterprise_id: int
    name: str
    designated_at: datetime
    ended_at: datetime | None
    standing: str | None  # of its newest pledge now, a word of `pledges.standing_word`; a designation outlives it


def most(at: datetime) -> int:
    """How many may be designated a year."""
    return course_policy.in_force(local_date(at)).numbers["benchmark"]["most"]


def designate(session: Session, enterprise_id: int, year: int, by: int | None, at: datetime) -> Designation:
    """Designate an enterprise for this year or the next; done twice, it is done once.

    Raises NotFound, and BadInput naming `year` or `enterprise`: another year, no pledge in force, removed this year
    already, or as many as there may be.
    """
    this = local_date(at).year
    if year not in (this, this + 1):
        raise BadInput("only this year and the next", {"year": [f"out_of_range:{this}-{this + 1}"]})
    firm = session.get(Enterprise, enterprise_id, with_for_update={"key_share": True}, populate_existing=True)
    if firm is None:
        raise NotFound(f"there is no enterprise {enterprise_id}")
    _one_at_a_time(session)
    found = session.scalars(
        select(Designation).where(Designation.year == year, Designation.enterprise_id == firm.id)
    ).one_or_none()
    if found is not None and found.ended_at is None:
        return found
    _refuse(session, firm, year, found, at)
    made = Designation(year=year, enterprise_id=firm.id, designated_at=at, designated_by=by)
    session.add(made)
    if year == this:
        firm.benchmark = True
    trail.record(session, by, "enterprise.designated", trail.ENTERPRISE, firm.id, at, {}, {"year": year})
    session.flush()
    return made


def _refuse(session: Session, firm: Enterprise, year: int, found: Designation | None, at: datetime) -> None:
    if found is not None:
        raise BadInput("removed in this year", {"enterprise": ["removed_this_year"]})
    pledge = pledges.current(session, firm.id, at)
    if pledge is None or pledge.state != "published":
        raise BadInput("no pledge in force", {"enterprise": ["no_pledge"]})
    if count(session, year) >= most(at):
        raise BadInput("as many as there may be", {"year": [f"more_than:{most(at)}"]})


def _one_at_a_time(session: Session) -> None:
    """Two people at once cannot both take the last place."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite a writing transaction stands alone already
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("designation"))))


def count(session: Session, year: int) -> int:
    """How many are designated for a year and not removed."""
    mine = (Designation.year == year, Designation.ended_at.is_(None))
    return session.scalar(select(func.count()).select_from(Designation).where(*mine)) or 0


def of(session: Session, enterprise_id: int, year: int) -> Designation | None:
    """An enterprise's designation of a year, where it has not ended."""
    mine = (Designation.enterprise_id == enterprise_id, Designation.year == year, Designation.ended_at.is_(None))
    return session.scalars(select(Designation).where(*mine)).one_or_none()


def end(session: Session, enterprise_id: int, at: datetime) -> Designation:
    """A measure ends this year's designation. Raises NotNow where there is none."""
    found = of(session, enterprise_id, local_date(at).year)
    if found is None:
        raise NotNow("it is no benchmark enterprise")
    found.ended_at = at
    _settle(session, enterprise_id, local_date(at).year)
    return found


def take_back(session: Session, designation_id: int, at: datetime) -> None:
    """What ended a designation was lifted: it goes on, were there more than there may be, and ends with its year."""
    found, this = session.get(Designation, designation_id), local_date(at).year
    if found is None:  # a merge has left one of two
        return
    found.ended_at = None if found.year >= this else _over(found.year)
    _settle(session, found.enterprise_id, this)


def _over(year: int) -> datetime:
    """When a designation ends with its year."""
    return at_local(date(year + 1, 1, 1), 0)


def turn(session: Session, at: datetime) -> int:
    """The year has turned: what was designated for older years ends with them, what was for this one begins."""
    year = local_date(at).year
    old = session.scalars(select(Designation).where(Designation.year < year, Designation.ended_at.is_(None))).all()
    for each in old:
        each.ended_at = _over(each.year)
        _settle(session, each.enterprise_id, year)
    begun = (Designation.year == year, Designation.ended_at.is_(None), Enterprise.benchmark.is_(False))
    new = session.scalars(
        select(Enterprise).join(Designation, Designation.enterprise_id == Enterprise.id).where(*begun)
    )
    begins = new.all()
    for firm in begins:
        firm.benchmark = True
    session.flush()
    return len(old) + len(begins)


def _settle(session: Session, enterprise_id: int, year: int) -> None:
    """The enterprise's own mark says what its designations say."""
    session.flush()
    firm = session.get(Enterprise, enterprise_id, with_for_update={"key_share": True}, populate_existing=True)
    if firm is not None:
        firm.benchmark = of(session, enterprise_id, year) is not None


def listed(session: Session, year: int, at: datetime, *, ended: bool = False) -> Sequence[Listed]:
    """The benchmark enterprises of a year by name, of one that is over too; with `ended` also who was removed."""
    query = (
        select(Designation.id, Designation.enterprise_id, Enterprise.name, Designation.designated_at,
               Designation.ended_at)
        .join(Enterprise, Enterprise.id == Designation.enterprise_id)
        .where(Designation.year == year)
        .order_by(Enterprise.name)
    )  # fmt: skip
    if not ended:
        query = query.where(or_(Designation.ended_at.is_(None), Designation.ended_at >= _over(year)))
    rows = session.execute(query).all()
    standings = _standings(session, [row.enterprise_id for row in rows], at)
    return [Listed(*row, standings.get(row.enterprise_id)) for row in rows]


def _standings(session: Session, enterprise_ids: Sequence[int], at: datetime) -> dict[int, str]:
    """Where the newest announced pledge of each stands; one that runs goes before one that has ended."""
    theirs = (Pledge.enterprise_id.in_(enterprise_ids), Pledge.number.is_not(None))
    found = session.scalars(select(Pledge).where(*theirs).order_by(Pledge.valid_from, Pledge.id)).all()
    words = [(each.enterprise_id, pledges.standing_word(each, at)) for each in found]
    return dict(sorted(words, key=lambda each: each[1] in ("in_force", "suspended")))


def years(session: Session) -> Sequence[int]:
    """Years of which there are designations, the newest first."""
    return session.scalars(select(Designation.year).distinct().order_by(Designation.year.desc())).all()
