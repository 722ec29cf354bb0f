"""A complaint in steps: one question a page, kept as a draft from the first answer on, filed from the last page.

Every post keeps what was typed, right or wrong; only going on asks whether it is right. Who goes back, reloads or
closes the browser finds it again, by cookie or by the link that the pages show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.api.limits import DRAFTS, FILES, FILING, PIECES, address, limiter
from complaints.config import settings
from complaints.errors import BadInput
from complaints.inputs import StepInput, parse
from complaints.models import Draft
from complaints.registry import drafts
from complaints.registry.enterprises import check_code
from complaints.registry.uploads import FIELD
from web import filing, finding, remedies, uploads
from web import pieces as coming
from web.filing import CONSENTS, PERSON, STORY
from web.forms import Box, Form, Typed, build, typed_data
from web.labels import N_
from web.language import gettext as _
from web.language import switched
from web.uploads import HELD
from web.wording import day, money, paragraphs

pages = Blueprint("filing", __name__, url_prefix="/file")
COOKIE = "draft"
POSTS = "600 per minute"  # from one address, behind which a carrier may keep a whole town


@dataclass(frozen=True, slots=True)
class Step:
    """One page: its question, and the boxes on it."""

    name: str
    title: str
    boxes: Sequence[str] = ()
    aside: Sequence[str] = ()  # asked elsewhere now: only where a draft has an answer from before

    def asked(self, answers: Mapping[str, str]) -> Sequence[str]:
        """The boxes of this page, for what a draft has answered."""
        return (*self.boxes, *(name for name in self.aside if answers.get(name)))


STEPS = {
    step.name: step
    for step in (
        Step("enterprise", N_("Who is it about?"), ("enterprise",)),
        Step("purchase", N_("What did you buy?"), ("product", "batch", "kind")),
        Step("bought", N_("When and how did you buy it?"), ("bought_on", "how")),
        Step("amount", N_("How much did it cost?"), ("amount",)),
        Step("happened", N_("What went wrong?"), ("trouble", "narrative")),
        Step("request", N_("What do you ask for?"), ("request",)),
        Step("evidence", N_("Photos, papers, videos")),
        Step("person", N_("Who are you?"), PERSON),
        Step("consents", N_("What do you agree to?"), CONSENTS, (STORY,)),
    )
}
ORDER = list(STEPS)
BESIDE = ("enterprise_id", "repairs", "repair_days")  # kept with a draft, asked for in other ways
KEPT = (*(box for step in STEPS.values() for box in (*step.boxes, *step.aside)), *BESIDE)  # on whichever page
PAGES = ",".join(name for name in ORDER if name != "evidence")


@pages.get("")
def start() -> str:
    """What is needed and how long it takes; or the draft that was begun."""
    with db.reading() as session:
        draft = _find(session)
        answers = dict(draft.answers) if draft else {}
    return render_template("file_start.html", begun=draft is not None, answers=answers, first=_unfinished(answers))


@pages.route(f"/<any({PAGES}):name>", methods=["GET", "POST"])
@limiter.limit(POSTS, key_func=address, methods=["POST"])
def step(name: str) -> Any:
    """One question. A post keeps what was typed and goes on, back, or stays with what was asked for beside it."""
    if request.method == "GET":
        with db.reading() as session:
            draft = _find(session)
            answers = dict(draft.answers) if draft else {}
        return _page(name, answers, search=request.args.get("enterprise"))
    answers, secret = _keep(name)
    go = "again" if switched() else request.form.get("go", "next")
    return with_cookie(_after(name, go, answers), secret)


def _after(name: str, go: str, answers: dict[str, str]) -> Any:
    """Where a post leads: nowhere (what was typed is only kept), back, to the same page with more on it, or on."""
    if go == "keep":
        return "", 204
    if go == "back":
        return redirect(_before(name), 303)
    if go == "later":
        return redirect(url_for("filing.later"), 303)
    if go == "search":
        return _page(name, answers, search=answers.get("enterprise", ""))
    if go == "again" or go.startswith("ask:"):
        return redirect(url_for("filing.step", name=name, then=request.form.get("then") or None), 303)
    errors = _wrong(name, answers)
    if errors:
        return _page(name, answers, errors), 422
    return redirect(_onward(name), 303)


def _onward(name: str) -> str:
    """The page after this one; back to the review for who came from there."""
    return url_for("filing.review") if request.form.get("then") == "review" else _next(name)


def _keep(name: str) -> tuple[dict[str, str], str]:
    """Write what was typed on a page into the draft, which begins with it; returns all answers and the secret."""
    with db.transaction() as session:
        draft, secret, at = *open_draft(session), clock.now()
        typed = dict.fromkeys(STEPS[name].asked(draft.answers), "")
        typed |= {each: request.form[each].strip() for each in KEPT if each in request.form}
        answers = draft.answers | typed
        if name == "enterprise":
            answers |= finding.chosen(session, draft.answers, typed, late=request.form.get("go") == "keep")
        if name == "request" and request.form.get("go", "").startswith("ask:"):
            asked = remedies.asked(session, request.form["go"].removeprefix("ask:"), answers)
            answers["request"] = _added(answers.get("request", ""), asked)
        drafts.write(draft, answers, at)
        return dict(draft.answers), secret


def _added(written: str, asked: str) -> str:
    """What was written, and what is asked for with it, once."""
    return written if asked in written else "\n".join(filter(None, (written, asked)))


def open_draft(session: Session) -> tuple[Draft, str]:
    """The draft of this browser, locked; a new one where there is none."""
    secret = request.cookies.get(COOKIE, "")
    draft = drafts.find(session, secret, clock.now(), lock=True) if secret else None
    return (draft, secret) if draft else _begin(session)


@limiter.limit(DRAFTS)
def _begin(session: Session) -> tuple[Draft, str]:
    return drafts.start(session, clock.now())


def _find(session: Session) -> Draft | None:
    secret = request.cookies.get(COOKIE, "")
    return drafts.find(session, secret, clock.now()) if secret else None


def _wrong(name: str, answers: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """What is wrong with the answers of one page, by box: the rules are those of the filing itself."""
    boxes = STEPS[name].asked(answers)
    schema = StepInput(boxes)
    try:
        parse(schema, typed_data(schema, boxes, MultiDict(answers)))
        check_code(answers.get("enterprise", "") if name == "enterprise" else "", "enterprise")
    except BadInput as error:
        return error.fields
    return {}


def _page(
    name: str, answers: dict[str, str], errors: Mapping[str, Sequence[str]] | None = None, *, search: str | None = None
) -> str:
    step = STEPS[name]
    form = _form(step, MultiDict(answers), errors)
    more: dict[str, Any] = {}
    if name == "enterprise":
        more = finding.found(search) if search is not None else {"chosen": answers.get("enterprise_id")}
    if name == "request":
        more = remedies.shown(answers)
    return render_template(
        "file_step.html", step=step, form=form, answers=answers, number=ORDER.index(name) + 1, total=len(ORDER),
        then=request.values.get("then"), way_back=_before(name), search=search, **more,
    )  # fmt: skip


def _form(step: Step, typed: Typed, errors: Mapping[str, Sequence[str]] | None = None) -> Form:
    boxes = step.asked(typed)
    return build("file", StepInput(boxes or ["product"]), boxes, typed, errors)


def _before(name: str) -> str:
    at = ORDER.index(name)
    return _address(ORDER[at - 1]) if at else url_for("filing.start")


def _next(name: str) -> str:
    at = ORDER.index(name)
    return _address(ORDER[at + 1]) if at + 1 < len(ORDER) else url_for("filing.review")


def _address(name: str) -> str:
    return url_for("filing.evidence") if name == "evidence" else url_for("filing.step", name=name)


def _unfinished(answers: Mapping[str, str]) -> str:
    """The first page that still needs something; the review where none does."""
    name = next((each for each in ORDER if each != "evidence" and _wrong(each, answers)), None)
    return _address(name) if name else url_for("filing.review")


def with_cookie(answer: Any, secret: str | None) -> Response:
    """The answer, with the secret in the browser for as long as the draft is kept; None takes it away."""
    response: Response = make_response(answer)
    if secret is None:
        response.delete_cookie(COOKIE, path="/file", httponly=True, samesite="Lax")
        return response
    seconds, safe = int(drafts.KEPT_FOR.total_seconds()), settings().base_url.startswith("https://")
    response.set_cookie(COOKIE, secret, seconds, path="/file", httponly=True, samesite="Lax", secure=safe)
    return response


@pages.get("/enterprises")
def enterprises() -> str:
    """What the registry knows by the letters typed so far, as a piece of a page."""
    return render_template("_found.html", **finding.found(request.args.get("enterprise", "")))


@pages.route("/evidence", methods=["GET", "POST"])
@limiter.limit(FILES, methods=["POST"])
def evidence() -> Any:
    """Files that belong to the complaint; each post adds some, or takes one away, or goes on."""
    errors: Sequence[str] = ()
    secret: str | None = request.cookies.get(COOKIE)
    if request.method == "POST":
        onward = request.form.get("go") == "next"
        try:
            if not onward or HELD in request.form or any(each.filename for each in request.files.getlist(FIELD)):
                secret = _add_or_remove()
        except BadInput as error:
            errors = error.fields[FIELD]
        if onward and not errors:
            return _with(redirect(_onward("evidence"), 303), secret)
    with db.reading() as session:
        draft = drafts.find(session, secret or "", clock.now())
        kept = drafts.files(session, draft) if draft else []
    page = finding.evidence_page(kept, errors, ORDER, request.values.get("then"))
    return _with((page, 422 if errors else 200), secret)


@pages.route("/evidence/pieces", methods=["GET", "POST"])
@limiter.limit(PIECES)
def pieces() -> Any:
    """A large file on its way; the draft begins with its first piece."""
    secret: str | None = None
    with db.reading() as session:
        draft = _find(session)
    if draft is None and request.method == "POST":
        with db.transaction() as session:
            draft, secret = open_draft(session)
    return _with(coming.answer(drafts.owner(draft) if draft else ""), secret)


def _with(answer: Any, secret: str | None) -> Any:
    return with_cookie(answer, secret) if secret else answer


def _add_or_remove() -> str:
    """Take in the files of the form, or take one away. Raises BadInput, naming the box."""
    removed = request.form.get("remove", type=int)
    with db.reading() as session:
        begun = _find(session)
    owner = drafts.owner(begun) if begun else ""
    given = uploads.receive_all(request.files.getlist(FIELD), owner) if removed is None else []
    with db.transaction() as session:
        _draft, secret = open_draft(session)  # its row comes before its folder: what a crash leaves goes with it
    with db.transaction() as session:
        draft = drafts.find(session, secret, clock.now(), lock=True)
        if draft is not None:
            drafts.add(session, draft, given, clock.now())
        if draft is not None and removed is not None:
            drafts.remove(session, draft, removed)
    return secret


@pages.route("/review", methods=["GET", "POST"])
@limiter.limit(FILING, methods=["POST"])
def review() -> Any:
    """All answers on one page, each with a way to change it; a post files them, once."""
    secret = request.cookies.get(COOKIE, "")
    if request.method == "POST":
        try:
            filed = finding.file(secret, request.form.get(filing.KEY, ""))
        except BadInput as error:
            return _review(secret, error.fields), 422
        if filed is not None:
            return with_cookie(filing.leave(filed), None)
    return _review(secret)


def _review(secret: str, errors: Mapping[str, Sequence[str]] | None = None) -> Any:
    with db.reading() as session:
        draft = drafts.find(session, secret, clock.now())
        if draft is None:
            flash(_("There is no draft here. It was filed, deleted, or left for more than 14 days."))
            return redirect(url_for("filing.start"), 303)
        answers, kept = dict(draft.answers), list(drafts.files(session, draft))
    forms = {name: _form(each, MultiDict(answers), errors or _wrong_of(each, answers)) for name, each in STEPS.items()}
    problems = [(name, problem) for name, form in forms.items() for problem in form.problems if problem.name]
    return render_template(
        "file_review.html", steps=STEPS, filled=forms, problems_by_step=problems, files=kept, key_name=filing.KEY,
        key=drafts.filing_key(secret), address=_address, link=resume_link(secret),
    )  # fmt: skip


@pages.app_template_filter("as_read")
def as_read(box: Box) -> str:
    """What was typed into a box as people read it: days and money in the page's way, where they can be read."""
    try:
        if box.kind == "date":
            return day(date.fromisoformat(box.value))
        return money(box.value) if box.kind == "amount" else paragraphs(box.value)
    except (ValueError, ArithmeticError):
        return paragraphs(box.value)


