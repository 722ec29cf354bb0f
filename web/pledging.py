"""Pledges on pages: the form in which they are worded, one pledge as its enterprise and the association see it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import calendars, clock, db
from complaints.clock import local_date
from complaints.delivery import course_words
from complaints.documents import certifying
from complaints.errors import BadInput, ComplaintsError, KeyReused, NotFound, StaleVersion
from complaints.models import Campaign, Enterprise, Pledge
from complaints.registry import (
    course,
    pledge_acts,
    pledge_changes,
    pledge_lists,
    pledge_proofs,
    pledge_versions,
    pledges,
)
from complaints.registry.lifecycle import STATE_ROW
from complaints.registry.pledge_acts import PROVEN, WORDED, Attempt, Given
from complaints.registry.pledges import Wording
from complaints.registry.uploads import FIELD
from web import labels, uploads
from web.casework import Answer
from web.evidence import to_save
from web.explain import explain
from web.forms import Box, Problem, row_id
from web.labels import N_
from web.language import gettext as _
from web.language import locale
from web.sessions import me
from web.time_left import left
from web.wording import say

PROOF = N_("Proof: certificates, test reports, photos, PDF or text")
PROOF_HINT = N_("Only the association reads it. Up to 10 files; more can follow.")


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of promise in the form: what the campaign offers, what is typed, and what is wrong with that."""

    kind: str
    required: bool
    offered: str
    text: str
    ticked: bool
    errors: Sequence[str]


def wording(form: "MultiDict[str, str]") -> Wording:
    """What was typed: the texts of the kinds that are ticked. Raises BadInput, naming the box."""
    chosen = form.getlist("promise")
    days = form.get("answer_days", "").strip()
    if days and not (days.isascii() and days.isdecimal() and len(days) < 4):
        raise BadInput("not a number of days", {"answer_days": ["not_a_number"]})
    texts = {kind: form.get(f"text_{kind}", "") for kind in chosen}
    return Wording(texts, int(days) if days else None, form.get("mediation_consent") == "yes")


def offers(
    campaign: Campaign, kept: Sequence[Mapping[str, str]], typed: "MultiDict[str, str] | None",
    errors: Mapping[str, Sequence[str]],
) -> list[Offer]:  # fmt: skip
    """The kinds of a campaign with what was typed, else what is kept, else what is offered."""
    texts = {each["kind"]: each["text"] for each in kept}
    chosen = typed.getlist("promise") if typed is not None else list(texts)
    found = []
    for each in campaign.template:
        kind, offered = each["kind"], each[locale()]
        text = typed.get(f"text_{kind}", "") if typed is not None else texts.get(kind, offered)
        said = [labels.fault(key) for key in errors.get(f"promises.{kind}", ())]
        ticked = kind in chosen or (typed is None and not kept and each["required"])
        found.append(Offer(kind, each["required"], offered, text, ticked, said))
    return found


def problems(error: BadInput) -> list[Problem]:
    """What is wrong, each with the box it leads to."""
    found = []
    for name, keys in error.fields.items():
        kind = name.removeprefix("promises.")
        box, label = (f"text_{kind}", say(f"pledge.kind.{kind}")) if kind != name else (name, BOXES.get(name, ""))
        colon = say("letter.colon")
        found += [Problem(box, f"{_(label) if kind == name and label else label}{colon}{labels.fault(key)}"
                          if label else labels.fault(key)) for key in keys]  # fmt: skip
    return found


BOXES = {
    "answer_days": N_("Time to answer a complaint"),
    "mediation_consent": N_("Consent to mediation in advance"),
    "reason": N_("Reason"),
    "promises": N_("Promises"),
    FIELD: PROOF,
}


def act(pledge_id: int, trigger: str, page: Callable[..., str], back: str) -> Answer:
    """One thing done to a pledge, from a form; afterwards its page, or the form with what is wrong."""
    form = request.form
    try:
        given = Given(
            wording(form) if trigger in WORDED else None, _files() if trigger in PROVEN else [], form.get("reason", "")
        )
        _do(pledge_id, trigger, given)
    except BadInput as error:
        return page(pledge_id, problems=problems(error), typed=form, errors=error.fields, trigger=trigger), 422
    except StaleVersion:
        trouble = _("This pledge was changed meanwhile. Look at it, then do it again.")
        return page(pledge_id, problems=[Problem("", trouble)], typed=form, trigger=trigger), 409
    except ComplaintsError:
        trouble = _("This is not possible now: %(what)s", what=say(f"course.trigger.pledge.{trigger}"))
        return page(pledge_id, problems=[Problem("", trouble)]), 409
    flash(_("Done: %(what)s", what=say(f"course.trigger.pledge.{trigger}")))
    return redirect(back, 303)


