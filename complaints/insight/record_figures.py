"""What may be shown of an enterprise's figures, and who is ranked how: pure, counts in, figures out.

A share (proven settlements, answers in time, the rating) is a figure over its base; every other count is a figure over
the cases it counts. Nobody may be recognised, nor be computed from what is published:

1.  A share over fewer than `least_shown` cases is suppressed; with fewer ended cases the whole line is.
2.  Inside a line, details (kinds of end; mediated or not; silence of who is not proven to have been told) are shown
    all or not at all: where one count of a group is not zero and below `least_shown`, the whole group is suppressed.
    What is left to subtract is the sum of at least two, whose members can change places, so none of them follows from
    it; of the last group no sum is published.
3.  Two months of one enterprise differ by what ended since and by what is older than twelve months now; marks given
    later count as the former, cases opened again as the latter: the earlier months are counted again, and differ from
    what was shown. Where either is below `least_shown` cases (and not nothing), or both are nothing, the line repeats
    the earlier figures and says of which month they are; a detail, or a share with another base, whose own difference
    is too small is left out that month. The earlier figures compared with are the last ones that were shown, however
    many months ago; for details and shares of a correction, also those of the edition before.
4.  The overall line, ranks and medians over enterprises are computed from the shown lines alone: from nothing that is
    not published, so they can tell nothing that is not. Suppressed lines are left out there, and how many is said.

Held back figures (under objection) are suppressed as if they were too small. What stays possible: a correction after
publication differs from the edition before it by the cases corrected, whose number and reason are published with it.

A rank needs `least_ranked` ended cases and a pledge (participation); it goes by the lower end of the 95 % interval of
the share of proven settlements, so that three good cases do not beat three hundred.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from typing import Any

Figures = dict[str, Any]

PROVEN = "settled"  # and nothing else: silence is never a success
KINDS = (  # ends of a case that are no proven settlement, each counted apart
    "settled_unconfirmed", "settlement_broken", "unconfirmed", "declined_not_pursued", "terminated",
    "consent_unanswered", "withdrawn",
)  # fmt: skip
COUNTED = (PROVEN, *KINDS)  # what intake refused, merged or returned says nothing about an enterprise
DETAILS = ("kinds", "mediation", "untold")
SHARES = ("answers", "ratings")  # with a base of their own
OBJECTABLE = ("ended", PROVEN, *DETAILS, *SHARES)
Z = 1.959963984540054  # the normal distribution's 97.5 % point: intervals of 95 %


@dataclass(slots=True)
class Tally:
    """What was counted of some ended cases."""

    ends: Counter[str] = field(default_factory=Counter)
    mediated: int = 0
    in_time: int = 0
    unanswered: int = 0  # the enterprise was proven to have been told
    not_proven_told: int = 0
    days: list[int] = field(default_factory=list)  # working days to an answer
    ratings: list[int] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """How many cases."""
        return sum(self.ends.values())

    @property
    def answers(self) -> int:
        """How many answers the enterprise was asked for, and is known to have been asked for."""
        return self.in_time + self.unanswered

    def cells(self, name: str) -> dict[str, int]:
        """The counts of a group that is shown all or not at all; of a line or of a share, over how many it goes."""
        return {
            "ended": {"ended": self.ended},
            "answers": {"asked": self.answers},
            "ratings": {"count": len(self.ratings)},
            "kinds": {kind: self.ends[kind] for kind in KINDS},
            "mediation": {"mediated": self.mediated, "not_mediated": self.ended - self.mediated},
            "untold": {"not_proven_told": self.not_proven_told},
        }[name]


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since figures that were shown: what ended after them, and what is too old to count now.

    What else changed (a mark given later, a case opened again) is seen by counting the months of those figures `again`;
    what was `excluded` meanwhile is explained, for that is published.
    """

    entered: Tally
    left: Tally
    was: Figures | None = None
    again: Tally = field(default_factory=Tally)
    excluded: Tally = field(default_factory=Tally)

    def moves(self, name: str) -> Iterator[int]:
        """By how many cases each count grew, and by how many it shrank."""
        was = self.was[name] if self.was and name != "ended" else self.was
        for cell, entered in self.entered.cells(name).items():
            drift = self.again.cells(name)[cell] - was[cell] if was else 0
            yield entered + max(0, drift)
            yield self.left.cells(name)[cell] + max(0, -drift - self.excluded.cells(name)[cell])


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, 209-212)."""
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, Z * Z
    middle = share + square / (2 * of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - half) / (1 + square / of)), min(1.0, (middle + half) / (1 + square / of))


def big(count: int, least: int) -> bool:
    """Nothing, or enough that nobody is recognised."""
    return count == 0 or count >= least


def nothing(month: str) -> Figures:
    """A line of which nothing is shown."""
    return {"as_of": month, "ended": None, PROVEN: None, "interval": None} | _left_out((*DETAILS, *SHARES))


def _left_out(names: Sequence[str]) -> Figures:
    return dict.fromkeys(names)


def shown(
    tally: Tally, month: str, least: int, basis: Figures | None = None,
    since: Mapping[str, Sequence[Since]] | None = None,
) -> Figures:  # fmt: skip
    """What may be shown of a line. `basis` is what was shown last; `since` says for the line ("ended") and for each
    detail and share what changed since it was last shown; without an entry it never was."""
    if tally.ended < least:
        return nothing(month)
    moves = {name: [n for each in some for n in each.moves(name)] for name, some in (since or {}).items()}
    if basis is not None and moves.get("ended") and not _enough(moves["ended"], least):
        return basis
    figures: Figures = {"as_of": month, "ended": tally.ended, PROVEN: tally.ends[PROVEN]}
    figures["interval"] = _rounded(*wilson(tally.ends[PROVEN], tally.ended))
    for name in SHARES:
        fits = min(tally.cells(name).values()) >= least and all(big(n, least) for n in moves.get(name, ()))
        figures[name] = _share(tally, name) if fits else None
    for name in DETAILS:
        fits = all(big(n, least) for n in (*tally.cells(name).values(), *moves.get(name, ())))
        figures[name] = tally.cells(name) if fits else None
    return figures


def _enough(moves: Sequence[int], least: int) -> bool:
    """Whether enough changed, and nothing by a few."""
    return all(big(n, least) for n in moves) and max(moves) >= least


def _rounded(low: float, high: float) -> list[float]:
    return [round(low, 4), round(high, 4)]


def _share(tally: Tally, name: str) -> Figures:
    if name == "ratings":
        return {"count": len(tally.ratings), "mean": round(sum(tally.ratings) / len(tally.ratings), 1)}
    return {
        "asked": tally.answers,
        "in_time": tally.in_time,
        "interval": _rounded(*wilson(tally.in_time, tally.answers)),
        "median_days": float(median(tally.days)) if tally.days else None,
    }


def hold(figures: Figures, held: Sequence[str]) -> Figures:
    """The figures without those under objection; without its base a line says nothing."""
    if not held:
        return figures
    if "ended" in held or PROVEN in held:
        return nothing(figures["as_of"]) | {"held": sorted(held)}
    return figures | _left_out(held) | {"held": sorted(held)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One enterprise in a month: whether it takes part, and what is shown. Of fees nothing is known here."""

    enterprise_id: int
    participant: bool
    figures: Figures


