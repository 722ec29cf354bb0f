"""What follows from a pledge in the demo world: benchmark enterprises, and a warning.

The quality signal is found by the day's look itself, in the stories about one kettle's lid.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.demo import cast
from complaints.models import Enterprise
from complaints.registry import benchmarks, measures
from complaints.workflow.case import Actor, Role

WARNED_FOR = "上月有两件投诉到期限最后一日才答复，且未说明原因。"


def settle_in(session: Session, at: datetime) -> None:
    """Enter them, once: what is there already stays as it is. Needs the pledges."""
    supervisor = Actor(Role.SUPERVISOR, account_id=cast.account_id(session, Role.SUPERVISOR.value))
    marked = [sample.name for sample in cast.FIRMS.values() if sample.benchmark]
    for firm in session.scalars(select(Enterprise).where(Enterprise.name.in_(marked)).order_by(Enterprise.id)):
        benchmarks.designate(session, firm.id, local_date(at).year, supervisor.account_id, at)
    firm = session.scalars(select(Enterprise).where(Enterprise.name == cast.KETTLE.name)).one()
    measures.by_person(session, firm.id, "warning", supervisor, at, WARNED_FOR, "demo")
