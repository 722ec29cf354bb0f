"""The case page and the form of one action, the same for consumer, enterprise and centre; only the actors differ."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.errors import BadInput, KeyReused, NotAllowed, NotFound, NotNow, StaleVersion
from complaints.models import Complaint, ReplyTemplate, Task
from complaints.registry.uploads import Upload
from complaints.workflow import alike, attempts, evidence
from complaints.workflow.alike import Alike
from complaints.workflow.attempts import Attempt, Beside
from complaints.workflow.case import Actor, Case, Role
from complaints.workflow.drafts import Kept
from web import beside, masking, proof, reading, replies, tailoring, writing
from web.forms import Form, Option, Typed, build, row_id
from web.language import gettext as _
from web.language import switched
from web.reading import View
from web.wording import say

Answer = str | Response | tuple[str, int]
# Beside what the case waits for.
ASIDE = ("statement", "evidence", "contact_consent", "note", "flag", "split", "join", "withdraw")


Gather = Callable[[Session, Case], Mapping[str, Any]]
Prefill = Callable[[Session, Case, str, Typed], Mapping[str, str]]
ANEW = "anew"  # the button that has a text written anew
TEMPLATES = {Role.CONSUMER: "case_consumer.html", Role.ENTERPRISE: "case_enterprise.html"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is looked at: its number, who looks, the address of the page, and the list it belongs to.

    `gather` finds what only this place shows, in the transaction of the look; it is `view.more` on the page. `prefill`
    gives the texts that a form begins with, by box, for what has been typed so far.
    """

    number: str
    actors: Sequence[Actor]
    base: str
    back: str = ""
    gather: Gather | None = None
    prefill: Prefill | None = None


@dataclass(frozen=True, slots=True)
class Desktop:
    """What one action's page needs of the database."""

    view: View
    names: list[str]
    options: Mapping[str, Sequence[Option]]
    task: Task | None
    draft: Kept | None
    templates: Sequence[ReplyTemplate]
    begins: Mapping[str, str]  # texts that the form begins with


def show(place: Place) -> str:
    """The case page."""
    return render(place, look(place))


def look(place: Place) -> View:
    """The case as it stands; 404 for whoever may not see it."""
    with looking(place) as session:
        return _view(session, place)


def looking(place: Place) -> AbstractContextManager[Session]:
    """A look at a case. Consumers read what is their own, of which no trace is written: they wait for no writer."""
    return db.reading() if place.actors[0].role is Role.CONSUMER else db.transaction()


def visible(session: Session, place: Place) -> Case:
    """The case, unlocked. Raises NotFound where there is none for these actors."""
    return attempts.look(session, place.number, place.actors, clock.now())


def act(place: Place, trigger: str) -> Answer:
    """The form of one action (GET), or the action itself (POST). A GET changes nothing."""
    schema = tailoring.schema_of(trigger)
    if schema is None:
        abort(404)
    return _post(place, trigger, schema) if request.method == "POST" else _get(place, trigger, schema)


def _get(place: Place, trigger: str, schema: Schema) -> Answer:
    here = _look(place, trigger, schema)
    if not _possible(here, trigger):
        return render(
            place, here.view, trouble=_("This is not possible now: %(what)s", what=called(trigger, here.task))
        ), 409
    kept = here.draft
    typed = replies.typed(kept) if kept is not None else _begun(here)
    return render(place, here.view, form=_form(here, trigger, schema, typed), here=here, draft=kept)


def _begun(here: Desktop) -> Typed:
    """The texts that the form begins with, and what a link of ours has filled in: which other case is meant.

    Nothing else, for links come from anywhere.
    """
    return MultiDict({**here.begins, **{name: request.args[name] for name in ("into",) if name in request.args}})