def _wrong_of(step: Step, answers: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    return _wrong(step.name, answers) if step.boxes else {}


def resume_link(secret: str) -> str:
    """By which a draft is found again on any machine."""
    return f"{settings().base_url}{url_for('filing.resume', secret=secret)}"


@pages.get("/later")
def later() -> Any:
    """The link by which the draft is found again on any machine, and the way to delete it."""
    secret = request.cookies.get(COOKIE, "")
    with db.reading() as session:
        draft = drafts.find(session, secret, clock.now())
    if draft is None:
        return redirect(url_for("filing.start"), 303)
    return render_template(
        "file_later.html", link=resume_link(secret), until=draft.erase_at, path=url_for("filing.resume", secret=secret)
    )


@pages.route("/resume/<secret>", methods=["GET", "POST"])
def resume(secret: str) -> Any:
    """Go on with a draft on this machine, after a question: somebody else may have made the link."""
    with db.reading() as session:
        draft = drafts.find(session, secret, clock.now())
        answers = dict(draft.answers) if draft else {}
    if draft is None:
        abort(404)
    if request.method == "POST":
        return with_cookie(redirect(_unfinished(answers), 303), secret)
    return render_template("file_resume.html")


@pages.post("/forget")
def forget() -> Any:
    """Delete the draft and everything in it."""
    with db.transaction() as session:
        draft = drafts.find(session, request.cookies.get(COOKIE, ""), clock.now(), lock=True)
        if draft is not None:
            drafts.filed(draft, clock.now())
            session.flush()
            drafts.forget(session, clock.now())
    flash(_("The draft was deleted."))
    return with_cookie(redirect(url_for("filing.start"), 303), None)
