"""The consumer's own case by private link: what only this reader is shown, found in the transaction of the look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db, words
from complaints.insight import narratives
from complaints.models import Complaint, PrivateItem
from complaints.workflow import afterwards, callers, language, readers
from complaints.workflow.afterwards import Way
from complaints.workflow.case import Actor, Case
from complaints.workflow.readers import Read
from web import casework, paging
from web.casework import Place
from web.labels import N_
from web.language import gettext as _
from web.language import locale
from web.reading import Entry, View
from web.wording import say

FEW_READS = 3  # on the case page; the others have a page of their own
BESIDE = "here"  # where a trigger leads that leaves the case as it is
CONTACT = {"name": N_("Name"), "phone": N_("Telephone"), "email": N_("E-mail"), "address": N_("Postal address")}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody's look at the consumer's personal data, in words."""

    who: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """What the consumer's page shows beside the case itself."""

    at: datetime
    leads: dict[str, str]  # trigger -> what it leads to, in words
    released: list[str]  # which contact data the enterprise was given for performing
    looks: list[Look]
    more_looks: bool
    ways: list[Way]
    confirm_days: int  # from an agreement, for a court to confirm it
    story_given: bool  # the consumer lets their story be published

    def days_left(self, until: datetime) -> int:
        """Whole days to the last day of a time."""
        return afterwards.days_left(until, self.at)

    def messages(self, view: View) -> list[Entry]:
        """What the sides and the centre said to each other, oldest first."""
        return [entry for entry in reversed(view.timeline) if entry.trigger == "statement"]

    def consent_since(self, view: View) -> datetime | None:
        """When the choice about the contact data was made that holds now."""
        return next((entry.at for entry in view.timeline if entry.trigger == "contact_consent"), view.case.filed_at)

    def contact(self, kind: str) -> str:
        """What a kind of contact data is called."""
        return _(CONTACT[kind])


def place(number: str, actors: Sequence[Actor], base: str) -> Place:
    """Where a consumer looks at their case."""
    return Place(number, actors, base, gather=lambda session, case: {"follow": gather(session, case, actors)})


def gather(session: Session, case: Case, actors: Sequence[Actor]) -> Follow:
    """What only the consumer's page shows."""
    at = clock.now()
    found, more = readers.reads(session, case, limit=FEW_READS)
    bought_on = session.get_one(Complaint, case.id).bought_on  # the page needs the whole row, too
    leads = {trigger: lead(case, actors, trigger, at) for trigger in callers.actions(case, actors, at)}
    ways = afterwards.ways(case, bought_on, at)
    story = narratives.of(session, case.id)
    given = story is not None and story.scrubbed is not None
    looks, days = [_look(each) for each in found], afterwards.confirmation_days(case)
    return Follow(at, leads, _released(session, case), looks, bool(more), ways, days, given)


def lead(case: Case, actors: Sequence[Actor], trigger: str, at: datetime) -> str:
    """One sentence: what a trigger leads to from here."""
    to = callers.destination(case, actors, trigger, at)
    return say(f"leads.{trigger}.{to.value if to else BESIDE}")


def write_in(place: Place, chosen: str) -> Response:
    """Letters in this language from now on; another word than that of a language is nothing."""
    if chosen not in words.LOCALES:
        abort(404)
    with db.transaction() as session:
        language.choose(session, casework.visible(session, place), chosen)
    english = _("Letters to you are written in English from now on.")
    flash(english if chosen == "en" else _("Letters to you are written in Chinese from now on."))
    return redirect(f"{place.base}#contact", 303)


def looks(here: Place) -> str:
    """The page of everybody who has read the consumer's personal data, newest first."""
    with db.reading() as session, paging.cursor() as cursor:
        case = casework.visible(session, here)
        found, more = readers.reads(session, case, cursor=cursor)
    return render_template("looks.html", place=here, case=case, looks=[_look(each) for each in found], more=more)


def _look(read: Read) -> Look:
    who = read.enterprise or _("The centre (%(role)s)", role=say(f"role.{read.role}"))
    known = words.has(locale(), f"read.{read.what}")
    return Look(who, say(f"read.{read.what}" if known else "read.other"), read.at)


def _released(session: Session, case: Case) -> list[str]:
    released = (PrivateItem.complaint_id == case.id, PrivateItem.seen_by == "released", PrivateItem.value.is_not(None))
    kinds = session.scalars(select(PrivateItem.kind).where(*released).order_by(PrivateItem.id))
    return [_(CONTACT[kind]) for kind in dict.fromkeys(kinds)]
