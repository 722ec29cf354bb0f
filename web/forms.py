"""A form made from a schema of `complaints/schemas.py`: boxes to show, and what was typed read back into its shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema
from marshmallow.fields import Field
from werkzeug.datastructures import MultiDict

from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Amount, Choice, Choices, Day, Email, Flag, Phone, Text, Whole
from web import labels
from web.wording import named

UNSEEN = ("task_id",)  # travel in a hidden box
FEW = 10  # so many numbers are offered one by one

Typed = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error summary; `name` is the box it leads to, empty where none is at fault."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a box."""

    value: str
    text: str


@dataclass(slots=True)
class Box:
    """One input of a form, as the templates draw it."""

    name: str
    kind: str  # line | lines | email | tel | amount | date | number | radios | checks | tick | select | file
    label: str
    hint: str = ""
    required: bool = False
    most: int | None = None
    options: Sequence[Option] = ()
    value: str = ""
    values: Sequence[str] = ()
    errors: Sequence[str] = ()
    suggestions: str = ""  # id of a datalist
    autocomplete: str = ""
    accept: str = ""  # of files
    multiple: bool = False  # several files

    @property
    def described_by(self) -> str:
        """The ids of hint and errors, for people who listen to the page."""
        parts = [f"{self.name}-hint"] if self.hint else []
        return " ".join([*parts, *([f"{self.name}-error"] if self.errors else [])])


@dataclass(slots=True)
class Form:
    """The boxes of one trigger, and what is wrong with what was typed."""

    trigger: str
    boxes: list[Box] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def box(self, name: str) -> Box:
        """One box by name."""
        return next(each for each in self.boxes if each.name == name)


AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email", "address": "street-address"}
OWN_BOX = {Phone: "tel", Email: "email", Amount: "amount", Day: "date", Choices: "checks", Choice: "radios"}


def build(
    trigger: str,
    schema: Schema,
    names: Iterable[str],
    typed: Typed,
    errors: Mapping[str, Sequence[str]] | None = None,
    options: Mapping[str, Sequence[Option]] | None = None,
    numbers: Mapping[str, int] | None = None,
) -> Form:
    """The form of a trigger with these boxes, holding what was typed. `options` replace a box's own choices, `numbers`
    are those of the case's rules that labels and hints name."""
    errors, options = errors or {}, options or {}
    seen = [name for name in names if name not in UNSEEN]
    told = {name: labels.box(trigger, name, numbers) for name in seen}
    form = Form(trigger, [_box(told[name], schema.load_fields[name], name, typed, options.get(name)) for name in seen])
    for each in form.boxes:
        each.errors = [labels.fault(key) for key in errors.get(each.name, ())]
        form.problems += [Problem(each.name, named(each.label, text)) for text in each.errors]
    shown = {each.name for each in form.boxes}
    form.problems += [
        Problem("", labels.fault(key)) for name, keys in errors.items() if name not in shown for key in keys
    ]
    return form


def problems(error: BadInput, names: Mapping[str, str]) -> list[Problem]:
    """What is wrong, each with the box it leads to; `names` are the labels of boxes by field."""
    return [
        Problem(
            field if field in names else "",
            named(names[field], labels.fault(key)) if field in names else labels.fault(key),
        )
        for field, keys in error.fields.items()
        for key in keys
    ]


def row_id(text: str) -> int:
    """A row's id out of an address or a hidden box. Raises ValueError for what can be none."""
    if not 0 < int(text) <= MOST_ID:
        raise ValueError(f"not an id: {text[:20]}")
    return int(text)


def typed_data(schema: Schema, names: Iterable[str], typed: Typed) -> dict[str, Any]:
    """What was typed, in the shape that the schema reads; an empty box is not given."""
    data: dict[str, Any] = {}
    for name in names:
        several = isinstance(schema.load_fields[name], Choices)
        value = typed.getlist(name) if several else typed.get(name, "").strip()
        if value:
            data[name] = value
    return data


def _box(told: tuple[str, str], source: Field[Any], name: str, typed: Typed, given: Sequence[Option] | None) -> Box:
    label, hint = told
    kind = "select" if given is not None and isinstance(source, Whole) else _kind(source)
    return Box(
        name=name,
        kind=kind,
        label=label,
        hint=hint,
        required=source.required,
        most=getattr(source, "most", None) if isinstance(source, Text) else None,
        options=_options(name, source) if given is None else given,
        value=typed.get(name, ""),
        values=typed.getlist(name),
        autocomplete=AUTOCOMPLETE.get(name, ""),
    )


def _kind(source: Field[Any]) -> str:
    if isinstance(source, Flag):
        return "radios" if source.required and not source.yes else "tick"
    if isinstance(source, Whole):
        return "radios" if source.most - source.least < FEW else "number"
    own = next((kind for cls, kind in OWN_BOX.items() if isinstance(source, cls)), None)
    return own or ("lines" if isinstance(source, Text) and source.lines else "line")


def _options(name: str, source: Field[Any]) -> list[Option]:
    if isinstance(source, Choice | Choices):
        return [Option(word, labels.choice(name, word)) for word in source.words]
    if isinstance(source, Flag):
        return [Option("yes", labels.yes()), Option("no", labels.no())]
    if isinstance(source, Whole) and source.most - source.least < FEW:
        return [Option(str(n), str(n)) for n in range(source.least, source.most + 1)]
    return []
