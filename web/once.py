"""A form that arrives twice is done once: the key it carries, kept with the answer for a day."""

import secrets
from collections.abc import Callable, Sequence

from flask import abort, request
from sqlalchemy.orm import Session

from complaints import db
from complaints.errors import BadInput, KeyReused, NotFound
from complaints.workflow import idempotency
from complaints.workflow.idempotency import Answer
from web.sessions import me


def fresh_key() -> str:
    """The key of one form."""
    return secrets.token_urlsafe(24)


def once(what: Sequence[object], do: Callable[[Session], Answer | None]) -> Answer:
    """Do it in a transaction of its own. 404 for what is not there; a key that came with something else is BadInput."""
    key, caller = request.form.get("form_key") or fresh_key(), f"page:{me().id}"
    try:
        with db.transaction() as session:
            return idempotency.once(session, caller, key, [str(each) for each in what], lambda: do(session) or {})[0]
    except NotFound:
        abort(404)
    except KeyReused:
        raise BadInput("the form was sent before", {"": ["form_sent_before"]}) from None
