"""What stands beside every case page, whoever reads it: documents, hearings, joint complaints, like cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.documents import issuing
from complaints.workflow import hearings, joint, likeness
from complaints.workflow.case import OFFICERS, Actor, Case, State
from complaints.workflow.hearings import Appointment

MOST_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Hearings:
    """The hearings of a case, the newest first, and what else the mediator has ahead (for officers)."""

    all: list[Appointment]
    stands: bool
    clashes: list[Appointment]
    ahead: list[Appointment]


def gather(session: Session, case: Case, actors: Sequence[Actor], at: datetime) -> Mapping[str, Any]:
    """All of it, in the transaction of the look; `view.more` on the page."""
    me = actors[0]
    officer = me.role in OFFICERS and case.state is not State.CLOSED
    return {
        "papers": issuing.listed(session, case, me),
        "hearings": _hearings(session, case, me, at),
        "joint": joint.group_of(session, case.id),
        "likeness": likeness.find(session, case, at) if officer else None,
    }


def _hearings(session: Session, case: Case, me: Actor, at: datetime) -> Hearings:
    known = hearings.of_case(session, case, me)
    stands = bool(known) and hearings.stands(case) and known[-1].day >= local_date(at)
    ahead: list[Appointment] = []
    if me.role in OFFICERS and case.mediator_id is not None and hearings.stands(case):
        ahead = hearings.ahead(session, local_date(at), mediator_id=case.mediator_id)
    clashes = hearings.clashes(known[-1], ahead) if stands else []
    others = [each for each in ahead if each.number != case.number]
    return Hearings(list(reversed(known)), stands, clashes, others[:MOST_AHEAD])
