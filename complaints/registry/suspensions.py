"""Which measure keeps an enterprise's pledges suspended. It binds the enterprise: one pledge ends, another begins."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Measure

SUSPENDS = ("suspension",)
BINDING = ("in_force", "objected", "standing")  # a measure that has effect


def binding(session: Session, enterprise_id: int, *, but: int | None = None) -> Measure | None:
    """The oldest one that has effect now, apart from one that is just lifted. The enterprise is locked."""
    mine = (Measure.enterprise_id == enterprise_id, Measure.kind.in_(SUSPENDS), Measure.state.in_(BINDING))
    query = select(Measure).where(*mine, Measure.id != (but or 0)).order_by(Measure.id)
    return session.scalars(query.limit(1)).one_or_none()
