"""Writing a reply in the portal: drafts are kept, templates inserted, and a reply like an earlier one is questioned."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Text
from complaints.inputs import Input, parse
from complaints.models import AlikeReply, ReplyTemplate
from complaints.workflow import alike, attempts, drafts, idempotency
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Actor, Case, Role
from web.forms import Typed, build, row_id
from web.language import gettext as _
from web.sessions import me, only_for, only_managers
from web.wording import day

pages = Blueprint("replies", __name__, url_prefix="/portal")
PAGE = "page"  # whose keys the forms of the pages are
ANYWAY = "anyway"  # the writer has seen the earlier reply
NOT_TYPED = ("csrf_token", "version", "form_key", "then", "template", "task_id", "q", ANYWAY)
LONGEST = 2_000
LONGEST_NAME = 80


class TemplateInput(Input):
    """A text to begin replies with, and its name."""

    name = Text(LONGEST_NAME, required=True)
    text = Text(LONGEST, lines=True, required=True)


def draft(session: Session, case: Case, trigger: str, actors: Sequence[Actor]) -> drafts.Kept | None:
    """What this side has kept for an action."""
    return drafts.find(session, case.id, trigger, actors) if actors[0].role is Role.ENTERPRISE else None


def typed(kept: drafts.Kept) -> Typed:
    """A draft as a form holds it."""
    return MultiDict([(name, text) for name, texts in kept.typed.items() for text in texts])


def keep(number: str, actors: Sequence[Actor], trigger: str) -> bool:
    """Keep what stands in the form. Raises NotFound where the case is not this reader's."""
    values = {name: request.form.getlist(name) for name in request.form if name not in NOT_TYPED}
    with db.transaction() as session:
        case = attempts.look(session, number, actors, clock.now())
        if idempotency.used(session, PAGE, request.form.get("form_key", "")):
            return True  # what was typed was sent meanwhile: it is no draft any more
        return drafts.keep(session, case.id, trigger, actors, values, clock.now())


def question(case: Case, actors: Sequence[Actor], trigger: str, facts: Mapping[str, Any]) -> alike.Alike | None:
    """The earlier reply that this one is nearly the same as. Nothing is written."""
    if actors[0].role is not Role.ENTERPRISE or trigger not in alike.BOXES:
        return None
    with db.reading() as session:
        return alike.find(session, case, trigger, facts)


def sent_anyway() -> bool:
    """Whether the writer has seen the earlier reply, and sends this one all the same."""
    return bool(request.form.get(ANYWAY))


def note(session: Session, case: Case, attempt: Attempt, found: alike.Alike) -> None:
    """Write down that a reply was sent although an earlier one says nearly the same; with the sending or not at all."""
    session.add(
        AlikeReply(
            complaint_id=case.id, enterprise_id=case.enterprise_id, account_id=attempt.actors[0].account_id,
            trigger=attempt.trigger, likeness=found.likeness, sent_at=clock.now(),
        )
    )  # fmt: skip


def templates(session: Session, actors: Sequence[Actor]) -> Sequence[ReplyTemplate]:
    """The templates of a reader's enterprise."""
    mine = ReplyTemplate.enterprise_id == actors[0].enterprise_id
    return session.scalars(select(ReplyTemplate).where(mine).order_by(ReplyTemplate.name, ReplyTemplate.id)).all()


def inserted(session: Session, case: Case, trigger: str, actors: Sequence[Actor]) -> Typed:
    """What was typed, with a template after it, its placeholders filled in."""
    data = MultiDict(list(request.form.items(multi=True)))
    wanted = request.form.get("template", 0, type=row_id)
    chosen = next((each for each in templates(session, actors) if each.id == wanted), None)
    if chosen is not None and trigger in alike.BOXES:
        name = alike.BOXES[trigger]
        data[name] = "\n".join(filter(None, [data.get(name, "").strip(), _filled(chosen.text, case)]))
    return data


def _filled(text: str, case: Case) -> str:
    today = day(clock.local_date(clock.now()))
    facts = {
        "number": case.number,
        "编号": case.number,
        "product": case.product,
        "商品": case.product,
        "date": today,
        "日期": today,
    }
    return re.sub(r"\{([^{}\n]{1,20})\}", lambda found: facts.get(found[1].strip(), found[0]), text)


@pages.post("/cases/<number>/draft/<trigger>")
@only_for(Role.ENTERPRISE.value)
@limiter.limit(ACTS)
def autosave(number: str, trigger: str) -> str:
    """Keep what has been typed so far; says so in a few words."""
    kept = len(trigger) <= 32 and keep(number, me().actors, trigger)
    return _("Draft kept.") if kept else _("Too long to be kept as a draft.")


@pages.get("/templates")
@only_for(Role.ENTERPRISE.value)
def listed() -> str:
    """The templates of this enterprise."""
    return _listed({}, {})


def _listed(typed: Mapping[str, str], wrong: Mapping[str, Sequence[str]]) -> str:
    form = build("template", TemplateInput(), ("name", "text"), MultiDict(typed), wrong)
    with db.reading() as session:
        return render_template("reply_templates.html", listed=templates(session, me().actors), form=form)


@pages.post("/templates")
@only_managers
@limiter.limit(ACTS)
def add() -> Response | tuple[str, int]:
    """Add a template, or change the one of that name; one that cannot be kept stays in the form, to be mended."""
    try:
        facts = parse(TemplateInput(), {each: request.form.get(each, "") for each in ("name", "text")})
    except BadInput as error:
        return _listed(request.form, error.fields), 422
    name, text = facts["name"], facts["text"]
    with db.transaction() as session:
        row = next((each for each in templates(session, me().actors) if each.name == name), None)
        row = row or ReplyTemplate(enterprise_id=me().enterprise_id, name=name)
        row.text, row.changed_by, row.changed_at = text, me().id, clock.now()
        session.add(row)
    flash(_("The template is kept."))
    return redirect(url_for("replies.listed"), 303)


@pages.post(f"/templates/<int(max={MOST_ID}):template_id>")
@only_managers
@limiter.limit(ACTS)
def drop(template_id: int) -> Response:
    """Delete a template of this enterprise."""
    with db.transaction() as session:
        mine = (ReplyTemplate.id == template_id, ReplyTemplate.enterprise_id == me().enterprise_id)
        session.execute(delete(ReplyTemplate).where(*mine))
    flash(_("The template is deleted."))
    return redirect(url_for("replies.listed"), 303)
