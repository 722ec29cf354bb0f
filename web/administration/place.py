"""Where the administrator's pages stand, who may open them, and how every write of theirs is made once."""

import secrets
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, abort, request
from sqlalchemy.orm import Session

from complaints import db
from complaints.errors import BadInput, KeyReused, NotFound
from complaints.registry.accounts import ADMINISTRATOR
from complaints.workflow import idempotency
from complaints.workflow.idempotency import Answer
from web import labels
from web.forms import Problem
from web.language import gettext as _
from web.sessions import me, only_for
from web.wording import named

pages = Blueprint("admin", __name__, url_prefix="/admin")
administrators = only_for(ADMINISTRATOR)
Page = str | tuple[str, int]


def once(what: Sequence[object], do: Callable[[Session], Answer | None]) -> Answer:
    """Do it in a transaction; the same form arriving twice is done once. 404 for what is not there.

    Raises BadInput; a form whose key came with something else is BadInput too.
    """
    key = request.form.get("form_key") or fresh_key()
    caller = f"admin:{me().id}"
    try:
        with db.transaction() as session:
            idempotency.hold(session, idempotency.digest([caller, key]))
            return idempotency.answer(session, caller, key, [str(each) for each in what], lambda: do(session) or {})[0]
    except NotFound:
        abort(404)
    except KeyReused:
        raise BadInput("the form was sent before", {"": ["form_sent_before"]}) from None


def fresh_key() -> str:
    """The key of one form."""
    return secrets.token_urlsafe(24)


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


def said() -> str:
    """That it was done."""
    return _("Saved.")
