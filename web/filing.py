"""The filing form and its taking in, for consumers and for officers on somebody's behalf. A double click files once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.errors import Misconfigured
from complaints.models import Complaint, Enterprise, PrivateItem
from complaints.registry import links
from complaints.schemas import FilingSchema, parse
from complaints.workflow import actions
from complaints.workflow.case import Actor
from complaints.workflow.filing import Filing
from complaints.workflow.filings import contact_mark
from web.forms import Typed, build, typed_data
from web.language import locale

DISPUTE = ("enterprise", "product", "bought_on", "amount", "narrative", "request")
PERSON = ("name", "phone", "email", "address")
CONSENTS = ("consumer_consents", "share_consent", "contact_consent")
NAMES = (*DISPUTE, *PERSON, *CONSENTS)
SAME_FILING = timedelta(hours=1)
MOST_SUGGESTED = 300


def page(typed: Typed | None = None, errors: Mapping[str, Sequence[str]] | None = None) -> str:
    """The form, with what was typed and what is wrong."""
    form = build("file", FilingSchema(), NAMES, typed if typed is not None else MultiDict(), errors)
    form.box("enterprise").suggestions = "enterprises"
    with db.reading() as session:
        listed = select(Enterprise.name).where(Enterprise.participant).order_by(Enterprise.name)
        known = session.scalars(listed.limit(MOST_SUGGESTED)).all()
    return render_template("file.html", form=form, known=known, dispute=DISPUTE, person=PERSON, consents=CONSENTS)


def receive(actor: Actor, typed: Typed) -> str:
    """File it and return the token of its private link. Raises BadInput, naming the fields."""
    data = typed_data(FilingSchema(), NAMES, typed)
    filing: Filing = parse(FilingSchema(), data | {"locale": locale()})
    with db.transaction() as session:
        at = clock.now()
        known = _filed_already(session, filing, at)
        case_id = known if known is not None else actions.file(session, filing, actor, at).id
        token = links.current(session, case_id)
    if token is None:
        raise Misconfigured("the case has no private link: the secret key changed while it was filed")
    return token


def _filed_already(session: Session, filing: Filing, at: datetime) -> int | None:
    """The case that this very filing made within the hour: same phone, same words. A second click finds it."""
    mark = contact_mark(filing.phone)
    if mark is None:
        return None
    if session.get_bind().dialect.name == "postgresql":  # on SQLite the transaction already stands alone
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(mark[:15], 16)})
    story = (PrivateItem.kind == "narrative", PrivateItem.value == filing.narrative)
    query = (
        select(Complaint.id)
        .join(PrivateItem, PrivateItem.complaint_id == Complaint.id)
        .where(Complaint.contact_mark == mark, Complaint.filed_at > at - SAME_FILING, *story)
        .where(Complaint.product == filing.product, Complaint.enterprise_given == filing.enterprise)
    )
    return session.scalars(query.order_by(Complaint.id).limit(1)).first()
