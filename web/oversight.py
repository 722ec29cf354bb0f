"""For the supervisor: how the centre stands, in pictures; and cases handed from one mediator to another, many at once.

Each case goes in a transaction of its own through the verbs that the case page uses, so one that is refused stops no
other, and each has its result. The same form arriving twice hands nothing over twice.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput, ComplaintsError, KeyReused, NotAllowed, NotFound, StaleVersion
from complaints.insight import centre, kept
from complaints.models import Account
from complaints.schemas import FACTS
from complaints.workflow import attempts, caseload
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import OPEN, Role
from complaints.workflow.caseload import Holding
from web import labels, paging, picking, tailoring, writing
from web.casework import why_not
from web.forms import Form, Problem, build, row_id
from web.language import gettext as _
from web.pictures import lapse_lines, load_rows, risk_rows, stay_rows
from web.sessions import me, only_for
from web.wording import named

pages = Blueprint("oversight", __name__, url_prefix="/desk/overview")
supervisors = only_for(Role.SUPERVISOR.value)
MOST_AT_ONCE = 100
WAITING = "waiting"  # beside the ids of mediators: those who have none yet

Answer = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of one case."""

    number: str
    well: bool
    text: str


@pages.get("")
@supervisors
def overview() -> str:
    """How the centre stands."""
    at = clock.now()
    with db.reading() as session:
        told = {name: kept.tell(session, centre.FIGURES, f"centre.{name}", at) for name in SHOWN}
        cases = centre.at_risk(session, at)
        people = _mediators(session, [int(each) for each in told["load"].content["mediators"]])
        names = {each.id: each.name for each in people}
        meeting = told["hearings"].content
    content = {name: each.content for name, each in told.items()}
    return render_template(
        "overview.html",
        loads=load_rows(content["load"], people),
        waiting=content["load"]["waiting"],
        risk=risk_rows(content["risk"]),
        lapses=lapse_lines(content["lapses"]),
        stays=stay_rows(content["stays"], OPEN),
        since=content["stays"]["since"],
        cases=cases,
        names=names,
        hearings=[each | {"day": date.fromisoformat(each["day"])} for each in meeting["nearest"]],
        hearings_count=meeting["count"],
        of=min(each.made_at for each in told.values()),
        old=any(each.old(at) for each in told.values()),
    )


SHOWN = ("load", "risk", "lapses", "stays", "hearings")


@pages.get("/waiting")
@supervisors
def waiting() -> str:
    """The cases that wait for a mediator, to be assigned."""
    return _list(WAITING)


@pages.get(f"/mediators/<int(max={MOST_ID}):mediator_id>")
@supervisors
def mediator(mediator_id: int) -> str:
    """The cases of one mediator, to be handed over."""
    return _list(str(mediator_id))


@pages.post("/hand-over")
@supervisors
@limiter.limit(ACTS)
def hand_over() -> Answer:
    """Hand the ticked cases to one mediator, or each to the least loaded without a conflict."""
    source = request.form.get("source", "")
    trigger = _trigger(source)
    chosen, problems = _chosen(request.form)
    facts: dict[str, Any] = {}
    try:
        facts = writing.read(FACTS[trigger](), ["mediator_id"], (), request.form)
    except BadInput as error:
        label = labels.box(trigger, "mediator_id")[0]
        problems += [Problem("mediator_id", named(label, labels.fault(key))) for key in error.fields["mediator_id"]]
    if problems:
        return _list(source, problems=problems, typed=request.form), 422
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    done = [_one(number, version, trigger, facts, key) for number, version in chosen]
    with db.transaction() as session:
        kept.forget(session, "centre.load")
        handed = _named(session, done, caseload.holders(session, [each.number for each in done]))
    return _list(source, handed=handed)


def _trigger(source: str) -> str:
    """A case with a mediator is handed over, one without is assigned."""
    if source == WAITING:
        return "assign"
    if not source.isdecimal():
        abort(400)
    return "reassign"


