"""Files that prove a performance, sent in the same form as the report of it: both are recorded, or neither is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request

from complaints.errors import BadInput
from complaints.registry.uploads import FIELD, MOST_AT_ONCE, Upload, refused
from complaints.workflow.evidence import PROVEN
from web import labels, uploads
from web.forms import Box, Form, Problem
from web.labels import N_
from web.language import gettext as _
from web.wording import say

LABEL = N_("Proof: photos, PDF, video or text")
HINT = N_("Receipts, photos, shipping notes: up to 10 files. More can be added beside this.")


def read(trigger: str, facts: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], list[Upload]]:
    """The facts that were typed, and the files beside them. Raises BadInput, naming all that is wrong with both."""
    wrong: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    files: list[Upload] = []
    try:
        files = _received(trigger)
    except BadInput as error:
        wrong |= error.fields
    try:
        found = facts()
    except BadInput as error:
        wrong |= error.fields
    if wrong:
        raise BadInput("this form cannot be taken as it is", wrong)
    return found, files


def _received(trigger: str) -> list[Upload]:
    """The files of the form; an empty box sends one without a name. Raises BadInput, naming each bad file."""
    sent = [each for each in request.files.getlist(FIELD) if each.filename] if trigger in PROVEN else []
    if len(sent) > MOST_AT_ONCE:
        raise refused(f"more_than:{MOST_AT_ONCE}")
    return uploads.receive_all(sent) if sent else []


def add_box(form: Form, errors: Mapping[str, Sequence[str]]) -> None:
    """The box for files, where this form has one, with what was wrong with them."""
    if form.trigger not in PROVEN:
        return
    box = Box(FIELD, "file", _(LABEL), f"{_(HINT)} {uploads.room()}", accept=uploads.ACCEPT, multiple=True)
    box.errors = [labels.fault(key) for key in errors.get(FIELD, ())]
    form.boxes.append(box)
    lost = {labels.fault(key) for key in errors.get(FIELD, ())}
    form.problems = [each for each in form.problems if each.name or each.text not in lost]
    form.problems += [Problem(FIELD, f"{box.label}{say('letter.colon')}{text}") for text in box.errors]
