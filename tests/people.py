"""The people whom every test knows, and `Playing`, who acts for them in one case at given instants.

Wang Mei bought a kettle. Hongyun makes it and has joined the scheme; Baiyu is a benchmark enterprise; Outside Traders
never joined; nobody has a mailbox of Mute Traders. At the centre Li and Zhao take complaints in, Chen and Gao
mediate, Sun supervises. Days are those of Shanghai; nothing here asks what time it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from complaints import calendars, db
from complaints.clock import SHANGHAI, at_local
from complaints.models import (
    Account,
    CalendarDay,
    CalendarYear,
    ClockInstance,
    Conflict,
    Enterprise,
    Event,
    Notice,
    Task,
    Uptime,
)
from complaints.registry import enterprises
from complaints.workflow import actions, chain, rows, sweeps
from complaints.workflow.case import Actor, Case, Role, State
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


def promise_answer(enterprise_id: int, working_days: int) -> None:
    """An enterprise's pledge promises an answer sooner than the policy asks."""
    promised = {"promised_answer_days": working_days}
    with db.transaction() as session:
        session.execute(update(Enterprise).where(Enterprise.id == enterprise_id).values(promised))


def lived(*spans: tuple[datetime, datetime]) -> None:
    """The service lived in these spans, and was down between them."""
    with db.transaction() as session:
        session.add_all(Uptime(started_at=began, last_seen_at=ended) for began, ended in spans)


def file_complaint(
    world: World, at: datetime = MONDAY, *, against: str | None = "hongyun", by: Actor | None = None, mail: bool = True,
    **changes: Any,
) -> "Playing":  # fmt: skip
    """Mei files against an enterprise of the world by its short name; None: one that nobody knows."""
    filing = replace(MEI, **{"enterprise": "", **changes})
    with db.transaction() as session:
        firm = session.get(Enterprise, getattr(world, against)) if against else None
        filing = replace(filing, enterprise=filing.enterprise or (firm.name if firm else "Nobody Knows"))
        case = actions.file(session, filing, by or Actor(Role.CONSUMER), at, enterprise=firm)
    playing = Playing(world, case.number, case.id, at, mail=mail)
    playing.post(at)
    return playing


