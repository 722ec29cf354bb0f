"""Quality signals and measures: for the enterprise that they are about, and for the supervisor.

One page each, the same for both; what may be done comes from the lifecycle's table, and the form asks for one reason.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import calendars, clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.delivery import course_words
from complaints.errors import BadInput, ComplaintsError, NotAllowed, NotFound, NotNow, StaleVersion
from complaints.models import Complaint, CourseEvent, Enterprise, Measure, QualitySignal
from complaints.registry import course, course_lists, enterprises, measures, quality, saying, staff
from complaints.registry.lifecycle import STATE_ROW, StateRow
from complaints.workflow.case import Actor, Role
from web import chances, paging
from web.explain import explain
from web.forms import Box, Option, Problem, problems, row_id
from web.labels import fault
from web.language import gettext as _
from web.language import locale
from web.once import fresh_key, once
from web.sessions import me, only_for
from web.time_left import left
from web.wording import say

pages = Blueprint("quality", __name__)
theirs, supervisors = only_for(Role.ENTERPRISE.value), only_for(Role.SUPERVISOR.value)
Answer = str | Response
MODELS: dict[str, Any] = {"signals": QualitySignal, "measures": Measure}
ACT: dict[str, Callable[..., Any]] = {"signals": quality.act, "measures": measures.act}
MOST_CASES = 50
ONE = f"/<any(signals, measures):kind>/<int(max={MOST_ID}):subject_id>"


@pages.get("/portal/signals")
@theirs
def mine() -> str:
    """What stands between the enterprise and the centre: open signals and measures first, then ended ones."""
    firm = me().enterprise_id or 0
    with db.reading() as session:
        found = {
            (kind, ended): course_lists.listed(session, model, enterprise_id=firm, ended=ended)
            for kind, model in MODELS.items()
            for ended in (False, True)
        }
        rest = partial(left, calendars.current(session), at=clock.now())
    return render_template("quality_mine.html", found=found, left=rest)


@pages.get("/portal/measures")
@theirs
def mine_too() -> Response:
    """They stand on one page with the signals."""
    return redirect(url_for("quality.mine"))


@pages.get("/desk/<any(signals, measures):kind>")
@supervisors
def everybodys(kind: str) -> str:
    """All of them, the nearest date first, or those that have ended."""
    return _everybodys(kind)


def _everybodys(kind: str, error: BadInput | None = None, said: str = "") -> str:
    ended = request.args.get("ended") == "yes"
    with db.reading() as session, paging.cursor() as cursor:
        found = course_lists.listed(session, MODELS[kind], ended=ended, cursor=cursor)
        alone = staff.supervisors(session) < measures.LEAST_SUPERVISORS
        rest = partial(left, calendars.current(session), at=clock.now())
    boxes = _proposal(error.fields if error else {}) if kind == "measures" else []
    return render_template(
        "quality_desk.html", kind=kind, found=found, ended=ended, left=rest, form_key=fresh_key(), boxes=boxes,
        alone=alone,
        problems=[*_wrong(error, boxes), *([Problem("enterprise", said)] if said else [])],
    )  # fmt: skip


def _wrong(error: BadInput | None, boxes: Sequence[Box]) -> list[Problem]:
    return problems(error, {box.name: box.label for box in boxes}) if error else []


def _proposal(errors: Mapping[str, Sequence[str]]) -> list[Box]:
    """What is asked of a supervisor who warns or proposes."""
    typed, kinds = request.form, [Option(each, say(f"measure.kind.{each}")) for each in measures.KINDS]
    hint = _("It is kept for ever and told to the other side. Name no consumer.")
    named = _("Its full name, as in the registry.")
    boxes = [
        Box("enterprise", "line", _("Enterprise"), named, required=True, value=typed.get("enterprise", "")),
        Box("kind", "select", _("What"), required=True, options=kinds, value=typed.get("kind", "")),
        Box("reason", "lines", _("Reason"), hint, required=True, most=saying.LONGEST, value=typed.get("reason", "")),
    ]
    for box in boxes:
        box.errors = [fault(key) for key in errors.get(box.name, ())]
    return boxes


@pages.post("/desk/measures")
@supervisors
@limiter.limit(ACTS)
def propose() -> Answer:
    """A warning, or a proposal of a measure, by a person."""
    name, kind = request.form.get("enterprise", ""), request.form.get("kind", "")
    reason, key = request.form.get("reason", ""), request.form.get("form_key") or fresh_key()
    try:
        if kind not in measures.KINDS:
            raise BadInput("no kind", {"kind": ["required"]})
        done = once(["propose", name, kind, reason], lambda session: _proposed(session, name, kind, reason, key))
    except BadInput as error:
        return make_response(_everybodys("measures", error), 422)
    except NotNow:
        nothing = _("There is nothing to suspend or to remove: no pledge in force, or no benchmark enterprise.")
        return make_response(_everybodys("measures", said=nothing), 422)
    return redirect(url_for("quality.at_desk", kind="measures", subject_id=done["id"]), 303)


def _proposed(session: Session, name: str, kind: str, reason: str, key: str) -> dict[str, Any]:
    firm = enterprises.find(session, name) if name.strip() else None
    if firm is None:
        raise BadInput("no such enterprise", {"enterprise": ["unknown_enterprise" if name.strip() else "required"]})
    made = measures.by_person(session, firm.id, kind, _supervisor(), clock.now(), reason, key)
    return {"id": made.id}


def _supervisor() -> Actor:
    return next(actor for actor in me().actors if actor.role is Role.SUPERVISOR)


@pages.route(f"/portal{ONE}", methods=["GET", "POST"])
@theirs
@limiter.limit(ACTS, methods=["POST"])
def in_portal(kind: str, subject_id: int) -> Answer:
    """One of the enterprise's own, and what it says to it."""
    return _one(kind, subject_id, "portal")


