"""Figures: medians of interleaved runs, percentiles, and one line of the table."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Literal

WARM_UP = 20  # requests that are not counted


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was measured, of what, against what, and how the two compare.

    `ratio` is that of the medians. A target "at least" is one of speed, "at most" one of time.
    """

    name: str
    unit: str
    ours: float
    theirs: float
    ratio: float
    against: str
    target: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None where there is none."""
        if self.target is None:
            return None
        return self.ratio >= self.target if self.sense == "at least" else self.ratio <= self.target

    def record(self) -> dict[str, Any]:
        """For the JSON file."""
        return asdict(self) | {"reached": self.reached}


def interleaved(runs: int, *ways: Callable[[int], float]) -> list[list[float]]:
    """Run every way `runs` times, one after the other in turn; the figures of each way. Odd turns go backwards."""
    figures: list[list[float]] = [[] for _ in ways]
    for run in range(runs):
        order = range(len(ways)) if run % 2 == 0 else reversed(range(len(ways)))
        for number in order:
            figures[number].append(ways[number](run))
    return figures


def compare(
    name: str,
    unit: str,
    against: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    **more: Any,
) -> Result:
    """The line for two series of runs."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    runs = {"runs": {"ours": [round(each, 6) for each in ours], "against": [round(each, 6) for each in theirs]}}
    detail = more.pop("detail", {}) | runs
    ratio = mine / other if other else math.inf
    return Result(name, unit, mine, other, ratio, against, detail=detail, **more)


def in_turn(
    name: str, ask: tuple[Callable[[], float], Callable[[], float]], among: tuple[str, str], requests: int, runs: int,
    target: float,
) -> Result:  # fmt: skip
    """p99 of the second of two places against the first: every request goes to both, in an order left to chance.

    `ask` sends one request and says how many seconds it took; `among` names the places.
    """
    for each in ask:
        for _ in range(min(WARM_UP, requests)):
            each()
    rng = Random(name)
    times: list[list[list[float]]] = [[[] for _ in range(runs)] for _ in ask]
    for run in range(runs):
        for _ in range(requests):
            for place in rng.sample((0, 1), 2):
                times[place][run].append(ask[place]() * 1000)
    near, far = ([percentile(run, 0.99) for run in place] for place in times)
    middle = [round(percentile([each for run in place for each in run], 0.5), 2) for place in times]
    detail = {"requests a run": requests, "median ms": dict(zip(among, middle, strict=True))}
    said = f"{name}, p99, {among[1]}"
    return compare(said, "ms", among[0], far, near, target=target, sense="at most", detail=detail)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
