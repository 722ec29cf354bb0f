"""`Playing`: one case, and everybody in it acting at given instants through the product's own verbs and sweeps.

`file_complaint()` begins one for Mei; see `people.py` for who everybody is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from complaints import db
from complaints.clock import SHANGHAI
from complaints.models import ClockInstance, Enterprise, Event, Notice, Task
from complaints.workflow import actions, chain, rows, sweeps
from complaints.workflow.case import Actor, Case, Role, State
from tests.people import MEI, MONDAY, World


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
        """This case's mail of `at`: what is due has arrived, whatever the hour. Only to these readers, where named."""
        due = [Notice.complaint_id == self.id, Notice.status == "waiting", Notice.next_at <= at]
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
        for _ in range(200):
            wake = self._wake()
            if wake is None or (until is not None and wake > until):
                break
            self.sweep(max(wake, self.at))
        return self.case

    def _wake(self) -> datetime | None:
        """When something can happen next by itself; a clock held for an open task waits for that task."""
        case, open_tasks = self.case, [task.due_at for task in self.tasks() if task.done_at is None]
        if case.state is State.CLOSED:
            return None
        held = case.wake_at != case.due_at
        return min(open_tasks) if held and open_tasks else min(each for each in (case.wake_at, *open_tasks) if each)

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
