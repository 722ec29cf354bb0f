"""The remedy calculator on pages: what was typed becomes a purchase, its rights words. It decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from complaints import calendars, clock, db
from complaints.errors import BadInput
from complaints.inputs import RemedyInput, parse
from complaints.workflow import remedies
from complaints.workflow.remedies import KINDS, Kind, Purchase, Right, Trouble
from web.forms import build, typed_data
from web.wording import money, say

pages = Blueprint("remedies", __name__)
BOXES = ("kind", "trouble", "how", "bought_on", "amount", "repairs", "repair_days")
REPAIRED = (Kind.DURABLE, Kind.CAR)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the calculator found, and whether counting repairs could open more."""

    rights: Sequence[Right]
    ask_repairs: bool


@pages.get("/remedies")
def calculator() -> Any:
    """Which rights a purchase may give; nothing is kept."""
    typed = MultiDict(request.args)
    try:
        data: dict[str, Any] = parse(RemedyInput(), typed_data(RemedyInput(), BOXES, typed))
        errors: Mapping[str, Sequence[str]] = {}
    except BadInput as error:
        data, errors = {}, error.fields
    form = build("remedies", RemedyInput(), BOXES, typed, errors)
    with db.reading() as session:
        advice = advise(session, data) if any(typed.get(name) for name in BOXES) and not errors else None
    return render_template("remedies.html", form=form, advice=advice), 422 if errors else 200


def shown(answers: Mapping[str, str]) -> dict[str, Any]:
    """For the page of a filing that asks what is wanted: the rights that its answers so far may give."""
    counts = {name: answers.get(name, "") for name in ("repairs", "repair_days")}
    form = build("remedies", RemedyInput(), list(counts), MultiDict(counts))
    with db.reading() as session:
        return {"advice": advise(session, _readable(answers)), "counts": form}


def asked(session: Session, code: str, answers: Mapping[str, str]) -> str:
    """The words in which a right is asked for; what was written before where there is no such right."""
    right = next(
        (each for each in advise(session, _readable(answers)).rights if each.code == code and not each.support), None
    )
    if right is None:
        return answers.get("request", "")
    bracket = say("remedy_words.amount", text=money(right.amount)) if right.amount is not None else ""
    return say(f"remedy_ask.{code}", amount=bracket)


def advise(session: Session, data: Mapping[str, Any]) -> Advice:
    """The rights of what was read."""
    kind = KINDS.get(data.get("kind") or "")
    trouble = Trouble(data["trouble"]) if data.get("trouble") else None
    bought = Purchase(
        kind=kind,
        trouble=trouble,
        online={"online": True, "shop": False}.get(data.get("how") or ""),
        bought_on=data.get("bought_on"),
        price=data.get("amount"),
        repairs=data.get("repairs") or 0,
        repair_days=data.get("repair_days") or 0,
    )
    found = remedies.rights(bought, clock.local_date(clock.now()), calendars.current(session))
    return Advice(found, kind in REPAIRED and trouble in (Trouble.BROKEN, Trouble.SUBSTANDARD))


def _readable(answers: Mapping[str, str]) -> dict[str, Any]:
    """What of the answers can be read: one that is wrong is as good as none here, and is said on its own page."""
    data: dict[str, Any] = {}
    for name in BOXES:
        try:
            data |= parse(RemedyInput(only=(name,)), typed_data(RemedyInput(), (name,), MultiDict(answers)))
        except BadInput:
            continue
    return data