def _post(place: Place, trigger: str, schema: Schema) -> Answer:
    """Parse, act, and go back to the case page; what goes wrong is said there, and nothing typed is lost."""
    here = _look(place, trigger, schema)
    if request.form.get(masking.CHANGE) or switched():
        return _again(place, trigger, schema, {})
    if ANEW in request.form:
        return _written_anew(place, here, trigger, schema)
    try:
        must = tailoring.must(here.view.case, trigger)
        facts, files = proof.read(trigger, lambda: writing.read(schema, here.names, must, request.form))
        warned = masking.warning(here.view.case, here.view.reader, trigger, schema, facts, request.form)
        if warned and _possible(here, trigger):
            return render(place, here.view, warned=warned, trigger=trigger)
        earlier = replies.question(here.view.case, place.actors, trigger, facts) if _possible(here, trigger) else None
        if earlier is not None and not replies.sent_anyway():
            return _again(place, trigger, schema, {}, alike=earlier), 422
        version = request.form.get("version", 0, type=row_id)  # 0 is never a version
        key = request.form.get("form_key") or secrets.token_urlsafe(24)
        attempt = Attempt(place.number, trigger, place.actors, version, replies.PAGE, key, evidence.hashes(files))
        writing.act(attempt, facts, _beside(here.view.case, attempt, earlier, files))
    except BadInput as error:
        return _again(place, trigger, schema, error.fields), 422
    except (StaleVersion, KeyReused):
        return _overtaken(
            place,
            trigger,
            schema,
            _("Somebody else acted first. Nothing of yours was recorded; this is where the case stands now."),
        ), 409
    except (NotNow, NotAllowed) as error:
        return _overtaken(place, trigger, schema, why_not(error, trigger, here.task)), 409
    except NotFound:
        abort(404)
    flash(_recorded(trigger, facts, here.task))
    return redirect(place.base, 303)


def _recorded(trigger: str, facts: Mapping[str, Any], task: Task | None) -> str:
    """What stands now; a choice that can be taken back says which way it went."""
    if trigger == "contact_consent":
        given = _("Recorded: the enterprise sees how to reach you.")
        return given if facts["contact_consent"] else _("Recorded: the enterprise does not see how to reach you.")
    return _("Recorded: %(what)s", what=called(trigger, task))


def _beside(case: Case, attempt: Attempt, earlier: Alike | None, files: Sequence[Upload]) -> list[Beside]:
    """What is written in the transaction of the action: files sent with it, and that it was sent all the same."""
    noted: list[Beside] = []
    if earlier is not None:
        noted.append(partial(replies.note, case=case, attempt=attempt, found=earlier))
    return [*noted, *evidence.beside(attempt.number, attempt.actors, files, clock.now)]


def begin(place: Place, trigger: str) -> Answer:
    """The form with what was typed, and a template put in."""
    schema = tailoring.schema_of(trigger)
    if schema is None:
        abort(404)
    here = _look(place, trigger, schema)
    if not _possible(here, trigger):
        return _get(place, trigger, schema)
    with db.reading() as session:
        typed = replies.inserted(session, here.view.case, trigger, place.actors)
    return render(place, here.view, form=_form(here, trigger, schema, typed), here=here)


def _written_anew(place: Place, here: Desktop, trigger: str, schema: Schema) -> str:
    """The form as it was typed, but with its texts as they would begin now. Nothing is recorded."""
    typed = MultiDict(request.form)
    for name, text in here.begins.items():
        typed[name] = text
    form = _form(here, trigger, schema, typed)
    return render(place, here.view, form=form, here=here, version=request.form.get("version"))


def _again(place: Place, trigger: str, schema: Schema, errors: Mapping[str, Sequence[str]], **more: Any) -> str:
    """The form with what was typed and what is wrong; the version stays the one that was looked at."""
    here = _look(place, trigger, schema)
    form = _form(here, trigger, schema, request.form, errors)
    return render(place, here.view, form=form, here=here, version=request.form.get("version"), **more)


def _overtaken(place: Place, trigger: str, schema: Schema, trouble: str) -> str:
    """The case as it is now; the form again if the action is still open, else what was typed, to copy."""
    here = _look(place, trigger, schema)
    form = _form(here, trigger, schema, request.form)
    seen = request.form.get("version", 0, type=row_id)
    meanwhile = [entry for entry in here.view.timeline if 0 < seen < entry.seq]  # each entry is one version
    if _possible(here, trigger):
        key = secrets.token_urlsafe(24)
        return render(place, here.view, trouble=trouble, meanwhile=meanwhile, form=form, here=here, form_key=key)
    kept = [(box.label, box.value) for box in form.boxes if box.kind in ("line", "lines", "amount") and box.value]
    return render(place, here.view, trouble=trouble, meanwhile=meanwhile, kept=kept)


