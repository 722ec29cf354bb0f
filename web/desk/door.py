"""What every page of the desk begins with: who may come in, and where a case is looked at."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from complaints import calendars, clock
from complaints.workflow import presence
from complaints.workflow.case import OFFICERS, Case, Role
from web.sessions import me, only_for
from web.time_left import left

pages = Blueprint("desk", __name__, url_prefix="/desk")
centre = only_for(*(role.value for role in OFFICERS))
FIRST = {Role.INTAKE: "intake", Role.MEDIATOR: "mine", Role.SUPERVISOR: "supervisor"}


def first_queue() -> str:
    """The queue that somebody begins with; a supervisor who also does intake begins with the supervisor's."""
    return FIRST[me().actors[-1].role]


def my_queues() -> list[str]:
    """The queues that somebody works off, in the order of their roles."""
    return [FIRST[actor.role] for actor in reversed(me().actors)]


def beside(session: Session, case: Case) -> Mapping[str, Any]:
    """Who else is at this case. Looking leaves a trace of the moment, as it does in the access log."""
    wall = clock.wall()
    presence.seen(session, case.id, me().id, wall)
    others = presence.others(session, case.id, me().id, wall)
    return {"others": others, "left": partial(left, calendars.current(session), at=clock.now())}
