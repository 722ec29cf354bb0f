"""The demo world's own pages: moving the clock, the letters as they left, the log-ins. In a live world they are 404."""

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, abort, current_app, flash, g, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response as Answer

from complaints import clock, db
from complaints.db import MOST_ID
from complaints.delivery import addresses, letter, looked_up, parcels
from complaints.demo import cast, marks, time_machine, world
from complaints.errors import BadInput
from complaints.models import Account, Complaint, Enterprise, Notice
from complaints.registry import accounts
from complaints.registry import world as worlds
from complaints.registry.account_letters import FORMER, INVITATION, RESET, TRIES
from complaints.registry.links import LETTER
from complaints.workflow.case import Role
from web.language import gettext as _
from web.sessions import back_to
from web.wording import moment, say

pages = Blueprint("demo", __name__, url_prefix="/demo")
STEPS = (1, 3, 5, 10, 20)
MOST_LETTERS = 100
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"  # a mail's own styles


def init_app(app: Flask) -> None:
    """Put the demo's bar on every page of a demo world."""
    app.context_processor(lambda: {"demo_clock": clock.now() if is_demo() else None, "demo_steps": STEPS})


def is_demo() -> bool:
    """Whether this database was created as a demo. What a world is never changes, so it is asked once."""
    if g.get("database_away"):
        return False
    kept: dict[str, bool] = current_app.extensions.setdefault("world", {})
    if "demo" not in kept:
        with db.reading() as session:
            kind = worlds.kind(session)
        if kind is None:
            return False
        kept["demo"] = kind == worlds.DEMO
    return kept["demo"]


@pages.before_request
def _only_in_a_demo() -> None:
    if not is_demo():
        abort(404)


@pages.get("")
def start() -> str:
    """What one can do here, and the log-ins."""
    with db.reading() as session:
        codes = marks.addresses(session)
    return render_template(
        "demo.html",
        logins=[(each.login, each.password, _is(each)) for each in cast.LOG_INS],
        links=world.links(),
        codes=codes,
    )


@pages.post("/move")
def move() -> Answer:
    """Move the clock by working days, living through everything that falls due."""
    try:
        now = time_machine.move(request.form.get("days", 0, type=int))
    except BadInput:
        flash(_("Choose a number of working days."))
    else:
        flash(_("Case time is now %(time)s.", time=moment(now)))
    return redirect(back_to(request.form.get("next")), 303)


@pages.get("/outbox")
def outbox() -> str:
    """The letters, newest first, by reader or by case."""
    reader, number = request.args.get("reader", ""), request.args.get("number", "").strip().upper()
    planned = "planned" in request.args
    query = select(Notice, Complaint.number).outerjoin(Complaint, Complaint.id == Notice.complaint_id)
    if reader:
        query = query.where(Notice.recipient == reader)
    if number:
        query = query.where(Complaint.number == number)
    if not planned:
        query = query.where(Notice.status.in_(("sent", "dead")))
    order = (Notice.next_at, Notice.id) if planned else (Notice.settled_at.desc(), Notice.id.desc())
    with db.reading() as session:
        rows = session.execute(query.order_by(*order).limit(MOST_LETTERS)).all()
        known = session.scalars(select(Notice.recipient).distinct().order_by(Notice.recipient)).all()
        readers = {recipient: _reader(session, recipient) for recipient in known}
        subjects = {notice.id: _subject(session, notice) for notice, _number in rows}
    return render_template(
        "outbox.html", rows=rows, readers=readers, subjects=subjects, reader=reader, number=number, planned=planned
    )


@pages.get(f"/outbox/<int(max={MOST_ID}):notice_id>")
def mail(notice_id: int) -> str:
    """One letter: head, text, and the HTML in a frame of its own."""
    with db.transaction() as session:
        notice = session.get(Notice, notice_id) or abort(404)
        written = _written(session, notice)
        address = notice.address or _address(session, notice)
    return render_template("mail.html", notice=notice, letter=written, address=address)


@pages.get(f"/outbox/<int(max={MOST_ID}):notice_id>/html")
def mail_html(notice_id: int) -> Response:
    """The HTML of one letter, for the frame: it may load and run nothing."""
    with db.transaction() as session:
        notice = session.get(Notice, notice_id) or abort(404)
        answer = Response(_written(session, notice).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = LETTER_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _reader(session: Session, recipient: str) -> str:
    """A reader's name: the consumer of a case, an enterprise, an officer, a desk."""
    kind, _colon, name = recipient.partition(":")
    if kind == "desk":
        return say(f"role.{name}")
    if kind == LETTER:
        return _("Somebody who asked for their links")
    if kind in (RESET, TRIES, INVITATION, FORMER):
        return _("Somebody who logs in, or will")
    if kind == "consumer":
        case = session.get(Complaint, int(name))
        return f"{say('role.consumer')} {case.number if case else ''}"
    row = session.get(Enterprise, int(name)) if kind == "enterprise" else session.get(Account, int(name))
    return row.name if row else recipient


def _address(session: Session, notice: Notice) -> str | None:
    if notice.letter not in looked_up.LETTERS:
        return addresses.resolve(session, notice.recipient)
    found = looked_up.find(session, notice.letter, notice.recipient, clock.now())
    return found.address if found else None


def _subject(session: Session, notice: Notice) -> str:
    """What a letter is about. Nothing is written for it, as it may be for the link inside."""
    if notice.letter in looked_up.LETTERS:
        return _bare(notice).subject
    if notice.step != "digest":
        return letter.render(notice, "").subject
    return letter.render_digest(notice, [(child, "") for child in _inside(session, notice)], "").subject


def _bare(notice: Notice) -> letter.Letter:
    """A letter whose reader is looked up, without links."""
    if notice.letter == LETTER:
        return letter.render_links(notice.locale, notice.step, [])
    return letter.render_account(notice.locale, notice.step, [], place="…")


def _inside(session: Session, digest: Notice) -> Sequence[Notice]:
    return session.scalars(select(Notice).where(Notice.digest_id == digest.id)).all()


def _written(session: Session, notice: Notice) -> letter.Letter:
    """The letter as delivery writes it; a consumer whose link is lost gets a new one."""
    at = clock.now()
    if notice.letter in looked_up.LETTERS:
        found = looked_up.find(session, notice.letter, notice.recipient, at)
        return looked_up.write(session, notice, found, at) if found else _bare(notice)
    if notice.step != "digest":
        return letter.render(notice, parcels.link_to(session, notice, at))
    inside = _inside(session, notice)
    linked = [(child, parcels.link_to(session, child, at)) for child in inside]
    return letter.render_digest(notice, linked, addresses.link(session, notice.recipient, None, at))


def _is(each: cast.LogIn) -> str:
    """What somebody of the demo world is, and where."""
    held = [role for role in each.roles if role != Role.ENTERPRISE.value or accounts.MANAGER not in each.roles]
    words = [say(f"role.{role}") for role in held]
    return say("letter.separator").join([*words, *([each.firm.name] if each.firm else [])])