def called(trigger: str, task: Task | None) -> str:
    """What an action is called; of a task, what its kind is called."""
    return say(f"task.{task.kind}" if task is not None else f"trigger.{trigger}")


def why_not(error: Exception, trigger: str, task: Task | None = None) -> str:
    """Why an action was refused, in words."""
    what = called(trigger, task)
    if isinstance(error, NotNow):
        return _("This is no longer possible: %(what)s. Its condition is not met, or it has been used up.", what=what)
    return _("This is not possible in this state of the case, or not for you: %(what)s", what=what)


def _look(place: Place, trigger: str, schema: Schema) -> Desktop:
    with looking(place) as session:
        view = _view(session, place)
        task = _task(session, view.case, trigger)
        query = request.values.get("q", view.case.enterprise_given)
        return Desktop(
            view,
            tailoring.names(session, view.case, trigger, schema),
            tailoring.options(session, trigger, query, task),
            task,
            replies.draft(session, view.case, trigger, place.actors),
            replies.templates(session, place.actors) if trigger in alike.BOXES else [],
            place.prefill(session, view.case, trigger, request.values) if place.prefill else {},
        )


def _view(session: Session, place: Place) -> View:
    case = visible(session, place)
    now = clock.now()
    row = session.get_one(Complaint, case.id)  # held, so that whoever asks for it finds it in the session
    more = {**beside.gather(session, case, place.actors, now), **(place.gather(session, case) if place.gather else {})}
    return reading.view(session, case, row, place.actors, now, "case page", more)


def _task(session: Session, case: Case, trigger: str) -> Task | None:
    if trigger != "do_task":
        return None
    task = session.get(Task, request.values.get("task_id", 0, type=row_id))
    if task is None or task.complaint_id != case.id or task.done_at is not None:
        abort(404)
    return task


def _possible(here: Desktop, trigger: str) -> bool:
    if here.task is not None:
        return any(errand.id == here.task.id and errand.mine for errand in here.view.errands) and bool(
            here.options["result"]
        )
    return trigger in here.view.actions


def _form(
    here: Desktop, trigger: str, schema: Schema, typed: Typed, errors: Mapping[str, Sequence[str]] | None = None
) -> Form:
    form = build(trigger, schema, here.names, typed, errors, here.options, tailoring.numbers(here.view.case))
    for box in form.boxes:
        box.required = box.required or box.name in tailoring.must(here.view.case, trigger)
    if len(here.options.get("result", ())) == 1:
        form.boxes = [box for box in form.boxes if box.name != "result"]
    proof.add_box(form, errors or {})
    return form


def _titles(trigger: str, task: Task | None) -> dict[str, str]:
    """What stands over the form of an action and on its button."""
    title = called(trigger, task)
    return {"title": title, "press": _("I have shown it") if task and task.kind == "answer_evidence" else title}


def render(place: Place, view: View, **more: Any) -> str:
    """The case page, with a form or what went wrong on it."""
    here = more.get("here")
    if here is not None:
        more["reply_templates"] = here.templates
    if more.get("form"):
        more |= _titles(more["form"].trigger, here.task if here is not None else None)
    more.setdefault("version", view.case.version)
    more.setdefault("form_key", request.form.get("form_key") or secrets.token_urlsafe(24))
    aside = [trigger for trigger in ASIDE if trigger in view.actions]
    ahead = tailoring.ordered(view.reader, [trigger for trigger in view.actions if trigger not in ASIDE])
    search = request.values.get("q", view.case.enterprise_given)
    template = TEMPLATES.get(place.actors[0].role, "case_desk.html")
    return render_template(template, place=place, view=view, ahead=ahead, aside=aside, search=search, **more)