def _chosen(typed: "MultiDict[str, str]") -> tuple[list[tuple[str, int]], list[Problem]]:
    """The ticked cases, each with the version that was seen, and what is wrong with that."""
    chosen = []
    for each in dict.fromkeys(picking.chosen(typed, "case")):
        number, _colon, version = each.partition(":")
        if not version.isdecimal() or not 0 < int(version[:19]) <= MOST_ID:
            abort(400)
        chosen.append((number, int(version)))
    if not chosen:
        return [], [Problem("case", _("Tick at least one case."))]
    if len(chosen) > MOST_AT_ONCE:
        return [], [Problem("case", _("At most %(n)d cases at once.", n=MOST_AT_ONCE))]
    return chosen, []


def _one(number: str, version: int, trigger: str, facts: Mapping[str, Any], key: str) -> Handed:
    """One case in a transaction of its own; a refusal says why."""
    attempt = Attempt(number, trigger, me().actors, version, f"overview:{me().id}", f"{key}:{number}")
    try:
        with db.transaction() as session:
            attempts.act(session, attempt, facts, clock.now())
    except (StaleVersion, KeyReused):
        return Handed(number, False, _("Somebody else acted first; nothing was changed."))
    except BadInput as error:
        return Handed(number, False, _because(error))
    except NotFound:
        return Handed(number, False, _("There is no case %(number)s.", number=number))
    except NotAllowed as error:
        nobody = trigger == "assign" or facts.get("mediator_id") is None
        return Handed(number, False, _("Nobody without a conflict is free.") if nobody else why_not(error, trigger))
    except ComplaintsError as error:
        return Handed(number, False, why_not(error, trigger))
    return Handed(number, True, "")


def _because(error: BadInput) -> str:
    if "conflict" in error.fields.get("mediator_id", ()):
        return _("The chosen mediator has a conflict of interest and must step aside here (article 21).")
    return "; ".join(labels.fault(key) for keys in error.fields.values() for key in keys)


def _named(session: Session, done: Sequence[Handed], holders: Mapping[str, int | None]) -> list[Handed]:
    """Who has each case now, in words."""
    ids = {holder for holder in holders.values() if holder is not None}
    names = dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all())
    said = {number: names.get(holder or 0, "") for number, holder in holders.items()}
    return [
        Handed(each.number, True, _("Now with %(name)s.", name=said.get(each.number, ""))) if each.well else each
        for each in done
    ]


def _list(
    source: str,
    problems: Sequence[Problem] = (),
    typed: "MultiDict[str, str] | None" = None,
    handed: Sequence[Handed] = (),
) -> str:
    """The cases of one source with a box for each, and whom to hand them to."""
    with db.reading() as session, paging.cursor() as cursor:
        who = None if source == WAITING else session.get(Account, row_id(source))
        if source != WAITING and who is None:
            abort(404)
        cases = _cases(session, source, cursor if request.method == "GET" else None)
        form = _form(session, source, typed or MultiDict())
    first = url_for("oversight.waiting") if who is None else url_for("oversight.mediator", mediator_id=who.id)
    return render_template(
        "caseload.html",
        who=who,
        source=source,
        cases=cases,
        form=form,
        problems=list(problems),
        ticked=set(picking.chosen(typed, "case")) if typed else set(),
        handed=handed,
        first=first,
        key=secrets.token_urlsafe(24),
        now=clock.now(),
    )


def _cases(session: Session, source: str, cursor: str | None) -> Holding:
    if source == WAITING:
        return caseload.waiting(session, cursor)
    return caseload.of_mediator(session, row_id(source), cursor)


def _form(session: Session, source: str, typed: "MultiDict[str, str]") -> Form:
    """Whom to hand them to: anybody who mediates but the one who has them."""
    trigger = _trigger(source)
    options = {
        name: [option for option in given if option.value != source]
        for name, given in tailoring.options(session, trigger, "", None).items()
    }
    return build(trigger, FACTS[trigger](), ["mediator_id"], typed, None, options)


def _mediators(session: Session, loaded: Sequence[int]) -> Sequence[Account]:
    """Everybody who mediates, and whoever still has cases though the account is closed."""
    everybody = session.scalars(select(Account).where(Account.enterprise_id.is_(None)).order_by(Account.id))
    return [each for each in everybody if each.id in loaded or (each.active and Role.MEDIATOR.value in each.roles)]
