"""What open data may show of a row: only what enough rows of the month show alike.

Each of STEPS is a set of fields that are shown together, the most telling first. Rows that are alike in them, and of
which there are enough, show these; all others go on to the next step, and are counted there without the former. So
nothing follows from what is missing either. How a case ended stands in every row, and is part of what is shared.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple


class Told(NamedTuple):
    """What could tell whose case a row is, beside how it ended; empty: left out, or not known."""

    outcome: str
    enterprise: int | None
    category: str
    product: str
    fault: str
    month_filed: str


NAMED = (
    ("enterprise", "category", "product", "fault", "month_filed"),
    ("enterprise", "category", "product", "fault"),
    ("enterprise", "category", "product", "month_filed"),
    ("enterprise", "category", "product"),
    ("enterprise", "category", "month_filed"),
    ("enterprise", "category"),
    ("enterprise",),
)
UNNAMED = (("category", "product", "fault"), ("category", "product"), ("category",))
STEPS = (*NAMED, *UNNAMED)
NOTHING = Told("", None, "", "", "", "")
_SHOWN = [  # of a row with NOTHING behind it, what is shown at each step, and after the last one
    itemgetter(*(n if name == "outcome" or name in names else n + len(NOTHING) for n, name in enumerate(Told._fields)))
    for names in (*STEPS, ())
]
Key = tuple[int, Told]
Shared = set[Key]


def shared(groups: Iterable[tuple[Told, int]], least: int, beside: Mapping[Key, int] = MappingProxyType({})) -> Shared:
    """At which step enough rows show what. `groups` are rows that are alike, with their number, by enterprise.

    `beside` are rows that are shown already and stay so: they count at the steps without the enterprise. Of one
    enterprise at a time all of them are kept in memory; of all together what is left without names and months.
    """
    found: Shared = set()
    rest: Counter[Told] = Counter()
    for _enterprise, alike in groupby(groups, key=lambda each: each[0].enterprise):
        left: Mapping[Told, int] = dict(alike)
        for step in range(len(NAMED)):
            left = _going_on(left, step, least, found, {})
        for told, count in left.items():
            rest[_only(told, len(NAMED))] += count
    left = rest
    for step in range(len(NAMED), len(STEPS)):
        left = _going_on(left, step, least, found, beside)
    return found


def shown(told: Told, found: Shared) -> Told:
    """What is shown of a row."""
    return next((key[1] for key in keys(told) if key in found), _only(told, len(STEPS)))


def keys(told: Told) -> Iterator[Key]:
    """What a row would show at each step."""
    return ((step, _only(told, step)) for step in range(len(STEPS)))


def _only(told: Told, step: int) -> Told:
    """What a row would show at a step; nothing but how it ended after the last one. It is asked a million times."""
    return Told._make(_SHOWN[step](told + NOTHING))


def _going_on(
    left: Mapping[Told, int], step: int, least: int, found: Shared, beside: Mapping[Key, int]
) -> dict[Told, int]:
    """What too few rows share at this step; what enough share is added to what was `found`."""
    mine = {told: (step, _only(told, step)) for told in left}
    counts = Counter({key: beside.get(key, 0) for key in mine.values()})
    for told, count in left.items():
        counts[mine[told]] += count
    found.update(key for key, count in counts.items() if count >= least)
    return {told: count for told, count in left.items() if mine[told] not in found}
