"""The keys of the desk: one letter for each action, a few for going about. Shown beside the buttons and as a list.

They only press what stands on the page. Whoever does not want them switches them off (WCAG 2.1.4).
"""

from collections.abc import Mapping, Sequence

from flask import render_template

from web.desk.door import centre, pages
from web.labels import N_

# Never an action's: n next, j k up and down, g go to, / search, ? the list.
GOING: tuple[tuple[str, str], ...] = (
    ("n", N_("Open the most urgent case that waits for me and that nobody else looks at")),
    ("j", N_("One line down in a list")),
    ("k", N_("One line up in a list")),
    ("Enter", N_("Open the line")),
    ("/", N_("Search")),
    ("g i", N_("Queue of intake")),
    ("g m", N_("My mediations")),
    ("g s", N_("Queue of the supervisor")),
    ("g t", N_("Tasks")),
    ("g l", N_("Failed letters")),
    ("?", N_("This list")),
    ("Esc", N_("Leave a box, so that keys work again")),
    ("Ctrl Enter", N_("Send the form that you are in")),
)
ACTIONS = {
    "admit": "a",
    "assign": "a",
    "ask_information": "i",
    "refuse": "r",
    "merge": "m",
    "return_to_sender": "b",
    "terminate": "x",
    "conclude": "c",
    "decide_recusal": "d",
    "order_appraisal": "l",
    "receive_appraisal": "l",
    "statement": "w",
    "evidence": "v",
    "note": "o",
    "route": "u",
    "split": "p",
    "reassign": "s",
    "request_evidence": "e",
    "hearing": "h",
    "join": "y",
    "flag": "f",
}


def of_actions(actions: Sequence[str]) -> Mapping[str, str]:
    """The letter of each action that may be done now."""
    return {trigger: ACTIONS[trigger] for trigger in actions if trigger in ACTIONS}


@pages.get("/keys")
@centre
def keys() -> str:
    """All keys of the desk, and the switch for them."""
    return render_template("keys.html")
