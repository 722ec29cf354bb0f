"""People to reach by phone or post, and other things to do beside the cases: what to say, and what came of it."""

import secrets
from functools import partial
from io import BytesIO

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import calendars, clock, db, words
from complaints.api.limits import ACTS, limiter
from complaints.config import settings
from complaints.db import MOST_ID
from complaints.delivery.causes import cause
from complaints.delivery.content import Content, content
from complaints.documents import posted, written
from complaints.documents.posted import Posted
from complaints.errors import BadInput, ComplaintsError, KeyReused, Misconfigured, NotFound, StaleVersion
from complaints.inputs import parse
from complaints.registry import errands, links
from complaints.registry.lifecycle import REVIEWERS
from complaints.schemas import NoteSchema, TaskSchema
from complaints.workflow import attempts, reaching
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Role
from complaints.workflow.reaching import Reach, Wanted
from web import casework, labels, paging, private_links
from web.casework import Answer
from web.desk.door import centre, pages
from web.forms import row_id
from web.language import gettext as _
from web.sessions import me, only_for
from web.time_left import left

TASK = f"/tasks/<int(max={MOST_ID}):task_id>"
KNOWN = ("number", "product", "enterprise", "state", "actor", "occurred_at")
LOOK, PRINT, RENEW = "task to reach somebody", "letter to post", "letter with a new link"  # in the access log


@pages.get("/tasks")
@centre
def tasks() -> str:
    """Who is to be reached by phone or post, and what else is to be done, the nearest date first."""
    wanted = Wanted(*(request.args.get(name, "") for name in ("kind", "way", "whose")))
    known = (reaching.KINDS, ("", *reaching.WAYS), reaching.WHOSE)
    if any(value not in words for value, words in zip((wanted.kind, wanted.way, wanted.whose), known, strict=True)):
        abort(404)
    with db.reading() as session, paging.cursor() as cursor:
        page = reaching.listed(session, wanted, me().actors, cursor=cursor)
        firms = errands.waiting(session, wanted.way) if _with_errands(wanted, cursor) else []
        rest = partial(left, calendars.current(session), at=clock.now())
    given = {"kind": wanted.kind, "way": wanted.way, "whose": wanted.whose}
    query = {name: value for name, value in given.items() if value}
    return render_template("tasks.html", page=page, wanted=wanted, query=query, left=rest, firms=firms)


def _with_errands(wanted: Wanted, cursor: str | None) -> bool:
    """They stand above the first page, for those who may do them."""
    return (
        cursor is None and wanted.kind in ("", reaching.REACH) and any(each.role in REVIEWERS for each in me().actors)
    )


@pages.get(TASK)
@centre
def task(task_id: int) -> str:
    """One person to reach: who, how, what to say, and the ways in which it can end."""
    return _page(task_id, [])


@pages.post(TASK)
@centre
def settle(task_id: int) -> Answer:
    """What came of it, with a note if there is one; both or nothing."""
    with db.reading() as session:
        number = reaching.number_of(session, task_id) or abort(404)
    seen = request.form.get("version", 0, type=row_id)  # 0 is never a version
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    try:
        facts = parse(TaskSchema(), {"task_id": str(task_id), "result": request.form.get("result", "")})
        text = request.form.get("text", "").strip()
        note = parse(NoteSchema(), {"text": text}) if text else None
        with db.transaction() as session:
            attempts.act(session, Attempt(number, "do_task", me().actors, seen, "page", key), facts, clock.now())
            if note is not None:
                beside = Attempt(number, "note", me().actors, None, "page", f"{key}note")
                attempts.act(session, beside, note, clock.now())
    except BadInput as error:
        return _page(task_id, [labels.fault(each) for texts in error.fields.values() for each in texts]), 422
    except StaleVersion:
        return _page(task_id, [_("Somebody else acted first. Look at the case, then record it again.")]), 409
    except ComplaintsError as error:
        return _page(task_id, [casework.why_not(error, "do_task")]), 409
    flash(_("Recorded: %(what)s", what=labels.choice("result", facts["result"])))
    return redirect(url_for("desk.tasks"), 303)


@pages.get(f"{TASK}/letter.pdf")
@centre
def printed(task_id: int) -> Response:
    """The letter that did not arrive, to be printed and posted."""
    with db.transaction() as session:
        found = _reach(session, task_id, PRINT)
        said, link = _said(found, found.locale), _link(session, found)
    if said is None or not found.address:
        abort(404)
    return _pdf(found, said, link)


@pages.post(f"{TASK}/link.pdf")
@only_for(Role.INTAKE.value, Role.SUPERVISOR.value)
@limiter.limit(ACTS)
def new_link(task_id: int) -> Response:
    """A letter with a new private link for who lost theirs; earlier links end with it, and no page shows it."""
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    with db.transaction() as session:
        found = _reach(session, task_id, RENEW)
        if not found.renews or not found.address:
            abort(404)
        attempts.lock(session, found.case.number, me().actors)
        try:
            token = private_links.anew(session, found.case.id, f"account:{me().id}", key)
        except KeyReused:
            token = None
        if token is None:
            abort(409)
    product = found.case.product or words.say(found.locale, "letter.unnamed_product")
    said = posted.new_link(found.locale, found.case.number, product)
    return _pdf(found, said, f"{settings().base_url}/c/{token}", why="")


def _pdf(found: Reach, said: Content, link: str, **more: str) -> Response:
    letter = Posted(
        number=found.case.number, name=found.name, address=found.address, language=found.locale, written=said,
        link=link, made_at=clock.now(), **more,
    )  # fmt: skip
    name = f"{found.case.number}-{found.task.id}.pdf"
    answer = send_file(
        BytesIO(posted.render(letter)), mimetype="application/pdf", as_attachment=True, download_name=name
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _reach(session: Session, task_id: int, what: str = LOOK) -> Reach:
    try:
        return reaching.load_one(session, task_id, me().actors, clock.now(), what)
    except NotFound:
        abort(404)


def _page(task_id: int, problems: list[str]) -> str:
    at = clock.now()
    with db.transaction() as session:
        found = _reach(session, task_id)
        rest = partial(left, calendars.current(session), at=at)
    order = (found.locale, *(each for each in ("zh", "en") if each != found.locale))
    scripts = [(each, _said(found, each)) for each in order]
    error = found.letter.last_error if found.letter is not None else None
    return render_template(
        "task.html", found=found, scripts=scripts, why=cause(error) if found.letter else None, error=error, left=rest,
        problems=problems, kept=request.form.get("text", ""), form_key=secrets.token_urlsafe(24),
        centre=written.centre, known=_known, renews_links=bool({"intake", "supervisor"} & set(me().roles)),
    )  # fmt: skip


def _known(language: str) -> set[str]:
    """Labels of what whoever is phoned knows already, or hears in other words."""
    return {words.say(language, f"label.{name}") for name in KNOWN}


def _said(found: Reach, language: str) -> Content | None:
    """What the letter said, in a language; None where no letter is known."""
    letter = found.letter
    try:
        return content(language, letter.letter, letter.step, letter.facts) if letter is not None else None
    except (KeyError, Misconfigured):  # a letter of another form
        return None


def _link(session: Session, found: Reach) -> str:
    """Where the letter leads; none is made here, for looking makes none."""
    base = settings().base_url
    if found.task.party == Role.ENTERPRISE.value:
        return f"{base}/portal/cases/{found.case.number}"
    token = links.current(session, found.case.id)
    return f"{base}/c/{token}" if token else ""
