"""What an enterprise sets for itself: its programs' tokens and webhooks, and how its letters come."""

from functools import cache
from typing import Any

from flask import Blueprint, Flask

pages = Blueprint("programs", __name__, url_prefix="/portal")


@pages.record_once
def _look_around(state: Any) -> None:
    """For the portal's navigation: which of its pages there are; asked late, when all of them are registered."""
    app: Flask = state.app

    @cache
    def paths() -> frozenset[str]:
        return frozenset(rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/portal"))

    app.context_processor(lambda: {"portal_paths": paths()})
