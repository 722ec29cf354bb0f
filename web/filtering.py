"""The filter of the inbox, as it stands in an address and on the page. Nothing here decides who sees what."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from complaints.workflow.case import State
from complaints.workflow.inbox import ANSWERS, WHO, WITHIN, Filter, Row
from web.language import gettext as _

STATES = tuple(state.value for state in State if state is not State.NEW)
LONGEST_WORDS = 100
PARTS = ("state", "who", "due", "answer", "q")


def read(query: Mapping[str, str]) -> Filter | None:
    """The filter of an address; None where it asks for what there is not."""
    state, who, due, answer, words = (query.get(name, "").strip() for name in PARTS)
    person = who.isascii() and who.isdecimal() and len(who) <= 18
    known = (
        state in ("", "ours", *STATES)
        and (who in ("", *WHO) or person)
        and due in ("", *WITHIN)
        and answer in ("", *ANSWERS)
    )
    return Filter(state, who, due, answer, words[:LONGEST_WORDS].replace("\0", "")) if known else None


def parsed(query: str) -> dict[str, str]:
    """A query as it stands in an address."""
    try:
        return dict(parse_qsl(query, max_num_fields=20))
    except ValueError:
        return {}


def written(wanted: Filter) -> str:
    """The filter for an address."""
    values = (wanted.state, wanted.who, wanted.due, wanted.answer, wanted.words)
    return urlencode({name: value for name, value in zip(PARTS, values, strict=True) if value})


def groups(rows: Sequence[Row], wanted: Filter) -> list[tuple[str, list[Row]]]:
    """Lines under headings by time left; one group without a heading where the order is another."""
    if wanted.words or wanted.state == State.CLOSED.value:
        return [("", list(rows))] if rows else []
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(_heading(row), []).append(row)
    return list(found.items())


def _heading(row: Row) -> str:
    limits: Iterator[tuple[int, str]] = iter(
        (
            (-1, _("Time is over")),
            (0, _("Today is the last day")),
            (3, _("Up to 3 days left")),
            (7, _("Up to 7 days left")),
        )
    )
    days = row.days if row.days is not None else 10**6
    return next((text for most, text in limits if days <= most), _("More than 7 days left"))
