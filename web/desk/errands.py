"""An enterprise to be told by phone or post of a clock of its pledge, a measure or a signal; and how that ended."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from werkzeug import Response

from complaints import calendars, clock, db
from complaints.api.limits import ACTS, limiter
from complaints.config import settings
from complaints.db import MOST_ID
from complaints.delivery import course_words
from complaints.delivery.causes import cause
from complaints.documents import posted, written
from complaints.documents.posted import Posted
from complaints.errors import BadInput, ComplaintsError, NotFound, StaleVersion
from complaints.models import Enterprise, Errand, Notice
from complaints.registry import course, errands, saying
from complaints.registry.lifecycle import REVIEWERS
from complaints.workflow.case import Actor, Role
from web.casework import Answer
from web.desk.door import pages
from web.forms import Box, Problem, problems, row_id
from web.labels import fault
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me, only_for
from web.time_left import left
from web.wording import say

told_by = only_for(*(role.value for role in REVIEWERS))
ONE = f"/errands/<int(max={MOST_ID}):errand_id>"


@pages.get(ONE)
@told_by
def errand(errand_id: int) -> str:
    """One enterprise to tell: how, what to say, and the ways in which it can end."""
    return _page(errand_id)


@pages.post(ONE)
@told_by
@limiter.limit(ACTS)
def end_errand(errand_id: int) -> Answer:
    """What came of it, with a note if there is one."""
    trigger, facts = request.form.get("trigger", ""), {"reason": request.form.get("reason", "")}
    version = request.form.get("version", 0, type=row_id)
    try:
        if trigger not in errands.VERBS:
            raise BadInput("no result", {"trigger": ["required"]})
        once(["errand", errand_id, trigger, facts, version], _doing(errand_id, trigger, facts, version))
    except BadInput as error:
        return make_response(_page(errand_id, error), 422)
    except StaleVersion:
        return make_response(_page(errand_id, said=_("Somebody else acted first. Look again.")), 409)
    except ComplaintsError:
        return make_response(_page(errand_id, said=_("This is not possible any more in this state.")), 409)
    flash(_("Recorded: %(what)s", what=say(f"course.trigger.errand.{trigger}")))
    return redirect(url_for("desk.tasks"), 303)


def _doing(errand_id: int, trigger: str, facts: dict[str, Any], version: int) -> Callable[..., dict[str, Any]]:
    return lambda session: {
        "version": errands.act(session, errand_id, trigger, _actors(), clock.now(), facts, version).seq
    }


@pages.get(f"{ONE}/letter.pdf")
@told_by
def posted_letter(errand_id: int) -> Response:
    """The letter that did not arrive, to be printed and posted."""
    at = clock.now()
    with db.reading() as session:
        found = _look(errand_id, session)
        firm, letter = session.get_one(Enterprise, found.enterprise_id), session.get_one(Notice, found.notice_id)
    if not firm.address:
        abort(404)
    name = f"{letter.facts['number']}-{errand_id}.pdf"
    paper = posted.render(
        Posted(
            number=letter.facts["number"], name=firm.name, address=firm.address, language=firm.locale,
            written=course_words.content(firm.locale, letter.step, letter.facts),
            link=f"{settings().base_url}/portal/{letter.facts['place']}", made_at=at,
        )
    )  # fmt: skip
    answer = send_file(BytesIO(paper), mimetype="application/pdf", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _actors() -> Sequence[Actor]:
    return [actor for actor in me().actors if actor.role in REVIEWERS]


def _look(errand_id: int, session: Any) -> Errand:
    try:
        return errands.look(session, errand_id, _actors())
    except NotFound:
        abort(404)


def _page(errand_id: int, error: BadInput | None = None, said: str = "") -> str:
    at = clock.now()
    with db.reading() as session:
        found = _look(errand_id, session)
        subject = errands.subject_of(session, found)
        firm, letter = session.get_one(Enterprise, subject.enterprise_id), session.get_one(Notice, found.notice_id)
        rest = partial(left, calendars.current(session), at=at)
        log = course.log(session, found)
        people = course.people(session, log, _actors())
    order = (firm.locale, *(each for each in ("zh", "en") if each != firm.locale))
    scripts = [(each, course_words.paragraphs(each, letter.step, letter.facts)) for each in order]
    box = _note(error.fields if error else {})
    wrong = problems(error, {"reason": box.label, "trigger": _("What came of it")}) if error else []
    return render_template(
        "errand.html", errand=found, subject=subject, firm=firm, letter=letter, scripts=scripts, left=rest, log=log,
        why=cause(letter.last_error), box=box, problems=[*wrong, *([Problem("", said)] if said else [])],
        form_key=fresh_key(), people=people, centre=written.centre, possible=_possible(found, at),
        may_open=any(actor.role is Role.SUPERVISOR for actor in _actors()) or subject.course == "pledge",
        place=letter.facts["place"],
    )  # fmt: skip


def _possible(found: Errand, at: Any) -> bool:
    return any(course.actions(found, actor, at) for actor in _actors())


def _note(errors: Mapping[str, Sequence[str]]) -> Box:
    hint = _("Say by which way and with whom. It is kept for ever, and only the centre sees it.")
    typed = request.form.get("reason", "")
    box = Box("reason", "lines", _("Note"), hint, most=saying.LONGEST, value=typed)
    box.errors = [fault(key) for key in errors.get("reason", ())]
    return box
