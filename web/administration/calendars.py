"""Calendars: a file's effect on open deadlines is shown before it is applied; then the letters follow."""

import re
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import calendar_file, calendars, clock, db
from complaints.errors import BadInput
from complaints.registry import trail
from complaints.workflow import calendar_change
from complaints.workflow.calendar_change import Years
from web import labels
from web.administration.place import Page, administrators, pages
from web.explain import holiday
from web.forms import Problem
from web.labels import N_
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me
from web.wording import named, say

MOST_BYTES = 200_000  # of a file; ten whole years take 20,000
SHOWN = 50
PLACES = {  # as calendar_file names them
    "|file": N_("Calendar file"),
    r"row (?P<row>\d+)": N_("Row %(row)s"),
    r"row (?P<row>\d+), column (?P<column>.*)": N_("Row %(row)s, column %(column)s"),
    r"year (?P<year>\d+)": N_("Year %(year)s"),
}
AT_ONCE_SECONDS = 5.0  # what is left then is the worker's


@pages.get("/calendars")
@administrators
def years() -> str:
    """The working-day calendar in force for each year, and the way to import one."""
    return _years()


@pages.post("/calendars/preview")
@administrators
def preview_calendar() -> Page:
    """What the file would change; nothing is changed."""
    try:
        name, text = _file()
        parsed = calendar_file.parse_text(name, text)
    except BadInput as error:
        return _years(_problems(error)), 422
    with db.reading() as session:
        effect = calendar_change.effect(session, parsed, clock.now())
    return render_template(
        "calendar_preview.html", name=name, text=text, effect=effect, shown=SHOWN, holiday=holiday,
        form_key=fresh_key(),
    )  # fmt: skip


@pages.post("/calendars/apply")
@administrators
def apply_calendar() -> Page | Response:
    """Publish the years of the file, and compute the open deadlines again."""
    name, text = request.form.get("name", "calendar.csv")[:200], request.form.get("text", "")
    try:
        parsed = calendar_file.parse_text(name, text)
        done = once(["calendar", name, text], lambda session: _apply(session, parsed, name))
    except BadInput as error:
        return _years(_problems(error)), 422
    if done["years"]:
        calendar_change.work(clock.now, AT_ONCE_SECONDS)
    added = ", ".join(str(year) for year in done["years"])
    flash(
        _("Published: %(years)s.", years=added)
        if added
        else _("The calendar says the same already; nothing was added.")
    )
    return redirect(url_for("admin.years"), 303)


@pages.app_template_filter("calendar_source")
def whence(source: str) -> str:
    """Where a year's days come from: a file by its name, the library that the product ships with by its own."""
    name, _space, version = source.partition(" ")
    return say("calendar_source.library", version=version) if name == calendars.LIBRARY else source


def _apply(session: Session, parsed: Years, name: str) -> dict[str, Any]:
    at = clock.now()
    added = calendar_change.publish(session, parsed, name, at)
    for year, version in added.items():
        trail.record(
            session, me().id, "calendar.imported", trail.CALENDAR, year, at, {}, {"version": version, "file": name}
        )
    return {"years": list(added)}


def _file() -> tuple[str, str]:
    """The name and the text of the file that was sent. Raises BadInput."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("no file", {"file": ["no_file"]})
    content = sent.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadInput("too big", {"file": ["too_big_for_a_calendar"]})
    try:
        return sent.filename[-200:], content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("not UTF-8", {"file": ["not_utf_8"]}) from None


def _problems(error: BadInput) -> list[Problem]:
    """What is wrong with a file, place by place, in this page's language."""
    told = [named(_place(place), labels.fault(key)) for place, keys in error.fields.items() for key in keys]
    return [Problem("file", text) for text in told[:SHOWN]]


def _place(place: str) -> str:
    for pattern, said in PLACES.items():
        found = re.fullmatch(pattern, place)
        if found:
            return _(said, **found.groupdict())
    return place


def _years(wrong: Sequence[Problem] = ()) -> str:
    with db.reading() as session:
        listed = calendars.summaries(session)
        going_on = calendar_change.unfinished(session)
    return render_template("calendars.html", years=list(reversed(listed)), problems=list(wrong), going_on=going_on)
