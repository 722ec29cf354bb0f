"""The filing form and its taking in, for consumers and for officers on somebody's behalf. A double click files once."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.api.limits import count_mailbox
from complaints.insight import narratives
from complaints.models import Complaint, Enterprise
from complaints.registry import links
from complaints.schemas import FilingSchema, parse
from complaints.workflow import actions, filings
from complaints.workflow.case import Actor, Role
from complaints.workflow.filing import Filing
from web.forms import Typed, build, typed_data
from web.language import gettext as _
from web.language import locale

DISPUTE = ("enterprise", "product", "batch", "bought_on", "amount", "narrative", "request")
PERSON = ("name", "phone", "email", "address")
CONSENTS = ("consumer_consents", "share_consent", "contact_consent")
STORY = "publish_story"
NAMES = (*DISPUTE, *PERSON, *CONSENTS, STORY)
KEY = "filing_key"  # random, made with each new form: only whoever holds it gets the same case again
MOST_SUGGESTED = 300


@dataclass(frozen=True, slots=True)
class Filed:
    """A case that was filed, and the token of the private link made for it; None where that was revoked since."""

    number: str
    token: str | None


def page(
    typed: Typed | None = None, errors: Mapping[str, Sequence[str]] | None = None, *, officer: bool = False
) -> str:
    """The form, with what was typed and what is wrong."""
    typed = typed if typed is not None else MultiDict()
    form = build("file", _schema(officer), _names(officer), typed, errors)
    form.box("enterprise").suggestions = "enterprises"
    with db.reading() as session:
        listed = select(Enterprise.name).where(Enterprise.participant).order_by(Enterprise.name)
        known = session.scalars(listed.limit(MOST_SUGGESTED)).all()
    key = typed.get(KEY) or secrets.token_urlsafe(24)
    parts = {"dispute": DISPUTE, "person": PERSON, "consents": (*CONSENTS, STORY), "officer": officer}
    return render_template("file.html", form=form, known=known, key_name=KEY, key=key, **parts)


def receive(actor: Actor, typed: Typed, *, officer: bool = False) -> Filed:
    """File it, once for each form. An officer may leave out what a letter or a call did not say: intake then asks.

    Raises BadInput, naming the fields.
    """
    data = typed_data(_schema(officer), _names(officer), typed)
    filing: Filing = parse(_schema(officer), data | {"locale": locale()})
    door = f"desk:{actor.account_id}" if officer else "page"  # no key of one door means anything at another
    key = f"{door}:{typed.get(KEY) or secrets.token_urlsafe(24)}"
    with db.transaction() as session:
        return once(session, key, lambda: _file(session, filing, actor, key))


def _file(session: Session, filing: Filing, actor: Actor, key: str) -> int:
    if actor.role is Role.CONSUMER:
        count_mailbox(filing.email)
    at = clock.now()
    case = actions.file(session, filing, actor, at, key=key)
    narratives.chosen(session, filing, case, at)
    return case.id


def once(session: Session, key: str, file: Callable[[], int]) -> Filed:
    """What was filed under this key; `file` files it if nothing was, and says under which id."""
    known = filings.filed_with(session, key)
    case_id = known if known is not None else file()
    return Filed(session.get_one(Complaint, case_id).number, links.first(session, case_id))


def once_known(session: Session, key: str) -> Filed | None:
    """What was filed under this key before, if anything was."""
    known = filings.filed_with(session, key)
    return once(session, key, lambda: known) if known is not None else None


def leave(filed: Filed) -> Response:
    """To the receipt; for who files again what was filed long ago, to where a lost link is found."""
    if filed.token is None:
        flash(_("This was filed already, as %(number)s, and its link was made anew since.", number=filed.number))
        return redirect(url_for("public.lost"), 303)
    return redirect(url_for("public.receipt", token=filed.token), 303)


def _schema(officer: bool) -> FilingSchema:
    return FilingSchema(required=not officer, officer=officer)


def _names(officer: bool) -> Sequence[str]:
    return (*NAMES, "mandate") if officer else NAMES
