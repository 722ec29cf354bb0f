"""Where the administrator's pages stand, who may open them, and how every write of theirs is made once."""

from flask import Blueprint

from complaints.registry.accounts import ADMINISTRATOR
from web.language import gettext as _
from web.sessions import only_for

pages = Blueprint("admin", __name__, url_prefix="/admin")
administrators = only_for(ADMINISTRATOR)
Page = str | tuple[str, int]


def said() -> str:
    """That it was done."""
    return _("Saved.")
