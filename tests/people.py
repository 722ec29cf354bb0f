"""The people whom every test knows. What they do in a case is in `playing.py`.

Wang Mei bought a kettle. Hongyun makes it and has joined the scheme; Baiyu is a benchmark enterprise; Outside Traders
never joined; nobody has a mailbox of Mute Traders. At the centre Li and Zhao take complaints in, Chen and Gao
mediate, Sun supervises. Days are those of Shanghai; nothing here asks what time it is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from complaints import calendars, db
from complaints.clock import at_local
from complaints.models import (
    Account,
    CalendarDay,
    CalendarYear,
    Conflict,
    Enterprise,
    Uptime,
)
from complaints.registry import enterprises
from complaints.workflow.case import Role
from complaints.workflow.filing import Filing
from complaints.workflow.workdays import DayKind, SpecialDay

PUBLISHED, PROVISIONAL = (2025, 2026), (2027, 2028)


def on(text: str) -> date:
    """A day written as YYYY-MM-DD."""
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """An instant written in Shanghai's time, as "2026-07-06 10:00"; without an hour, 10:00."""
    day, _, clock_time = text.partition(" ")
    hour, minute = (int(part) for part in (clock_time or "10:00").split(":"))
    return at_local(on(day), hour, minute=minute)


FOUNDED = moment("2026-04-20")
MONDAY = moment("2026-07-06")  # five weeks without a holiday follow

MEI = Filing(
    enterprise="Hongyun Kettles",
    product="kettle",
    narrative="The kettle burst on its second day.",
    request="A refund of 129 yuan.",
    name="王梅",
    phone="13812345678",
    email="mei@example.org",
    address="上海市杨浦区大学路 1 号",
    consumer_consents=True,
    share_consent=True,
)


@cache
def _days(year: int) -> list[SpecialDay]:
    days = calendars.seed_days(year)
    return days if year in PUBLISHED else [each for each in days if each.kind is DayKind.STATUTORY]


def seed_calendar(session: Session) -> None:
    """2025 and 2026 as published; of the two years after them only the statutory days are known."""
    for year in (*PUBLISHED, *PROVISIONAL):
        row = CalendarYear(year=year, version=1, published=year in PUBLISHED, source="test", imported_at=FOUNDED)
        session.add(row)
        session.flush()
        values = [{"calendar_year_id": row.id, "day": d.day, "kind": d.kind.value, "name": d.name} for d in _days(year)]
        session.execute(insert(cast(Table, CalendarDay.__table__)), values)


@dataclass(frozen=True)
class World:
    """Who is there: ids of enterprises and accounts."""

    hongyun: int
    baiyu: int
    outside: int
    mute: int
    li: int
    zhao: int
    chen: int
    gao: int
    sun: int


def world(*, mediators: bool = True, supervisor: bool = True) -> World:
    """An installation with a calendar, four enterprises and five officers. Without mediators Chen and Gao have left."""
    with db.transaction() as session:
        seed_calendar(session)
        firms = {
            "hongyun": _enterprise(session, "Hongyun Kettles", "hongyun@example.com", participant=True),
            "baiyu": _enterprise(session, "Baiyu Tools", "baiyu@example.com", participant=True, benchmark=True),
            "outside": _enterprise(session, "Outside Traders", "outside@example.com", participant=False),
            "mute": _enterprise(session, "Mute Traders", None, participant=False),
        }
        staff = {
            "li": _officer(session, "li", Role.INTAKE),
            "zhao": _officer(session, "zhao", Role.INTAKE),
            "chen": _officer(session, "chen", Role.MEDIATOR, active=mediators),
            "gao": _officer(session, "gao", Role.MEDIATOR, active=mediators),
            "sun": _officer(session, "sun", Role.SUPERVISOR, active=supervisor),
        }
    return World(**firms, **staff)


def _enterprise(session: Session, name: str, email: str | None, *, participant: bool, benchmark: bool = False) -> int:
    firm = enterprises.create(session, name, FOUNDED, participant)
    firm.email, firm.benchmark = email, benchmark
    session.flush()
    return firm.id


def _officer(session: Session, login: str, role: Role, *, active: bool = True) -> int:
    account = Account(
        login=login,
        name=login,
        email=f"{login}@centre.example",
        password_hash="-",
        session_key="-",
        roles=[role.value],
        active=active,
        made_at=FOUNDED,
    )
    session.add(account)
    session.flush()
    return account.id


def declare_conflict(account_id: int, enterprise_id: int) -> None:
    """A mediator declares an interest in an enterprise."""
    with db.transaction() as session:
        session.add(Conflict(account_id=account_id, enterprise_id=enterprise_id, declared_at=FOUNDED))


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored (but the calendar, which nobody changes), to see that nothing has changed."""
    calendar = ("calendar_day", "calendar_year")
    tables = [table for table in db.Base.metadata.sorted_tables if table.name not in calendar]
    found = {table.name: session.execute(select(table).order_by(*table.primary_key)) for table in tables}
    return {name: [tuple(row) for row in stored] for name, stored in found.items()}


def promise_answer(enterprise_id: int, working_days: int) -> None:
    """An enterprise's pledge promises an answer sooner than the policy asks."""
    promised = {"promised_answer_days": working_days}
    with db.transaction() as session:
        session.execute(update(Enterprise).where(Enterprise.id == enterprise_id).values(promised))


def lived(*spans: tuple[datetime, datetime]) -> None:
    """The service lived in these spans, and was down between them."""
    with db.transaction() as session:
        session.add_all(Uptime(started_at=began, last_seen_at=ended) for began, ended in spans)
