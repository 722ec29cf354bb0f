"""The yearly campaigns: their days, and the promises that they offer and ask for."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.clock import local_date
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Day, Whole
from complaints.inputs import Input, parse
from complaints.models import Campaign
from complaints.registry import campaigns, promises
from web.administration.place import Page, administrators, pages, said
from web.forms import Problem, build, problems, typed_data
from web.labels import N_
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me
from web.wording import say

ONE = f"/campaigns/<int(max={MOST_ID}):campaign_id>"
LANGUAGES = {"zh": N_("in Chinese"), "en": N_("in English")}


class YearSchema(Input):
    """The year of a new campaign."""

    year = Whole(campaigns.EARLIEST, campaigns.LATEST, required=True)


class DaysSchema(Input):
    """The days of a campaign."""

    opens_on = Day(required=True)
    closes_on = Day(required=True)
    publish_on = Day(required=True)
    valid_until = Day(required=True)


@pages.get("/campaigns", endpoint="campaigns")
@administrators
def index() -> Page:
    """Every campaign, and the form for another."""
    return _index()


@pages.post("/campaigns")
@administrators
def begin_campaign() -> Page | Response:
    """A campaign of a year with the usual days and promises, to be changed on its page."""
    schema = YearSchema()
    try:
        year: int = parse(schema, typed_data(schema, schema.load_fields, request.form))["year"]
        done = once(["campaign", year], lambda session: {"id": _made(session, year)})
    except BadInput as error:
        return _index(problems(error, {"year": _("Year")})), 422
    return redirect(url_for("admin.campaign", campaign_id=done["id"]), 303)


def _made(session: Session, year: int) -> int:
    days, offered = campaigns.usual(year), promises.template()
    return campaigns.make(session, year, days, offered, me().id, clock.now()).id


def _index(wrong: Sequence[Problem] = ()) -> str:
    with db.reading() as session:
        found = campaigns.listed(session)
    today = local_date(clock.now())
    year = request.form.get("year") or str(today.year + (today.month > 3))
    return render_template(
        "campaigns.html", found=found, problems=list(wrong), year=year, form_key=fresh_key(), today=today
    )


@pages.route(ONE, methods=["GET", "POST"])
@administrators
def campaign(campaign_id: int) -> Page | Response:
    """One campaign, and the form that changes it until a pledge of it is announced."""
    if request.method == "GET":
        return _show(campaign_id)
    schema = DaysSchema()
    try:
        days: dict[str, date] = parse(schema, typed_data(schema, schema.load_fields, request.form))
        offered = _offered(request.form)
        once([campaign_id, days, offered], lambda session: _changed(session, campaign_id, days, offered))
    except BadInput as error:
        return make_response(_show(campaign_id, error), 422)
    flash(said())
    return redirect(url_for("admin.campaign", campaign_id=campaign_id), 303)


def _changed(
    session: Session, campaign_id: int, days: Mapping[str, date], offered: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:  # fmt: skip
    return {"id": campaigns.change(session, campaign_id, days, offered, me().id, clock.now()).id}


def _offered(form: "MultiDict[str, str]") -> list[dict[str, Any]]:
    asked = form.getlist("required")
    return [
        {"kind": kind, "zh": form.get(f"{kind}_zh", ""), "en": form.get(f"{kind}_en", ""), "required": kind in asked}
        for kind in form.getlist("kinds")
    ]


def _show(campaign_id: int, error: BadInput | None = None) -> Page:
    with db.reading() as session:
        found = campaigns.get(session, campaign_id)
        fixed = campaigns.announced(session, found.id)
    schema, errors = DaysSchema(), error.fields if error else {}
    typed = request.form if error else MultiDict({name: getattr(found, name).isoformat() for name in campaigns.DAYS})
    own = {name: keys for name, keys in errors.items() if name in schema.load_fields}
    form = build("campaign", schema, list(schema.load_fields), typed, own)
    rest = BadInput("", {name: keys for name, keys in errors.items() if name not in own})
    names = {f"{kind}_{language}": f"{say(f'pledge.kind.{kind}')} {_(word)}"
             for kind in promises.KINDS for language, word in LANGUAGES.items()}  # fmt: skip
    names["kinds"] = _("The promises")
    return render_template(
        "campaign.html", campaign=found, form=form, fixed=fixed, offers=_rows(found, bool(error)), form_key=fresh_key(),
        problems=[*form.problems, *problems(rest, names)], wrong=rest.fields,
    )  # fmt: skip


def _rows(found: Campaign, typed: bool) -> list[dict[str, Any]]:
    """Every kind there is, as it was typed, else as the campaign has it, else as it is usually offered."""
    kept = {each["kind"]: each for each in (_offered(request.form) if typed else found.template)}
    usual = {each["kind"]: each | {"required": False} for each in promises.template()}
    return [(kept.get(kind) or usual[kind]) | {"there": kind in kept} for kind in promises.KINDS]
