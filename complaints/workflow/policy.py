"""Durations, limits and reminders, read from the versioned files in `policies/`. A case is pinned to one version.

Files are data: a wrong one raises Misconfigured, naming the file and the entry, when it is first read.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from complaints.errors import Misconfigured
from complaints.workflow.workdays import Reading

FOLDER = Path(__file__).with_name("policies")


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long one state may last: a number of working or calendar days, or a date that was promised."""

    article: str
    working_days: int | None = None
    benchmark_working_days: int | None = None  # shorter, for a benchmark enterprise
    days: int | None = None  # calendar days
    fact: str | None = None  # the case's own date
    counted_from: str | None = None  # a fact of the case instead of the entry into the state
    excludes: tuple[str, ...] = ()  # states whose stays do not count


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules. Days are working or calendar days as the name says; hours are local."""

    version: str
    mandate: str
    in_force_from: date
    holiday_reading: Reading
    clocks: dict[str, ClockRule]
    counters: dict[str, int]
    limits: dict[str, int]
    windows: dict[str, int]
    remind_at_hour: int
    remind_working_days_before: tuple[int, ...]
    remind_last_day: bool
    half_time_from_days: int
    reach_working_days: int
    outage_gap_minutes: int
    screening: dict[str, int]


def _whole(name: str, value: Any, most: int = 10_000) -> int:
    """A whole number of a policy. Raises ValueError, naming the entry."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 0 to {most}, not {value!r}")
    return value


def _numbers(section: str, raw: dict[str, Any]) -> dict[str, int]:
    return {name: _whole(f"{section}.{name}", value) for name, value in raw.items()}


def _clock(state: str, raw: dict[str, Any]) -> ClockRule:
    renamed = {("counted_from" if key == "from" else key): value for key, value in raw.items()}
    try:
        rule = ClockRule(**renamed | {"excludes": tuple(raw.get("excludes", ()))})
    except TypeError as error:
        raise ValueError(f"clocks.{state}: {error}") from error
    _numbers(f"clocks.{state}", {key: value for key, value in raw.items() if key.endswith("days")})
    if sum(length is not None for length in (rule.working_days, rule.days, rule.fact)) != 1:
        raise ValueError(f"clocks.{state} needs exactly one of working_days, days, fact")
    return rule


def parse(text: str) -> Policy:
    """A policy from TOML. Raises KeyError, TypeError or ValueError when an entry is missing, unknown or wrong."""
    raw = tomllib.loads(text)
    remind = raw["reminders"]
    if raw["holiday_reading"] not in ("broad", "narrow"):
        raise ValueError("holiday_reading must be broad or narrow")
    if type(raw["in_force_from"]) is not date:
        raise ValueError(f"in_force_from must be a date, not {raw['in_force_from']!r}")
    return Policy(
        version=raw["version"],
        mandate=raw["mandate"],
        in_force_from=raw["in_force_from"],
        holiday_reading=raw["holiday_reading"],
        clocks={state: _clock(state, rule) for state, rule in raw["clocks"].items()},
        counters=_numbers("counters", raw["counters"]),
        limits=_numbers("limits", raw["limits"]),
        windows=_numbers("windows", raw["windows"]),
        remind_at_hour=_whole("reminders.at_hour", remind["at_hour"], most=23),
        remind_working_days_before=tuple(_whole("working_days_before", n) for n in remind["working_days_before"]),
        remind_last_day=remind["last_day"],
        half_time_from_days=_whole("half_time_from_days", remind["half_time_from_days"]),
        reach_working_days=_whole("reach.working_days", raw["reach"]["working_days"]),
        outage_gap_minutes=_whole("outage.gap_minutes", raw["outage"]["gap_minutes"]),
        screening=_numbers("screening", raw["screening"]),
    )


@cache
def load(version: str) -> Policy:
    """The policy of that version. Raises Misconfigured when the file is missing or wrong."""
    path = FOLDER / f"{version}.toml"
    try:
        policy = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Misconfigured(f"policy {version}: {path} is missing; cases filed under it need it") from None
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"policy {version}: {path}: {error}") from error
    if policy.version != version:
        raise Misconfigured(f"policy {version}: {path} says it is {policy.version}")
    return policy


@cache
def versions() -> tuple[Policy, ...]:
    """Every shipped policy, oldest first."""
    return tuple(sorted((load(path.stem) for path in FOLDER.glob("*.toml")), key=lambda each: each.in_force_from))


def in_force(mandate: str, day: date) -> Policy:
    """The policy for a case of that mandate filed on `day`: the newest in force, else (older files) the first one."""
    mine = [each for each in versions() if each.mandate == mandate]
    if not mine:
        raise Misconfigured(f"no policy for the mandate {mandate}")
    return next((each for each in reversed(mine) if each.in_force_from <= day), mine[0])
