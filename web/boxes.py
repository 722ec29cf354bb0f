"""Forms about people, which no schema of a case describes: boxes, what was typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence

from flask import request

from web import labels
from web.forms import Box, Form, Problem
from web.wording import named

NO_ERRORS: Mapping[str, Sequence[str]] = {}


def text(name: str, label: str, hint: str = "", *, autocomplete: str = "", value: str | None = None) -> Box:
    """A line of text, holding what was typed, else `value`."""
    typed = request.form.get(name)
    shown = typed if typed is not None else value or ""
    return Box(name, "line", label, hint, required=True, value=shown, autocomplete=autocomplete)


def email(label: str, hint: str = "", value: str | None = None, *, required: bool = True) -> Box:
    """A mail address."""
    typed = request.form.get("email")
    shown = typed if typed is not None else value or ""
    return Box("email", "email", label, hint, required=required, value=shown, autocomplete="email")


def password(name: str, label: str, hint: str = "", *, new: bool = False) -> Box:
    """A password; what was typed is never shown again."""
    return Box(name, "password", label, hint, required=True, autocomplete=f"{'new' if new else 'current'}-password")


def code(label: str, hint: str = "") -> Box:
    """A code of the app."""
    return Box("code", "line", label, hint, required=True, autocomplete="one-time-code")


def form(boxes: Sequence[Box], errors: Mapping[str, Sequence[str]] = NO_ERRORS) -> Form:
    """The boxes with what is wrong, each thing named in the summary."""
    made = Form("account", list(boxes))
    for box in made.boxes:
        box.errors = [labels.fault(key) for key in errors.get(box.name, ())]
        made.problems += [Problem(box.name, named(box.label, each)) for each in box.errors]
    shown = {box.name for box in made.boxes}
    made.problems += [
        Problem("", labels.fault(key)) for name, keys in errors.items() if name not in shown for key in keys
    ]
    return made