@pages.route(f"/desk{ONE}", methods=["GET", "POST"])
@supervisors
@limiter.limit(ACTS, methods=["POST"])
def at_desk(kind: str, subject_id: int) -> Answer:
    """One of them, and what the supervisor decides."""
    return _one(kind, subject_id, "desk")


def _one(kind: str, subject_id: int, place: str) -> Answer:
    actors = _actors(place)
    if request.method == "GET":
        return _page(kind, subject_id, place, actors)
    try:
        _done(kind, subject_id, actors)
    except BadInput as error:
        return make_response(_page(kind, subject_id, place, actors, error), 422)
    except StaleVersion:
        return make_response(
            _page(kind, subject_id, place, actors, said=_("Somebody else acted first. Look again.")), 409
        )
    except (NotAllowed, NotNow) as error:
        return make_response(_page(kind, subject_id, place, actors, said=_why_not(error)), 409)
    flash(_("Recorded. The other side is told."))
    here = "quality.in_portal" if place == "portal" else "quality.at_desk"
    return redirect(url_for(here, kind=kind, subject_id=subject_id), 303)


def _actors(place: str) -> Sequence[Actor]:
    role = Role.ENTERPRISE if place == "portal" else Role.SUPERVISOR
    return [actor for actor in me().actors if actor.role is role]


def _why_not(error: ComplaintsError) -> str:
    if isinstance(error, NotNow):
        return _("This is not possible now: the pledge has ended, or another person has to decide.")
    return _("This is not possible any more in this state.")


def _done(kind: str, subject_id: int, actors: Sequence[Actor]) -> None:
    trigger, facts = request.form.get("trigger", ""), {"reason": request.form.get("reason", "")}
    if not trigger:
        raise BadInput("no decision", {"trigger": ["required"]})
    if trigger not in (*quality.VERBS, *measures.TEXTS):
        abort(400)
    if trigger == "answer":
        facts["action"] = request.form.get("action", "none")
        if facts["action"] not in quality.ACTIONS:
            abort(400)
    version = request.form.get("version", 0, type=row_id)
    once([kind, subject_id, trigger, facts, version],
         lambda session: _acted(session, kind, subject_id, trigger, actors, facts, version))  # fmt: skip


def _acted(
    session: Session, kind: str, subject_id: int, trigger: str, actors: Sequence[Actor], facts: Mapping[str, str],
    version: int,
) -> dict[str, Any]:  # fmt: skip
    subject = ACT[kind](session, subject_id, trigger, actors, clock.now(), dict(facts), version)
    return {"version": subject.seq}


