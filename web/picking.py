"""Which lines of a list somebody means: those that were ticked, or all that the page listed."""

from werkzeug.datastructures import MultiDict


def chosen(typed: "MultiDict[str, str]", box: str) -> list[str]:
    """The values of the ticked boxes; with the button for all of them, every value that the page carried along."""
    return typed.get("listed", "").split() if "all" in typed else typed.getlist(box)
