"""A deadline in sentences. The words belong to the pages, which hand them in: nothing here imports upwards."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app

Explain = Callable[[dict[str, Any], str], Iterable[str]]
EXTENSION = "complaints-explain"


def sentences(explanation: dict[str, Any], locale: str) -> Iterable[str]:
    """The explanation kept with a clock, in words."""
    explain: Explain = current_app.extensions[EXTENSION]
    return explain(explanation, locale)
