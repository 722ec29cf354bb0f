"""An installation to be ill-treated: a demo world whose clock the test moves, real stores, a real mail server.

Case time runs on as real time does, from wherever `stand_at` puts it. What the test itself does happens at given
instants, in this process; what happens by itself is done by the worker processes (`running.py`).
"""

import asyncio
import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as Transaction

from complaints import clock, db, jobs
from complaints.demo.time_machine import settle
from complaints.demo.timeline import standing_at
from complaints.models import Complaint, Enterprise, Event, Notice, SignalsLooked, Uptime
from complaints.models import World as WorldRow
from complaints.workflow import actions, outages, parties, sweeps
from complaints.workflow.case import Actor, Role
from tests.people import MEI, World, moment, world
from tests.playing import Playing
from tests.servers import Mailbox, SmtpServer, wait_until

MONDAY = moment("2026-07-06 10:00")
AT_ONCE = 40  # filings in one transaction
PATIENCE = 150.0  # seconds; the machine may be shared with much else


@dataclass
class Witness(Mailbox):
    """A mailbox that remembers which messages it took and hung up on before the answer."""

    dropped: set[str] = field(default_factory=set)
    pause: float = 0.0  # seconds between taking a message and saying so

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        before = len(self.taken)
        answer = await super().handle_DATA(server, session, envelope)
        if len(self.taken) > before and (server.transport is None or server.transport.is_closing()):
            self.dropped.add(self.message_ids()[-1])
        await asyncio.sleep(self.pause)
        return answer


@dataclass
class Stage:
    """One installation: who is there, and the mail server. The stores are those of the settings."""

    there: World
    smtp: SmtpServer
    mailbox: Witness

    def file(self, count: int, against: str, at: datetime = MONDAY) -> list[Playing]:
        """So many consumers, each with a phone and a mailbox of their own, file at one instant."""
        cases: list[Playing] = []
        while len(cases) < count:
            with db.transaction() as session:
                firm = session.get_one(Enterprise, getattr(self.there, against))
                first = session.scalar(select(func.count()).select_from(Complaint)) or 0
                for n in range(first, first + min(AT_ONCE, count - len(cases))):
                    own = replace(MEI, enterprise=firm.name, phone=f"13{n:09}", email=f"consumer{n}@example.org")
                    case = actions.file(session, own, Actor(Role.CONSUMER), at, enterprise=firm)
                    cases.append(Playing(self.there, case.number, case.id, at, mail=False))
        return cases

    def decline(self, cases: list[Playing], at: datetime = MONDAY) -> None:
        """The enterprise refuses in all these cases at one instant."""
        for begin in range(0, len(cases), AT_ONCE):
            with db.transaction() as session:
                for playing in cases[begin : begin + AT_ONCE]:
                    actor = Actor(Role.ENTERPRISE, enterprise_id=self.there.hongyun)
                    case = actions.take(session, playing.number, actor, at)
                    parties.decline(session, case, actor, at, reason="It fell down.")

    def wait_for_letters(self, count: int) -> None:
        """Wait until the mail server has taken so many in all."""
        wait_until(lambda: len(self.mailbox.taken) >= count, PATIENCE, f"{count} letters")


def build(smtp: SmtpServer) -> Stage:
    """The usual people in a demo world, on MONDAY at 10:00; the service has been alive since then."""
    assert isinstance(smtp.mailbox, Witness)
    there = world()
    with db.transaction() as session:
        session.add(WorldRow(id=1, kind="demo", made_at=MONDAY))
        session.add(Uptime(started_at=MONDAY, last_seen_at=MONDAY))
    stand_at(MONDAY)
    return Stage(there, smtp, smtp.mailbox)


def stand_at(instant: datetime, *, alive: bool = True) -> None:
    """Put the clock of every process at `instant`; with `alive` the service counts as having lived until then."""
    with db.transaction() as session:
        seconds = math.ceil((instant - clock.wall()).total_seconds())
        session.execute(update(WorldRow).values(clock_offset_seconds=seconds))
        if alive:
            outages.carry_over(session, instant + timedelta(seconds=1))
    with db.transaction():
        pass  # takes the new time into this process


def live(instant: datetime) -> None:
    """In this process: letters leave and clocks run out as of `instant`."""
    settle(standing_at(instant))


def quiet(*, beside: bool = False) -> bool:
    """Whether nothing is due, and nothing happened while we looked; False while the database is away.

    With `beside` also nothing of what a worker does beside the cases: letters may come of the day's look. What a killed
    worker held of that stays held for minutes.
    """
    try:
        before = _pulse()
        with db.transaction() as session:
            now = clock.now()
            waiting = select(func.count()).where(Notice.status == "waiting", Notice.next_at <= now)
            due = session.scalar(waiting) or sweeps.due_count(session, now)
            due = due or (beside and _beside(session, now))
        return not due and before == _pulse()
    except OperationalError:
        return False


def _beside(session: Transaction, now: datetime) -> bool:
    looking = select(func.count()).where(SignalsLooked.lease_until > clock.wall())
    return bool(session.scalar(looking)) or any(jobs.due(session, now).values())


def _pulse() -> tuple[int, ...]:
    with db.transaction() as session:
        settled = select(func.count()).where(Notice.status != "waiting").scalar_subquery()
        events = select(func.count()).select_from(Event).scalar_subquery()
        notices = select(func.count()).select_from(Notice).scalar_subquery()
        return tuple(session.execute(select(settled, events, notices)).one())


def wait_until_quiet(seconds: float = PATIENCE, *, beside: bool = False) -> None:
    """Wait until the workers have done everything that is due now."""
    wait_until(partial(quiet, beside=beside), seconds, "everything that is due to be done")


def count_events(trigger: str) -> int:
    """How often a trigger was pulled, in all cases."""
    with db.transaction() as session:
        return session.scalar(select(func.count()).where(Event.trigger == trigger)) or 0


def wait_for_events(trigger: str, count: int) -> None:
    """Wait until a trigger has been pulled so often."""
    wait_until(lambda: count_events(trigger) >= count, PATIENCE, f"{count} times {trigger}")