def _do(pledge_id: int, trigger: str, given: Given) -> None:
    """In a transaction; the same form arriving twice is done once. 404 for others' pledges. Raises as the verbs do."""
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    try:
        version = row_id(request.form.get("version", ""))
    except ValueError:
        version = 0  # never a version
    attempt = Attempt(pledge_id, trigger, me().actors, version, f"pledge:{me().id}", key)
    try:
        with db.transaction() as session:
            pledge_acts.act(session, attempt, given, clock.now())
    except NotFound:
        abort(404)
    except KeyReused:
        raise BadInput("the form was sent before", {"": ["form_sent_before"]}) from None


def _files() -> list[Any]:
    sent = [each for each in request.files.getlist(FIELD) if each.filename]
    return uploads.receive_all(sent) if sent else []


def render(
    pledge_id: int, template: str, *, typed: "MultiDict[str, str] | None" = None,
    errors: Mapping[str, Sequence[str]] | None = None, **more: Any,
) -> str:  # fmt: skip
    """One pledge with all that its readers may know, and the form that its state asks for."""
    at, errors = clock.now(), errors or {}
    with db.reading() as session:
        pledge = _seen(session, pledge_id)
        campaign = session.get_one(Campaign, pledge.campaign_id)
        log = course.log(session, pledge)
        newest, change = pledge_versions.newest(session, pledge), pledge_changes.waiting(session, pledge)
        able = {actor.role: course.actions(pledge, actor, at) for actor in me().actors}
        found = {
            "pledge": pledge,
            "campaign": campaign,
            "today": local_date(at),
            "firm": session.get_one(Enterprise, pledge.enterprise_id),
            "newest": newest,
            "in_force": pledge_versions.in_force(session, pledge),
            "versions": pledge_versions.all_of(session, pledge),
            "proofs": pledge_proofs.of(session, pledge),
            "certificates": certifying.listed(session, pledge.id),
            "log": list(reversed(log)),
            "people": course.people(session, log, me().actors),
            "actions": list(dict.fromkeys(name for names in able.values() for name in names)),
            "rest": left(calendars.current(session), pledge.due_at, at) if pledge.due_at else None,
            "change": change,
            "change_rest": left(calendars.current(session), change.due_at, at) if change and change.due_at else None,
            "others": [each for each in pledge_lists.of_enterprise(session, pledge.enterprise_id)
                       if each.pledge.id != pledge.id],
        }  # fmt: skip
    reasons = explain(pledge.deadline) if pledge.deadline else None
    change_reasons = explain(change.deadline) if change else None
    form = offers(campaign, newest.promises, typed, errors)
    more.setdefault("problems", [])
    more.setdefault("trigger", "")
    return render_template(
        template, **found, reasons=reasons, change_reasons=change_reasons, offers=form, files=_file_box(errors),
        typed=typed,
        usual=pledge_versions.usual_answer_days(local_date(at)), standing=pledges.standing_word(pledge, at),
        consent_errors=[labels.fault(key) for key in errors.get("mediation_consent", ())],
        days_errors=[labels.fault(key) for key in errors.get("answer_days", ())],
        grounds=lambda event: course_words.why(locale(), event.facts.get("why", [])),
        reason_errors=[labels.fault(key) for key in errors.get("reason", ())],
        owner=lambda one: STATE_ROW[one.course][one.state].owner,
        silence=lambda one: STATE_ROW[one.course][one.state].on_silence,
        form_key=secrets.token_urlsafe(24), **more,
    )  # fmt: skip


def _file_box(errors: Mapping[str, Sequence[str]]) -> Box:
    box = Box(FIELD, "file", _(PROOF), f"{_(PROOF_HINT)} {uploads.room()}", accept=uploads.ACCEPT, multiple=True)
    box.errors = [labels.fault(key) for key in errors.get(FIELD, ())]
    return box


def _seen(session: Session, pledge_id: int) -> Pledge:
    try:
        return pledges.look(session, pledge_id, me().actors)
    except NotFound:
        abort(404)


def proof(pledge_id: int, proof_id: int) -> Response:
    """One file, as an attachment: nothing that somebody sent is shown by a browser under our name."""
    try:
        with db.reading() as session:
            found, content = pledge_proofs.read(session, _seen(session, pledge_id), proof_id)
    except NotFound:
        abort(404)
    return to_save(content, found.media_type, found.filename)


def countdown(session: Session) -> Callable[..., Any]:
    """How much time is left until a deadline, for lists."""
    return partial(left, calendars.current(session), at=clock.now())
