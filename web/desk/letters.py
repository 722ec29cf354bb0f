"""Letters that could not be delivered: why, in words, what helps, trying them again, or having somebody phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db
from complaints.delivery import course_words, outbox
from complaints.delivery.causes import cause
from complaints.delivery.content import content
from complaints.errors import Misconfigured, NotFound, NotNow
from complaints.models import Complaint, Enterprise, Notice
from complaints.registry import course_letters, errands
from complaints.workflow import reaching
from complaints.workflow.case import State
from web.desk.door import centre, pages
from web.forms import row_id
from web.language import gettext as _
from web.language import locale
from web.wording import say

MOST_LETTERS = 50
PARTIES = ("consumer", "enterprise")


@dataclass(frozen=True, slots=True)
class Dead:
    """One of them, as it is shown. `task_id`, `errand_id`: who is to be phoned already; `phoned`: whether a phone call
    can help."""

    notice: Notice
    number: str
    subject: str
    reader: str
    why: str
    task_id: int | None
    errand_id: int | None
    phoned: bool


@pages.get("/letters")
@centre
def letters() -> str:
    """Letters that could not be delivered, newest first."""
    with db.reading() as session:
        dead = outbox.dead(session, MOST_LETTERS + 1, request.args.get("before", type=row_id))
        shown = _shown(session, dead[:MOST_LETTERS])
    more = shown[-1].notice.id if len(dead) > len(shown) else None
    return render_template("letters.html", dead=shown, more=more)


def _shown(session: Session, dead: Sequence[Notice]) -> list[Dead]:
    ids = {notice.complaint_id for notice in dead if notice.complaint_id is not None}
    known = select(Complaint.id, Complaint.number, Complaint.state).where(Complaint.id.in_(ids))
    cases = {row.id: (row.number, row.state) for row in session.execute(known)}
    tasks, firms = reaching.open_tasks(session, list(ids)), _firms(session, dead)
    sent = errands.of_letters(session, [notice.id for notice in dead])
    return [_one(notice, cases, tasks, firms, sent) for notice in dead]


def _one(
    notice: Notice, cases: Mapping[int, tuple[str, str]], tasks: Mapping[tuple[int, str], int],
    firms: Mapping[str, str], sent: Mapping[int, int],
) -> Dead:  # fmt: skip
    number, state = cases.get(notice.complaint_id or 0, ("", ""))
    party = notice.recipient.partition(":")[0]
    reader = say(f"role.{notice.facts['reader']}") if notice.facts.get("reader") else notice.recipient
    return Dead(
        notice=notice,
        number=number,
        subject=_subject(notice),
        reader=firms.get(notice.recipient, reader),
        why=cause(notice.last_error),
        task_id=tasks.get((notice.complaint_id or 0, party)),
        errand_id=sent.get(notice.id),
        phoned=bool(number) and state != State.CLOSED.value and party in PARTIES,
    )


def _firms(session: Session, dead: Sequence[Notice]) -> dict[str, str]:
    """Enterprises are named, people are not."""
    ids = [int(each.recipient.partition(":")[2]) for each in dead if each.recipient.startswith("enterprise:")]
    named = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(ids)))
    return {f"enterprise:{key}": name for key, name in named}


def _subject(notice: Notice) -> str:
    """What the letter was about, in the words of its own subject, without the number that stands beside it."""
    if notice.letter == course_letters.LETTER:
        return course_words.subject(locale(), notice.step, notice.facts)
    try:
        subject = content(locale(), notice.letter, notice.step, notice.facts).subject
    except (KeyError, Misconfigured):  # a digest, or the letter that brings links
        return say(f"dead_letter.{'digest' if notice.step == 'digest' else 'other'}")
    return subject.partition(notice.facts["number"])[2].lstrip(" :：") or subject


@pages.post("/letters/retry")
@centre
def retry() -> Response:
    """Try one of them again, or all."""
    one = request.form.get("id", type=row_id)
    with db.transaction() as session:
        count = outbox.retry_dead(session, clock.now(), [one] if one is not None else None)
    flash(_("%(n)d letters will be tried again.", n=count))
    return redirect(url_for("desk.letters"), 303)


@pages.post("/letters/phone")
@centre
def phone() -> Response:
    """Have somebody phone or write to whom a letter did not reach; on to the task."""
    one = request.form.get("id", 0, type=row_id)
    try:
        with db.transaction() as session:
            task = reaching.from_letter(session, one, clock.now())
            task_id = task.id
    except NotFound:
        flash(_("This letter is not among the failed ones any more."))
        return redirect(url_for("desk.letters"), 303)
    except NotNow:
        flash(_("Nobody has to be phoned for this letter: the case has ended, or another enterprise answers it now."))
        return redirect(url_for("desk.letters"), 303)
    return redirect(url_for("desk.task", task_id=task_id), 303)
