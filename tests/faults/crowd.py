"""Many people at once, who file and act as fast as they can, whatever becomes of the database meanwhile.

What they were told has happened is written down, to be found in the log afterwards.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from threading import Event as Flag
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import ComplaintsError
from complaints.models import Complaint, Enterprise
from complaints.workflow import actions
from complaints.workflow.case import Actor, Case, Role, State
from tests.faults.afterwards import Records
from tests.faults.staged import PATIENCE, Stage
from tests.people import MEI, World
from tests.servers import wait_until

Facts = Callable[[date], dict[str, Any]]
CONSUMER, ENTERPRISE, INTAKE = Role.CONSUMER, Role.ENTERPRISE, Role.INTAKE
MEDIATOR, SUPERVISOR = Role.MEDIATOR, Role.SUPERVISOR


def saying(**facts: Any) -> Facts:
    """The same facts on every day."""
    return lambda today: facts


def by(name: str, days: int, **facts: Any) -> Facts:
    """With a date so many days ahead."""
    return lambda today: facts | {name: today + timedelta(days=days)}


WHY = saying(reason="It is so.")
STATEMENT = (CONSUMER, "statement", saying(text="It happened again."))
MOVES: dict[State, tuple[tuple[Role, str, Facts], ...]] = {
    State.RECEIVED: ((INTAKE, "admit", saying()), (INTAKE, "ask_information", saying(missing=["address"])), STATEMENT),
    State.NEEDS_INFORMATION: ((CONSUMER, "supply_information", saying(text="Here.")),),
    State.WITH_ENTERPRISE: (
        (ENTERPRISE, "offer", by("perform_by", 9, remedy="A new one.")),
        (ENTERPRISE, "decline", WHY),
        (ENTERPRISE, "extend", WHY),
        (ENTERPRISE, "redirect", WHY),
        STATEMENT,
    ),
    State.WITH_CONSUMER: (
        (CONSUMER, "accept_offer", saying()),
        (CONSUMER, "counter", saying(text="And the postage.")),
        (CONSUMER, "reject", saying()),
    ),
    State.PERFORMING: ((ENTERPRISE, "report_performance", saying(text="Sent.")),),
    State.PERFORMANCE_REPORTED: ((CONSUMER, "confirm_performance", saying()), (CONSUMER, "dispute_performance", WHY)),
    State.AWAITING_MEDIATOR: (
        (SUPERVISOR, "assign", saying()),
        (ENTERPRISE, "late_offer", by("perform_by", 9, remedy="Half.")),
        (CONSUMER, "settle", saying()),
    ),
    State.AWAITING_CONSENT: ((CONSUMER, "consent", saying()), (ENTERPRISE, "consent", saying())),
    State.IN_MEDIATION: (
        (MEDIATOR, "conclude", by("perform_by", 9, agreement="A new one.")),
        (CONSUMER, "request_recusal", WHY),
        (MEDIATOR, "order_appraisal", by("agreed_on", 20, laboratory="One", payer="enterprise", both_agreed=True)),
        (MEDIATOR, "terminate", saying(ground="end_3", text="No agreement.")),
    ),
    State.RECUSAL_PENDING: ((SUPERVISOR, "decide_recusal", saying(granted=True, reason="He is.")),),
    State.UNDER_APPRAISAL: ((MEDIATOR, "receive_appraisal", saying(text="It is broken.")),),
    State.CLOSED: ((CONSUMER, "reopen", saying(reason="It broke again.", evidence="A picture.")),),
}


@dataclass
class Crowd:
    """Everybody. `acknowledged` holds case, entry and trigger of what they were told has happened."""

    stage: Stage
    seed: int
    acknowledged: list[tuple[int, int, str]] = field(default_factory=list)
    interrupted: int = 0
    filed: int = 0
    rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)

    @contextmanager
    def acting(self) -> "Iterator[Crowd]":
        """They act beside what the test does."""
        enough = Flag()
        with ThreadPoolExecutor(1) as pool:
            going_on = pool.submit(self._act_until, enough)
            try:
                yield self
            finally:
                enough.set()
            going_on.result()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more things have been acknowledged."""
        enough = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= enough, PATIENCE, "people acting")

    def _act_until(self, enough: Flag) -> None:
        while not enough.wait(0.02):
            self.act()

    def act(self) -> None:
        """One person does one thing; what is refused, or lost with the database, is no matter."""
        try:
            with db.transaction() as session:
                case, trigger = self._file(session) if self.rng.random() < 0.2 else self._move(session)
            if case is not None:
                self.acknowledged.append((case.id, case.version, trigger))
        except ComplaintsError:
            pass
        except OperationalError:
            self.interrupted += 1

    def _file(self, session: Session) -> tuple[Case | None, str]:
        self.filed += 1
        firm = session.get_one(Enterprise, self.rng.choice([self.stage.there.hongyun, self.stage.there.outside]))
        own = replace(MEI, enterprise=firm.name, phone=f"18{self.filed:09}", email=f"crowd{self.filed}@example.org")
        return actions.file(session, own, Actor(CONSUMER), clock.now(), enterprise=firm), "file"

    def _move(self, session: Session) -> tuple[Case | None, str]:
        ids = session.scalars(select(Complaint.id).where(Complaint.state != State.CLOSED).order_by(Complaint.id)).all()
        if not ids:
            return None, ""
        complaint = session.get_one(Complaint, self.rng.choice(ids))
        role, trigger, facts = self.rng.choice(MOVES[State(complaint.state)])
        actor = _actor(self.stage.there, complaint, role)
        now = clock.now()
        case = actions.take(session, complaint.number, actor, now)
        return actions.perform(session, case, trigger, actor, now, facts(clock.local_date(now))), trigger

    def check(self, there: Records) -> None:
        """What was acknowledged stands in the log."""
        stored = {(event.complaint_id, event.seq): event.trigger for log in there.events.values() for event in log}
        lost = [each for each in self.acknowledged if stored.get(each[:2]) != each[2]]
        assert lost == []


def _actor(there: World, complaint: Complaint, role: Role) -> Actor:
    if role is CONSUMER:
        return Actor(role, complaint_id=complaint.id)
    if role is ENTERPRISE:
        return Actor(role, enterprise_id=complaint.enterprise_id)
    if role is MEDIATOR:
        return Actor(role, account_id=complaint.mediator_id)
    return Actor(role, account_id=there.li if role is INTAKE else there.sun)
