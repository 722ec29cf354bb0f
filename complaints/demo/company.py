"""Who takes part in a simulated year: the officers of the centre, and the enterprises with their standing."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from complaints.demo.samples import SampleEnterprise
from complaints.models import Enterprise
from complaints.registry import accounts, enterprises
from complaints.workflow.case import Actor, Case, Role

OFFICERS = (
    ("intake1", "受理员甲", Role.INTAKE),
    ("intake2", "受理员乙", Role.INTAKE),
    ("mediator1", "调解员甲", Role.MEDIATOR),
    ("mediator2", "调解员乙", Role.MEDIATOR),
    ("mediator3", "调解员丙", Role.MEDIATOR),
    ("supervisor", "主管", Role.SUPERVISOR),
)


@dataclass(frozen=True, slots=True)
class Company:
    """The ids of everybody who can act."""

    officers: dict[Role, tuple[int, ...]]
    enterprises: tuple[int, ...]

    def actor(self, role: Role, case: Case, rng: Random) -> Actor:
        """Who acts in this role on this case; a refusal is reviewed by another officer than the one who refused."""
        if role is Role.CONSUMER:
            return Actor(role, complaint_id=case.id)
        if role is Role.ENTERPRISE:
            return Actor(role, enterprise_id=case.enterprise_id)
        if role is Role.MEDIATOR and case.mediator_id is not None:
            return Actor(role, account_id=case.mediator_id)
        free = [each for each in self.officers[role] if each != case.barred_officer_id]
        return Actor(role, account_id=free[rng.randrange(len(free))])


def found(
    session: Session, at: datetime, seed: int, names: Iterable[str], known: Sequence[SampleEnterprise] | None
) -> Company:
    """Enter officers and enterprises: those of `known`, or, where there is no registry, one for each name."""
    officers: dict[Role, tuple[int, ...]] = {}
    for login, name, role in OFFICERS:
        account = accounts.create(
            session, login, name, secrets.token_urlsafe(12), [role.value], email=f"{login}@example.com", at=at
        )
        officers[role] = (*officers.get(role, ()), account.id)
    firms = [enter(session, each, at) for each in known] if known is not None else _named(session, names, at, seed)
    return Company(officers, tuple(firm.id for firm in firms))


def enter(session: Session, sample: SampleEnterprise, at: datetime) -> Enterprise:
    """Put an invented enterprise into the registry, with its brand."""
    firm = enterprises.create(session, sample.name, at, participant=sample.participant)
    enterprises.add_name(session, firm, "brand", sample.brand)
    firm.email, firm.phone, firm.address = sample.email, sample.phone, sample.address
    firm.benchmark, firm.promised_answer_days = sample.benchmark, sample.promised_answer_days
    session.flush()
    return firm


def _named(session: Session, names: Iterable[str], at: datetime, seed: int) -> list[Enterprise]:
    """One enterprise for each name, in the order of their first complaints; its standing hangs on seed and name."""
    firms: list[Enterprise] = []
    for name in dict.fromkeys(names):
        if enterprises.fold(name) and not enterprises.candidates(session, name):
            rng = Random(f"{seed} enterprise {enterprises.fold(name)}")
            firms.append(_invented(session, name, at, rng, len(firms)))
    return firms


def _invented(session: Session, name: str, at: datetime, rng: Random, place: int) -> Enterprise:
    firm = enterprises.create(session, name, at, participant=rng.random() < 0.7)
    firm.email = f"service{place + 1}@example.com" if rng.random() < 0.95 else None
    firm.benchmark = firm.participant and rng.random() < 0.15
    firm.promised_answer_days = rng.choice((5, 7)) if firm.participant and rng.random() < 0.1 else None
    session.flush()
    return firm
