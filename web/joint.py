"""A consumer's page of a joint complaint: join or not, who represents, what a representative says for all."""

import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.errors import BadInput, KeyReused, NotAllowed, NotFound, NotNow, StaleVersion
from complaints.models import Complaint
from complaints.schemas import AnswerJointSchema, SayingSchema, parse
from complaints.workflow import joint, rows, sight
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Role, State
from complaints.workflow.joint import Group
from web import casework, labels, masking, places, writing
from web.casework import Answer, Place
from web.forms import Problem, row_id
from web.language import gettext as _
from web.masking import Warned
from web.wording import named, say

pages = Blueprint("joint", __name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """The ticks of a consumer's answer."""

    joins: bool
    declines: bool
    stands: bool
    votes: list[str]


@pages.get("/c/<token>/joint")
def page(token: str) -> Answer:
    """What joint handling is, who asked, and where the group stands."""
    return _render(places.of_consumer(token), [])


@pages.post("/c/<token>/joint")
@limiter.limit(ACTS)
def answer(token: str) -> Answer:
    """The consumer's own answer and vote."""
    place = places.of_consumer(token)
    typed = {"joins": request.form.get("joins", ""), "stands": request.form.get("stands", "no")}
    try:
        if not typed["joins"]:
            raise BadInput("an answer is needed", {"joins": ["required"]})
        facts = parse(AnswerJointSchema(), typed | {"votes": request.form.getlist("votes")})
        _act(place, "answer_joint", facts)
    except BadInput as error:
        return _render(place, _problems(error)), 422
    except (NotNow, NotAllowed, StaleVersion, KeyReused) as error:
        return _render(place, [Problem("", casework.why_not(error, "answer_joint"))]), 409
    flash(_("Recorded: %(what)s", what=say("trigger.answer_joint")))
    return redirect(f"{place.base}/joint", 303)


@pages.post("/c/<token>/joint/statement")
@limiter.limit(ACTS)
def speak(token: str) -> Answer:
    """What a representative says, in every member's case."""
    place = places.of_consumer(token)
    if request.form.get(masking.CHANGE):
        return _render(place, [])
    try:
        facts = parse(SayingSchema(), {"text": request.form.get("text", ""), "for_members": "yes"})
        with db.reading() as session:
            case = casework.visible(session, place)
        warned = masking.warning(case, Role.CONSUMER, "statement", SayingSchema(), facts, request.form)
        if warned:
            return _render(place, [], warned)
        _act(place, "statement", facts)
    except BadInput as error:
        return _render(place, _problems(error)), 422
    except (NotNow, NotAllowed, StaleVersion, KeyReused) as error:
        return _render(place, [Problem("", casework.why_not(error, "statement"))]), 409
    flash(_("Recorded: %(what)s", what=say("trigger.statement")))
    return redirect(f"{place.base}/joint", 303)


def _act(place: Place, trigger: str, facts: dict[str, object]) -> None:
    """As every write of the pages: the version that was seen, and a form that arrives twice is done once."""
    version = request.form.get("version", 0, type=row_id)
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    try:
        writing.act(Attempt(place.number, trigger, place.actors, version, "page", key), facts)
    except NotFound:
        abort(404)


def _problems(error: BadInput) -> list[Problem]:
    said = {"joins": _("Do you join?"), "votes": _("Your votes"), "text": _("What you say for all")}
    return [
        Problem(name, named(said.get(name, name), labels.fault(key)))
        for name, keys in error.fields.items()
        for key in keys
    ]


def _render(place: Place, problems: list[Problem], warned: Warned | None = None) -> str:
    """The page; what was typed stands in it again, where something was."""
    with db.transaction() as session:
        case = casework.visible(session, place)
        group = joint.group_of(session, case.id)
        if group is None:
            abort(404)
        names = _names(session, group, place)
        product = session.get_one(Complaint, case.id).product
    keys = {"version": case.version, "form_key": secrets.token_urlsafe(24)}
    closed = case.state is State.CLOSED
    return render_template(
        "joint.html", place=place, group=group, names=names, product=product, problems=problems, closed=closed,
        warned=warned, choice=_choice(group), text=request.form.get("text", ""), **keys,
    )  # fmt: skip


def _choice(group: Group) -> Choice:
    """What the form shows as chosen: what was sent just now, else what stands."""
    if "joins" in request.form or "votes" in request.form or "stands" in request.form:
        joins = request.form.get("joins")
        return Choice(joins == "yes", joins == "no", "stands" in request.form, request.form.getlist("votes"))
    me = group.me
    return Choice(me.joined, me.declined, me.stands, list(me.votes))


def _names(session: Session, group: Group, place: Place) -> dict[str, str]:
    """The names of those who stand, for members only; reading another's is logged in that one's case."""
    if not group.me.joined:
        return {}
    names = {}
    for each in group.candidates:
        names[each.number] = joint.name_of(session, each.complaint_id)
        if each.complaint_id != group.me.complaint_id:
            other = rows.load(session, complaint_id=each.complaint_id, lock=False)
            if other is not None:
                sight.record(session, other, place.actors[0], clock.now(), "joint complaint")
    return names