def _page(
    kind: str, subject_id: int, place: str, actors: Sequence[Actor], error: BadInput | None = None, said: str = ""
) -> str:  # fmt: skip
    at = clock.now()
    with db.reading() as session:
        subject = _look(session, kind, subject_id, actors)
        firm = session.get_one(Enterprise, subject.enterprise_id)
        log = course.log(session, subject)
        people = course.people(session, log, actors)
        possible = _possible(subject, actors)
        rest = left(calendars.current(session), subject.due_at, at) if subject.due_at else None
        seen = quality.evidence(subject, actors) if kind == "signals" else subject.cause
        cases = _numbers(session, subject, seen.get("cases", []), place)
        alone = "impose" in possible and staff.supervisors(session) < measures.LEAST_SUPERVISORS
    boxes = _boxes(kind, possible, error.fields if error else {})
    return render_template(
        f"{'signal' if kind == 'signals' else 'measure'}.html", subject=subject, kind=kind, place=place, firm=firm,
        log=[(event, course_words.why(locale(), _grounds(event, place))) for event in log], boxes=boxes, evidence=seen,
        possible=possible, owner_of=_owner_of, left=rest, cases=cases,
        reasons=explain(subject.deadline) if subject.due_at else None,
        problems=[*_wrong(error, boxes), *([Problem("", said)] if said else [])], form_key=fresh_key(),
        chances=chances, alone=alone, people=people,
    )  # fmt: skip


def _grounds(event: CourseEvent, place: str) -> Sequence[Mapping[str, Any]]:
    """What was counted, as far as this reader was told."""
    told: Sequence[Mapping[str, Any]] = event.facts.get("why", [])
    return told if place == "portal" else event.facts.get("centre", told)


def _possible(subject: Any, actors: Sequence[Actor]) -> list[str]:
    return list(dict.fromkeys(each for actor in actors for each in course.actions(subject, actor, clock.now())))


def _look(session: Session, kind: str, subject_id: int, actors: Sequence[Actor]) -> Any:
    look = quality.look if kind == "signals" else measures.look
    try:
        return look(session, subject_id, actors)
    except NotFound:
        abort(404)


def _numbers(session: Session, subject: Any, ids: Sequence[int], place: str) -> tuple[list[str], int]:
    """Some of its cases, the newest first, as far as this reader may see them; and how many there are in all."""
    query = select(Complaint.number).where(Complaint.id.in_(ids[-MOST_CASES:])).order_by(Complaint.id.desc())
    if place == "portal":
        query = query.where(Complaint.enterprise_id == subject.enterprise_id, Complaint.enterprise_told)
    return list(session.scalars(query)), len(ids)


def _boxes(kind: str, possible: Sequence[str], errors: Mapping[str, Sequence[str]]) -> list[Box]:
    """What is asked: which of several decisions, what the enterprise does, and always the reason."""
    if not possible:
        return []
    course_name = "signal" if kind == "signals" else "measure"
    typed, boxes = request.form, []
    if len(possible) > 1:
        options = [Option(each, say(f"course.trigger.{course_name}.{each}")) for each in possible]
        chosen = typed.getlist("trigger")
        boxes.append(Box("trigger", "radios", _("Decision"), required=True, options=options, values=chosen))
    if "answer" in possible:
        does = [Option(each, say(f"course.action.{each}")) for each in quality.ACTIONS]
        value = typed.get("action", "none")
        boxes.append(Box("action", "select", _("What your enterprise does"), required=True, options=does, value=value))
    hint = _("It is kept for ever and told to the other side. Name no consumer.")
    boxes.append(
        Box("reason", "lines", _reason_label(possible), hint, required=True, most=saying.LONGEST,
            value=typed.get("reason", ""))
    )  # fmt: skip
    for box in boxes:
        box.errors = [fault(key) for key in errors.get(box.name, ())]
    return boxes


def _reason_label(possible: Sequence[str]) -> str:
    labels = {
        "answer": _("Why there are so many complaints, and since when"),
        "reply": _("What you have to say"),
        "object": _("Why the measure is wrong"),
    }
    return labels.get(possible[0], _("Reason"))


def _owner_of(name: str, state: str) -> StateRow:
    """Whose move it is in a state, and what silence leads to."""
    return STATE_ROW[name][state]
