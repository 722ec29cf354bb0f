"""The record at the desk: its months, and the objections that a supervisor decides."""

import secrets

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput, ComplaintsError, NotFound
from complaints.insight import record_corrections, record_lists, record_objections
from complaints.models import Enterprise, RecordMonth
from complaints.registry import course
from complaints.workflow.case import Actor, Role
from web import casework, record_words
from web.casework import Answer
from web.desk.door import pages
from web.forms import problems
from web.language import gettext as _
from web.once import once
from web.sessions import me, only_for

LONGEST_NAME = 60  # of a name that is looked for
supervisors = only_for(Role.SUPERVISOR.value)
ONE = f"/objections/<int(max={MOST_ID}):objection_id>"


@pages.get("/record")
@supervisors
def record() -> str:
    """The months, taken and published, the objections, and the published lines of enterprises that are looked for."""
    month, name = (request.args.get(each, "").strip()[:LONGEST_NAME] for each in ("month", "q"))
    with db.reading() as session:
        months = session.scalars(
            select(RecordMonth).where(RecordMonth.taken_at.is_not(None)).order_by(RecordMonth.month.desc()).limit(24)
        ).all()
        waiting, over = record_objections.undecided(session), record_objections.decided(session)
        ids = {each.enterprise_id for each in (*waiting, *over)}
        firms = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(ids)))
        names = {row.id: row.name for row in firms}
        found = record_lists.page(session, month, "all", name).lines if name else []
    return render_template(
        "desk_record.html", months=months, waiting=waiting, over=over, names=names, words=record_words, found=found,
        month=month, name=name,
    )  # fmt: skip


@pages.get(ONE)
@supervisors
def objection(objection_id: int) -> str:
    """One objection, to be decided."""
    return _page(objection_id)


def _page(objection_id: int, error: BadInput | None = None) -> str:
    with db.reading() as session:
        try:
            found = record_objections.one(session, objection_id)
        except NotFound:
            abort(404)
        log, can = course.log(session, found), course.actions(found, actor(), clock.now())
        firm = session.get_one(Enterprise, found.enterprise_id)
    names = {"reason": _("Reason"), "excluded": _("Case that does not count")}
    return render_template(
        "desk_objection.html", found=found, log=log, can=can, firm=firm, words=record_words, typed=request.form,
        problems=problems(error, names) if error else [], form_key=secrets.token_urlsafe(24),
        longest=record_corrections.LONGEST,
    )  # fmt: skip


@pages.post(ONE)
@supervisors
@limiter.limit(ACTS)
def decide(objection_id: int) -> Answer:
    """Uphold it, with a case that does not count where there is one, or reject it; with a reason."""
    then, reason, excluded = (request.form.get(name, "").strip() for name in ("then", "reason", "excluded"))
    if then not in ("uphold", "reject"):
        abort(400)
    try:
        once(
            [then, objection_id, reason, excluded],
            lambda session: {
                "id": record_objections.act(session, objection_id, then, actor(), clock.now(), reason, excluded).id
            },
        )
    except BadInput as error:
        return _page(objection_id, error), 422
    except ComplaintsError as error:
        flash(casework.why_not(error, then))
        return redirect(url_for("desk.objection", objection_id=objection_id), 303)
    flash(_("Decided. The enterprise is told."))
    return redirect(url_for("desk.record"), 303)


def actor() -> Actor:
    """A supervisor who also has other roles decides as the supervisor."""
    return next(each for each in me().actors if each.role is Role.SUPERVISOR)
