"""`worker.py` as a real process with its children, and ways to kill them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import psutil
from sqlalchemy import select, update

import worker
from complaints import clock, db
from complaints.models import Complaint, Notice
from complaints.queue import Kind
from tests.faults.staged import PATIENCE
from tests.processes_seen import Family, alive
from tests.servers import wait_until

SCRIPT = Path(worker.__file__)
Victim = Literal["horse", "worker"]


@dataclass(frozen=True)
class Leases:
    """What was in a worker's hands: cases by id, letters by the token of their lease."""

    cases: tuple[int, ...]
    tokens: tuple[str, ...]

    def run_out(self) -> None:
        """As if the time of these leases had passed."""
        now = clock.wall() - timedelta(seconds=1)
        mine = update(Notice).where(Notice.lease_token.in_(self.tokens), Notice.lease_until.is_not(None))
        with db.transaction() as session:
            session.execute(mine.values(lease_until=now))
            held = (Complaint.id.in_(self.cases), Complaint.lease_until.is_not(None))
            session.execute(update(Complaint).where(*held).values(lease_until=now))


def leases() -> Leases:
    """Everything that is in some worker's hands now."""
    held = select(Complaint.id).where(Complaint.lease_until > clock.wall())
    letters = select(Notice.lease_token).where(Notice.status == "waiting", Notice.lease_until > clock.wall())
    with db.transaction() as session:
        tokens = {token for token in session.scalars(letters) if token}
        return Leases(tuple(session.scalars(held)), tuple(tokens))


@dataclass(frozen=True)
class Crew:
    """One `worker.py`: its supervisor process and everything below it."""

    process: "subprocess.Popen[bytes]"

    @property
    def family(self) -> Family:
        """Its processes."""
        return Family(self.process.pid)

    def puller(self, kind: Kind) -> psutil.Process:
        """The RQ worker for one kind of work, waited for."""
        wait_until(lambda: self.family.find("pull", kind), PATIENCE, f"a worker for {kind}")
        found = self.family.find("pull", kind)
        assert found is not None
        return found

    def kill(self, victim: Victim, kind: Kind) -> Leases:
        """kill -9 of the worker of one kind, or of the horse on which it works; returns what the dead were holding."""
        puller = self.puller(kind)
        puller.suspend()  # so that it takes nothing new before we have looked
        horses = puller.children(recursive=True)
        victims = horses if victim == "horse" else [puller]
        for each in victims:
            each.kill()
        wait_until(lambda: not any(alive(each) for each in (*horses, *victims)), PATIENCE, "them to die")
        held = leases()
        if victim == "horse":
            puller.resume()
        return Leases(held.cases if kind == "expire" else (), held.tokens if kind != "expire" else ())

    def kill_supervisor(self) -> None:
        """kill -9 of the supervisor alone; the kernel tells its children, who finish what they are at."""
        members = self.family.members()
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not any(alive(member) for member in members), PATIENCE, "the children to follow")

    def lose_power(self) -> Leases:
        """kill -9 of everybody at once; returns what they were holding."""
        supervisor = psutil.Process(self.process.pid)
        supervisor.suspend()
        members = self.family.members()
        for member in members:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not any(alive(member) for member in members), PATIENCE, "everybody to die")
        return leases()

    def end(self) -> None:
        """Ask it to end, as an operator does."""
        self.process.terminate()
        self.process.wait(PATIENCE)


@contextmanager
def crew() -> Iterator[Crew]:
    """A running `worker.py`; afterwards it has ended."""
    with subprocess.Popen([sys.executable, str(SCRIPT)], cwd="/") as process:
        try:
            yield Crew(process)
        finally:
            if process.poll() is None:
                process.terminate()