@dataclass
class Playing:
    """One case and everybody in it. `at` is the present, which only goes forward. With `mail`, letters arrive."""

    world: World
    number: str
    id: int
    at: datetime
    mail: bool = True
    took: list[str] = field(default_factory=list)  # the triggers played so far

    # -- who acts -------------------------------------------------------------------------------------------------

    def actor(self, role: Role) -> Actor:
        """The person who acts in this role in this case."""
        if role is Role.CONSUMER:
            return Actor(role, complaint_id=self.id)
        if role is Role.ENTERPRISE:
            return Actor(role, enterprise_id=self.case.enterprise_id)
        if role is Role.MEDIATOR:
            return Actor(role, account_id=self.case.mediator_id or self.world.chen)
        accounts = {Role.INTAKE: self.world.li, Role.SUPERVISOR: self.world.sun}
        return Actor(role, account_id=accounts.get(role))

    def act(self, who: Actor | Role, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """Pull a trigger through its verb, and let the letters arrive."""
        self.at = at or self.at
        actor = self.actor(who) if isinstance(who, Role) else who
        with db.transaction() as session:
            case = actions.take(session, self.number, actor, self.at)
            actions.perform(session, case, trigger, actor, self.at, facts)
        self.took.append(trigger)
        self.post(self.at)
        return self.case

    def consumer(self, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """Mei acts."""
        return self.act(Role.CONSUMER, trigger, at, **facts)

    def enterprise(self, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """The enterprise of the case acts."""
        return self.act(Role.ENTERPRISE, trigger, at, **facts)

    def intake(self, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """Li acts."""
        return self.act(Role.INTAKE, trigger, at, **facts)

    def mediator(self, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """The assigned mediator acts."""
        return self.act(Role.MEDIATOR, trigger, at, **facts)

    def supervisor(self, trigger: str, at: datetime | None = None, **facts: Any) -> Case:
        """Sun acts."""
        return self.act(Role.SUPERVISOR, trigger, at, **facts)

    # -- time -----------------------------------------------------------------------------------------------------

    def post(self, at: datetime, *readers: str) -> int:
        """The mail of `at`: what is due has arrived, whatever the hour. Only to these readers, where named."""
        due = [Notice.status == "waiting", Notice.next_at <= at]
        if readers:
            due.append(Notice.recipient.in_(readers))
        elif not self.mail:
            return 0
        with db.transaction() as session:
            ids = session.scalars(select(Notice.id).where(*due)).all()
            session.execute(update(Notice).where(Notice.id.in_(ids)).values(status="sent", sent_at=at, settled_at=at))
        return len(ids)

    def bounce(self, reader: str, at: datetime) -> None:
        """No channel reaches this reader: the letters to it are dead."""
        mine = (Notice.recipient == reader, Notice.status == "waiting", Notice.at_once)
        with db.transaction() as session:
            session.execute(update(Notice).where(*mine).values(status="dead", settled_at=at))

    def sweep(self, at: datetime) -> int:
        """The worker comes by at `at`."""
        self.at = at
        self.post(at)
        handled = sweeps.run_due(lambda: at, budget_seconds=5)
        self.post(at)
        return handled

    def run_out(self) -> Case:
        """Nobody does anything until the running deadline is over, and the worker comes by at that instant."""
        assert self.case.due_at is not None, "a closed case has no deadline"
        self.sweep(self.case.due_at)
        return self.case

    def let_lapse(self) -> Case:
        """As `run_out`, but it is somebody looking at this case who finds it over; no other case is touched."""
        assert self.case.due_at is not None, "a closed case has no deadline"
        self.at = self.case.due_at
        with db.transaction() as session:
            actions.take(session, self.number, Actor(Role.INTAKE, account_id=self.world.li), self.at)
        self.post(self.at)
        return self.case

    def fall_silent(self, until: datetime | None = None) -> Case:
        """Nobody does anything any more; the worker comes by whenever the case asks for it."""
        for _ in range(100):
            case = self.case
            wake = min((at for at in (case.wake_at, self._next_task()) if at is not None), default=None)
            if wake is None or case.state is State.CLOSED or (until is not None and wake > until):
                break
            self.sweep(max(wake, self.at))
        return self.case

    def _next_task(self) -> datetime | None:
        return min((task.due_at for task in self.tasks() if task.done_at is None), default=None)

    # -- reading back ---------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case as it is stored now."""
        with db.transaction() as session:
            case = rows.load(session, complaint_id=self.id, lock=False)
        assert case is not None
        return case

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.case.state

    @property
    def last_day(self) -> date:
        """The last day of the running deadline."""
        case = self.case
        assert case.due_at is not None
        return (case.due_at - timedelta(seconds=1)).astimezone(SHANGHAI).date()

    def events(self) -> Sequence[Event]:
        """The log, oldest first."""
        with db.transaction() as session:
            return session.scalars(select(Event).where(Event.complaint_id == self.id).order_by(Event.seq)).all()

    def triggers(self) -> list[str]:
        """The triggers of the log, oldest first."""
        return [event.trigger for event in self.events()]

    def clocks(self) -> Sequence[ClockInstance]:
        """Every clock instance, oldest first."""
        mine = select(ClockInstance).where(ClockInstance.complaint_id == self.id).order_by(ClockInstance.id)
        with db.transaction() as session:
            return session.scalars(mine).all()

    def notices(self, *steps: str, status: str | None = None) -> Sequence[Notice]:
        """Letters and reminders, oldest first; those of some steps (a step's beginning is enough), of one status."""
        with db.transaction() as session:
            found = session.scalars(select(Notice).where(Notice.complaint_id == self.id).order_by(Notice.id)).all()
        wanted = [each for each in found if not steps or each.step.startswith(steps)]
        return [each for each in wanted if status is None or each.status == status]

    def tasks(self) -> Sequence[Task]:
        """What persons must do beside the state, oldest first."""
        with db.transaction() as session:
            return session.scalars(select(Task).where(Task.complaint_id == self.id).order_by(Task.id)).all()

    def first_break(self) -> int | None:
        """Where the chain of the log is broken; None when it is whole."""
        return chain.first_break(self.number, [vars(event) for event in self.events()])
