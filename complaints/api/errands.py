"""Errands of the centre: an enterprise that no letter reached is told by phone or post, and what came of it."""

from typing import Any

from complaints import db
from complaints.api import courses
from complaints.api import quality_shapes as shapes
from complaints.api.cases import etag
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.api.quality import OURS, EndedQuery
from complaints.fields import Choice, Text
from complaints.inputs import Input
from complaints.models import Errand
from complaints.registry import course_lists, errands, saying
from complaints.registry.lifecycle import REVIEWERS
from complaints.workflow.case import Actor

ERRAND = f"/errands/<int(max={db.MOST_ID}):errand_id>"


class ErrandActionSchema(Input):
    """What came of it, and a note that may be left out."""

    trigger = Choice(*errands.VERBS, required=True)
    reason = Text(saying.LONGEST, lines=True, load_default="")


@operation("list_errands", "GET", "/errands", "quality", answer=shapes.Errands, query=EndedQuery, refuses=(403,),
           says=OURS)  # fmt: skip
def list_errands(call: Call) -> Reply:
    """List the enterprises to be told by phone or post, for intake and supervisors"""
    _actors(call)
    asked = call.query
    with db.reading() as session:
        found = course_lists.listed(
            session, Errand, ended=asked["ended"], cursor=asked["cursor"] or None, limit=asked["limit"]
        )
    return Reply({"items": [_line(each.subject) for each in found.lines], "next": found.next})


@operation("get_errand", "GET", ERRAND, "quality", answer=shapes.Errand, refuses=(403,), says=OURS)
def get_errand(call: Call, errand_id: int) -> Reply:
    """Read an errand with its log"""
    actors = _actors(call)
    with db.reading() as session:
        errand = errands.look(session, errand_id, actors)
        told = _line(errand) | courses.beside(session, errand, actors)
    return Reply(told, etag(errand.seq))


@operation("act_on_errand", "POST", f"{ERRAND}/actions", "quality", answer=shapes.CourseStanding,
           body=ErrandActionSchema, keyed=True, version="required", refuses=(403, 409), limit=ACTS,
           says=OURS | {"example": {"trigger": "reach", "reason": "By phone, Ms Li."}})  # fmt: skip
def act_on_errand(call: Call, errand_id: int) -> Reply:
    """Record that the enterprise has been told, or that every known way was tried"""
    given = call.parsed(ErrandActionSchema())
    return courses.acted(call, errands.act, errands.look, errand_id, _actors(call), given)


def _actors(call: Call) -> list[Actor]:
    found = [actor for actor in call.caller.actors if actor.role in REVIEWERS]
    if not found:
        raise Problem("not_for_role")
    return found


def _line(errand: Errand) -> dict[str, Any]:
    names = ("id", "enterprise_id", "about", "about_id", "state", "due_at")
    return {name: getattr(errand, name) for name in names} | {"version": errand.seq}