def why_not_ranked(entry: Entry, least_ranked: int) -> str:
    """Why there is no rank; empty where there is one."""
    if not entry.participant:
        return "not_participant"
    if entry.figures["ended"] is None:
        return "held_back" if entry.figures.get("held") else "suppressed"
    return "" if entry.figures["ended"] >= least_ranked else "too_few"


def ranks(entries: Sequence[Entry], least_ranked: int) -> dict[int, int]:
    """Enterprise → rank, by the lower end of the interval of proven settlements; equal ones share a rank."""
    lows = {each.enterprise_id: _low(each.figures) for each in entries if not why_not_ranked(each, least_ranked)}
    return {firm: 1 + sum(other > low for other in lows.values()) for firm, low in lows.items()} if lows else {}


def _low(figures: Figures) -> float:
    return wilson(figures[PROVEN], figures["ended"])[0]


def overall(entries: Sequence[Entry]) -> Figures:
    """The sums over what the lines show, and over how many enterprises each goes; suppressed ones are left out."""
    lines = [each.figures for each in entries if each.figures["ended"] is not None]
    ended, settled = (sum(line[name] for line in lines) for name in ("ended", PROVEN))
    told: Figures = {
        "enterprises": len(lines), "left_out": len(entries) - len(lines), "ended": ended, PROVEN: settled,
        "interval": _rounded(*wilson(settled, ended)) if ended else None,
    }  # fmt: skip
    for name in DETAILS:
        told[name] = _summed([line[name] for line in lines if line[name] is not None])
    told["answers"] = _answers([line["answers"] for line in lines if line["answers"]])
    told["ratings"] = _ratings([line["ratings"] for line in lines if line["ratings"]])
    return told


def _summed(groups: Sequence[Mapping[str, int]]) -> Figures | None:
    """Sums of the lines that show a group; `cases` is over how many cases that goes."""
    if not groups:
        return None
    sums = {name: sum(group[name] for group in groups) for name in groups[0]}
    return sums | {"enterprises": len(groups)}


def _answers(parts: Sequence[Figures]) -> Figures | None:
    if not parts:
        return None
    asked, in_time = (sum(part[name] for part in parts) for name in ("asked", "in_time"))
    days = [part["median_days"] for part in parts if part["median_days"] is not None]
    return {
        "asked": asked, "in_time": in_time, "interval": _rounded(*wilson(in_time, asked)), "enterprises": len(parts),
        "median_days": median(days) if days else None,
    }  # fmt: skip


def _ratings(parts: Sequence[Figures]) -> Figures | None:
    count = sum(part["count"] for part in parts)
    mean = sum(part["mean"] * part["count"] for part in parts) / count if count else None
    return {"count": count, "mean": round(mean, 1), "enterprises": len(parts)} if mean is not None else None
