"""What stands beside every case page, whoever reads it: documents, hearings, joint complaints, like cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints.documents import issuing
from complaints.workflow.case import Actor, Case


def gather(session: Session, case: Case, actors: Sequence[Actor], at: datetime) -> Mapping[str, Any]:
    """All of it, in the transaction of the look; `view.more` on the page."""
    me = actors[0]
    return {"papers": issuing.listed(session, case, me)}
