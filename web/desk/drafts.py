"""The letter of an action on its form: written beforehand, anew when a choice changes, the officer's to edit."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from flask import render_template, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.fields import Amount, Choice, Choices, Day, Flag, Text
from complaints.workflow import attempts, drafting
from complaints.workflow.case import Case
from web import tailoring
from web.casework import ANEW
from web.desk.door import centre, pages
from web.forms import Typed, build, typed_data
from web.sessions import me

KNOWN = (Amount, Choice, Choices, Day, Flag, Text)


def prefill(session: Session, case: Case, trigger: str, typed: Typed) -> Mapping[str, str]:
    """The letter by the box that holds it, for what has been typed so far."""
    box = drafting.BOXES.get(trigger)
    if box is None:
        return {}
    return {box: drafting.draft(session, case, trigger, facts(trigger, typed), me().actors, clock.now())}


def facts(trigger: str, typed: Typed) -> dict[str, Any]:
    """What was typed, as far as it can be read; the rest is not known yet, and nobody complains of it here."""
    schema = tailoring.schema_of(trigger)
    if schema is None:
        return {}
    found: dict[str, Any] = {}
    readable = [name for name, box in schema.load_fields.items() if isinstance(box, KNOWN)]
    for name, value in typed_data(schema, readable, typed).items():
        with suppress(ValidationError):
            found[name] = schema.load_fields[name].deserialize(value)
    return found


def mark(text: str) -> str:
    """By this a text is known that nobody has changed since it was written."""
    return sha256("\n".join(text.strip().splitlines()).encode()).hexdigest()[:16]


@pages.post("/cases/<number>/draft/<trigger>")
@centre
def draft(number: str, trigger: str) -> str:
    """The letter's box again, for what is chosen now; what was written by hand stays unless asked. Changes nothing."""
    schema, typed = tailoring.schema_of(trigger), request.form.copy()
    with db.reading() as session:
        case = attempts.look(session, number, me().actors, clock.now())
        begins = prefill(session, case, trigger, typed)
    if schema is None or not begins:
        return ""
    [(name, text)] = begins.items()
    kept = typed.get(name, "")
    own = kept.strip() and mark(kept) != typed.get("drafted") and ANEW not in typed
    typed[name] = kept if own else text
    form = build(trigger, schema, [name], typed)
    return render_template("_letter.html", box=form.box(name), trigger=trigger, number=number, begins=begins, own=own)
