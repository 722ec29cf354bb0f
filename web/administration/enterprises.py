"""The enterprises: found, entered, and one with everything that is known of it, to be changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Choice, Day, Email, Flag, Phone, Text, Whole
from complaints.inputs import Input, parse
from complaints.models import Enterprise
from complaints.registry import enterprises, firms, trail
from complaints.words.days import last_day
from web import paging
from web.administration.place import Page, administrators, pages, said
from web.forms import Box, Problem, build, problems, typed_data
from web.labels import fault
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me

SHOWN = "shown_"  # and the name of a box: what the form held when it was opened
FIRM = f"/enterprises/<int(max={MOST_ID}):enterprise_id>"


class FirmSchema(Input):
    """What is known of an enterprise."""

    name = Text(enterprises.LONGEST_NAME, required=True)
    credit_code = Text(30, load_default="")
    email = Email(254, load_default="")
    phone = Phone(40, load_default="")
    address = Text(300, load_default="")
    locale = Choice("zh", "en", required=True)
    participant = Flag(load_default=False)
    pledge_from = Day(load_default=None)
    pledge_until = Day(load_default=None)
    promised_answer_days = Whole(1, 60, load_default=None)


@pages.get("/enterprises")
@administrators
def firms_list() -> Page:
    """Every enterprise, by any name, brand or code."""
    return _list()


@pages.post("/enterprises")
@administrators
def enter() -> Page | Response:
    """Enter one under its name; the rest is typed on its page."""
    name = request.form.get("name", "")
    try:
        done = once(["enter", name], lambda session: {"id": _entered(session, name)})
    except BadInput as error:
        return _list(problems(error, {"name": _("Name of the enterprise")}), name), 422
    return redirect(url_for("admin.firm", enterprise_id=done["id"]), 303)


def _entered(session: Session, name: str) -> int:
    at = clock.now()
    firm = enterprises.create(session, name, at)
    trail.record(session, me().id, "enterprise.entered", trail.ENTERPRISE, firm.id, at, {}, {"name": firm.name})
    return firm.id


def _list(wrong: Sequence[Problem] = (), name: str = "") -> str:
    query = request.args.get("q", "")
    try:
        with db.reading() as session, paging.cursor() as cursor:
            found = _found(session, query, cursor)
    except BadInput as error:
        found, wrong = enterprises.Found([], None), [*wrong, *problems(error, {"q": _("Name or credit code")})]
    return render_template(
        "enterprises.html", found=found, q=query, name=name, problems=list(wrong), form_key=fresh_key()
    )


def _found(session: Session, query: str, cursor: str | None) -> enterprises.Found:
    try:
        return enterprises.search(session, query, cursor=cursor, limit=50)
    except BadInput as error:
        if "cursor" in error.fields:
            abort(400)
        raise


@pages.route(FIRM, methods=["GET", "POST"])
@administrators
def firm(enterprise_id: int) -> Page | Response:
    """One enterprise, and the form that changes it."""
    if request.method == "GET":
        return _firm(enterprise_id)
    try:
        schema = FirmSchema()
        typed: dict[str, Any] = parse(schema, typed_data(schema, schema.load_fields, request.form))
        values = {name: value for name, value in typed.items() if _touched(name)}
        once([enterprise_id, values], lambda session: _changed(session, enterprise_id, values))
    except BadInput as error:
        return make_response(_firm(enterprise_id, error, request.form), 422)
    flash(said())
    return redirect(url_for("admin.firm", enterprise_id=enterprise_id), 303)


def _touched(name: str) -> bool:
    """Whether a box holds something else than the form showed: what is stored may have moved on since."""
    return request.form.get(name, "").strip() != request.form.get(f"{SHOWN}{name}", "").strip()


def _changed(session: Session, enterprise_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"changed": firms.change(session, firms.get(session, enterprise_id), values, me().id, clock.now())}


@pages.post(f"{FIRM}/names")
@administrators
def add_name(enterprise_id: int) -> Page | Response:
    """One more name by which it is found."""
    kind, name = request.form.get("kind", ""), request.form.get("other_name", "")
    if kind not in firms.KINDS:
        abort(400)
    try:
        if len(name) > enterprises.LONGEST_NAME:
            raise BadInput("too long", {"other_name": [f"too_long:{enterprises.LONGEST_NAME}"]})
        once(
            [enterprise_id, kind, name],
            lambda session: firms.add_name(
                session, firms.get(session, enterprise_id), kind, name, me().id, clock.now()
            ),
        )
    except BadInput as error:
        return make_response(_firm(enterprise_id, error), 422)
    flash(said())
    return redirect(url_for("admin.firm", enterprise_id=enterprise_id), 303)


@pages.post(f"{FIRM}/names/<int(max={MOST_ID}):name_id>/drop")
@administrators
def drop_name(enterprise_id: int, name_id: int) -> Response:
    """It is found by this name no more."""
    once(
        [enterprise_id, "drop", name_id],
        lambda session: firms.drop_name(session, firms.get(session, enterprise_id), name_id, me().id, clock.now()),
    )
    flash(said())
    return redirect(url_for("admin.firm", enterprise_id=enterprise_id), 303)


def _firm(
    enterprise_id: int, error: BadInput | None = None, typed: "MultiDict[str, str] | None" = None
) -> Page | Response:
    with db.reading() as session:
        found = session.get(Enterprise, enterprise_id)
        into = firms.survivor(session, enterprise_id) if found is None else None
        names = firms.names(session, found) if found else []
        pledged = firms.pledged(session, enterprise_id)
        done = trail.listed(session, subject=trail.ENTERPRISE, subject_id=enterprise_id, limit=20)
    if found is None:
        return redirect(url_for("admin.firm", enterprise_id=into)) if into else abort(404)
    schema, errors = FirmSchema(), error.fields if error else {}
    own = {field: keys for field, keys in errors.items() if field in schema.load_fields}
    boxes = [name for name in schema.load_fields if not (pledged and name in firms.STANDING)]
    form = build("firm", schema, boxes, typed or _as_typed(found), own)
    other = Box("other_name", "line", _("One more name"), required=True, value=request.form.get("other_name", ""))
    other.errors = [fault(key) for key in errors.get("other_name", ())]
    rest = {field: keys for field, keys in errors.items() if field not in own}
    wrong = [*form.problems, *problems(BadInput("", rest), {"other_name": other.label})]
    return render_template(
        "enterprise.html", firm=found, form=form, shown=_shown(found, boxes, typed), pledged=pledged, other=other,
        kinds=firms.KINDS, names=names, trail=done, problems=wrong, form_key=fresh_key(),
    )  # fmt: skip


def _shown(firm: Enterprise, boxes: Sequence[str], typed: "MultiDict[str, str] | None") -> dict[str, str]:
    """What the form held when it was opened, by hidden box; one that comes back with an error keeps it."""
    stored = _as_typed(firm)
    names = {f"{SHOWN}{name}": stored.get(name, "") for name in boxes}
    return {name: typed.get(name, value) if typed else value for name, value in names.items()}


def _as_typed(firm: Enterprise) -> "MultiDict[str, str]":
    """What is stored, as it would be typed."""
    days = {"pledge_from": firm.pledge_from and clock.local_date(firm.pledge_from),
            "pledge_until": firm.pledge_until and last_day(firm.pledge_until)}  # fmt: skip
    plain = {
        name: getattr(firm, name)
        for name in ("name", "credit_code", "email", "phone", "address", "locale", "promised_answer_days")
    }
    flags = {"participant": "yes"} if firm.participant else {}
    return MultiDict({name: str(value) for name, value in (plain | days).items() if value is not None} | flags)
