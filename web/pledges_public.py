"""Pledges for everybody: who has pledged what, whether it stands, and what was promised on a given day."""

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for

from complaints import clock, db
from complaints.clock import local_date
from complaints.db import MOST_ID
from complaints.documents import certifying
from complaints.errors import BadInput
from complaints.models import Campaign, Enterprise
from complaints.registry import firms, pledge_lists, pledge_versions, pledges
from complaints.registry.pledge_lists import Found
from web import paging
from web.casework import Answer
from web.forms import Problem
from web.labels import fault
from web.language import gettext as _

pages = Blueprint("pledges_public", __name__)
pages.add_app_template_filter(lambda at: local_date(at).isoformat(), "local_day")


@pages.get("/pledges")
def index() -> Answer:
    """The pledges of one year's campaign, the newest unless another is asked for; found by the enterprise's name."""
    query, at = request.args.get("q", "")[:200], clock.now()
    problems: list[Problem] = []
    with db.reading() as session, paging.cursor() as cursor:
        years = pledge_lists.years(session)
        year = request.args.get("year", years[0] if years else 0, type=int)
        try:
            found = pledge_lists.announced(session, year, query, cursor=cursor) if year in years else Found([], None)
        except BadInput as error:
            if "cursor" in error.fields:
                raise
            found, problems = Found([], None), [Problem("q", fault(error.fields["q"][0]))]
    page = render_template(
        "pledges_public.html", found=found, years=years, year=year, q=query, problems=problems,
        word=lambda pledge: pledges.standing_word(pledge, at),
    )  # fmt: skip
    return (page, 422) if problems else page


@pages.get(f"/pledges/<int(max={MOST_ID}):enterprise_id>")
def enterprise(enterprise_id: int) -> Answer:
    """What one enterprise promises, today or on a day that is asked for, and its pledges over the years."""
    at = clock.now()
    day, problems = _day(request.args.get("on", ""), local_date(at))
    with db.reading() as session:
        firm = session.get(Enterprise, enterprise_id)
        into = firms.survivor(session, enterprise_id) if firm is None else None
        history = pledge_lists.history(session, enterprise_id)
        if day == local_date(at):
            stood = pledge_versions.promised_at(session, enterprise_id, at)
        else:
            stood = pledge_versions.promised_on(session, enterprise_id, day)
        campaign = session.get_one(Campaign, stood.pledge.campaign_id) if stood else None
        certificates = certifying.listed(session, history[0].pledge.id) if history else []
        versions = {each.pledge.id: pledge_versions.all_of(session, each.pledge) for each in history}
    if into is not None:
        return redirect(url_for("pledges_public.enterprise", enterprise_id=into), 301)
    if firm is None or not history:
        abort(404)
    page = render_template(
        "pledge_public.html", firm=firm, history=history, stood=stood, campaign=campaign, day=day, versions=versions,
        certificates=certificates,
        today=local_date(at), problems=problems, word=lambda pledge: pledges.standing_word(pledge, at),
        usual=pledge_versions.usual_answer_days(day),
    )  # fmt: skip
    return (page, 422) if problems else page


def _day(typed: str, today: date) -> tuple[date, list[Problem]]:
    """The day that is asked for; today for none, and for one that is no day or still ahead (then said)."""
    if not typed.strip():
        return today, []
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return today, [Problem("on", f"{_('Day')}: {fault('not_a_date')}")]
    if day.year < 2000:
        return today, [Problem("on", f"{_('Day')}: {fault('too_early:2000-01-01')}")]
    return (today, [Problem("on", f"{_('Day')}: {fault('in_the_future')}")]) if day > today else (day, [])
