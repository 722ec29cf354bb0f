"""Who is there: 2,000 enterprises, the officers of the centre, an intake partner, and the tokens they come in with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from complaints import clock, db, schema
from complaints.models import Account, Enterprise, EnterpriseName, Uptime
from complaints.registry import accounts, enterprises, tokens
from complaints.workflow.case import Role

ENTERPRISES = 2_000
MEDIATORS = 10
PASSWORD = "a long password for the bench"
MEASURED = 1  # the id of the enterprise that is measured
MAYBE_LATER = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Town:
    """Ids, and tokens by log-in: agent (who leads the enterprise's agents), intake, supervisor, mediator1, partner."""

    accounts: Mapping[str, int]
    tokens: Mapping[str, str]
    enterprises: int

    @property
    def mediators(self) -> list[int]:
        """Their accounts; the first is measured."""
        return [self.accounts[f"mediator{number}"] for number in range(1, MEDIATORS + 1)]


def found(count: int = ENTERPRISES) -> Town:
    """Tables, calendars, a live world, and everybody in it. In the database of the settings."""
    schema.prepare()
    schema.settle_as_live()
    at = clock.now() - timedelta(days=60)
    with db.transaction() as session:
        _enterprises(session, count, at)
        people = {login: _account(session, login, role.value, at) for login, role in _people()}
        _account(session, "admin", accounts.ADMINISTRATOR, at)
        session.add(Uptime(started_at=at, last_seen_at=clock.now()))
        texts = {login: tokens.issue(session, who, "bench", clock.wall())[1] for login, who in people.items()}
    db.engine().dispose()
    return Town({login: who.id for login, who in people.items()}, texts, count)


def name_of(number: int) -> str:
    """An enterprise's name by its id."""
    return f"Trader Number {number} Household Goods"


def _enterprises(session: Session, count: int, at: datetime) -> None:
    rows = [_enterprise(number, at) for number in range(1, count + 1)]
    session.execute(insert(cast(Table, Enterprise.__table__)), rows)
    names = [
        {"enterprise_id": n, "kind": "name", "name": name_of(n), **enterprises.spellings(name_of(n))}
        for n in range(1, count + 1)
    ]
    session.execute(insert(cast(Table, EnterpriseName.__table__)), names)


def _enterprise(number: int, at: datetime) -> dict[str, object]:
    """A participant with a pledge, as the members of an association are."""
    mailbox = f"complaints@trader{number}.example.com"
    standing = {"participant": True, "benchmark": False, "pledge_from": at, "joined_at": at}
    return {"name": name_of(number), "email": mailbox, "address": "", "phone": "", **standing}


def _people() -> list[tuple[str, Role]]:
    mediators = [(f"mediator{number}", Role.MEDIATOR) for number in range(1, MEDIATORS + 1)]
    centre = [("intake", Role.INTAKE), ("supervisor", Role.SUPERVISOR), *mediators]
    return [("agent", Role.ENTERPRISE), ("partner", Role.PARTNER), *centre]


def _account(session: Session, login: str, role: str, at: datetime) -> Account:
    firm, roles = (MEASURED, [role, accounts.MANAGER]) if role == Role.ENTERPRISE.value else (None, [role])
    mail = f"{login}@centre.example.com"
    return accounts.create(session, login, login, PASSWORD, roles, firm, mail, at=at)
