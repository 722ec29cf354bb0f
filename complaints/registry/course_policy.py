"""How long the clocks of courses run, and the other numbers of the ring, from versioned files in `policies/`.

Files are data: a wrong one raises Misconfigured, naming the file, when it is first read.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from complaints.errors import Misconfigured

FOLDER = Path(__file__).with_name("policies")


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long one state may last: working days (fewer where safety is named), or a day that stands elsewhere."""

    article: str
    working_days: int = 0
    safety_working_days: int | None = None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class RingPolicy:
    """One version. `numbers` holds the tables that are no clocks: record, marks, benchmark, measures."""

    version: str
    in_force_from: date
    clocks: Mapping[str, Mapping[str, ClockRule]]
    counters: Mapping[str, int]
    remind_at_hour: int
    remind_working_days_before: tuple[int, ...]
    numbers: Mapping[str, Mapping[str, int]]


def parse(text: str) -> RingPolicy:
    """A policy from TOML. Raises KeyError, TypeError or ValueError where an entry is missing, unknown or wrong."""
    raw: dict[str, Any] = tomllib.loads(text)
    clocks = {
        course: {state: ClockRule(**rule) for state, rule in states.items()} for course, states in raw["clocks"].items()
    }
    remind = raw["reminders"]
    return RingPolicy(
        version=raw["version"],
        in_force_from=raw["in_force_from"],
        clocks=clocks,
        counters=raw["counters"],
        remind_at_hour=remind["at_hour"],
        remind_working_days_before=tuple(remind["working_days_before"]),
        numbers={name: raw[name] for name in ("record", "marks", "benchmark", "measures")},
    )


@cache
def load(version: str) -> RingPolicy:
    """The policy of that version. Raises Misconfigured when the file is missing or wrong."""
    path = FOLDER / f"{version}.toml"
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"policy {version}: {path}: {error}") from error


@cache
def in_force(day: date, course: str = "pledge") -> RingPolicy:
    """The newest policy in force on a day, else (older days) the first one, of those that know a course."""
    every = (load(path.stem) for path in FOLDER.glob("*.toml"))
    known = sorted((each for each in every if course in each.clocks), key=lambda each: each.in_force_from)
    return next((each for each in reversed(known) if each.in_force_from <= day), known[0])
