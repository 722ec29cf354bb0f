"""The audit trail of administrators."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask import render_template

from complaints import db
from complaints.registry import campaigns, trail
from web import paging
from web.administration.place import administrators, pages
from web.wording import day, moment, say

TIMES = ("pledge_from", "pledge_until", "needed_from", *campaigns.DAYS)


@pages.get("/trail")
@administrators
def actions() -> str:
    """What administrators did, newest first."""
    with db.reading() as session, paging.cursor() as cursor:
        page = trail.listed(session, cursor=cursor)
    return render_template("trail.html", page=page)


@pages.app_template_filter("trail_facts")
def written(facts: Mapping[str, Any]) -> str:
    """What stood before, or stands after, in this page's language."""
    return say("letter.separator").join(_fact(name, value) for name, value in facts.items())


def _fact(name: str, value: Any) -> str:
    return f"{say(f'admin_fact.{name}')}{say('letter.colon')}{_value(name, value)}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return say(f"admin_fact.{'yes' if value else 'no'}")
    if value is None or value in ("", []):
        return say("admin_fact.none")
    if value == trail.UNTOLD:
        return say("admin_fact.changed")
    if isinstance(value, dict):
        moves = (f"{say(f'moves.{table}')}{say('letter.colon')}{count}" for table, count in value.items())
        return say("letter.separator").join(moves)
    return " · ".join(_word(name, str(each)) for each in (value if isinstance(value, list) else [value]))


def _word(name: str, text: str) -> str:
    """A word of ours in the page's language; an instant as people read it."""
    sections = {"roles": "role", "kind": "name_kind", "locale": "language_name"}
    if name in sections:
        return say(f"{sections[name]}.{text}")
    return next(_times(text), text) if name in TIMES else text


def _times(text: str) -> Iterator[str]:
    try:
        yield day(date.fromisoformat(text)) if len(text) == len("2026-03-15") else moment(datetime.fromisoformat(text))
    except ValueError:
        return
