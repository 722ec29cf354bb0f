"""What can go wrong, in the words a person can act on.

Nothing here knows HTTP; `web/` and `api/` translate. Every error carries `code`, a stable machine word,
and `fields`, the messages by field name (empty when no single field is at fault).
"""

from collections.abc import Mapping, Sequence


class ComplaintsError(Exception):
    """Base of every error that this product raises on purpose."""

    code = "error"

    def __init__(self, message: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = {name: list(texts) for name, texts in (fields or {}).items()}


class BadInput(ComplaintsError):
    """What was given cannot be used; `fields` names each field at fault. Nothing was changed."""

    code = "bad_input"


class NotFound(ComplaintsError):
    """There is no such thing, or it is not this caller's to know about."""

    code = "not_found"


class NotAllowed(ComplaintsError):
    """This role may not do this in this state."""

    code = "not_allowed"


class NotNow(ComplaintsError):
    """The trigger exists and the role may use it, but the case does not meet its condition."""

    code = "not_now"


class StaleVersion(ComplaintsError):
    """Somebody else changed the case first; read it again and decide again."""

    code = "stale_version"


class KeyReused(ComplaintsError):
    """An idempotency key that was used for one request came back with another one. Nothing was changed."""

    code = "key_reused"


class Misconfigured(ComplaintsError):
    """The installation is wrong: a policy, a calendar, a setting or a store."""

    code = "misconfigured"
