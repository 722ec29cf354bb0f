"""What the tests of the search share: what it finds on the real tables, and tables with one thing wrong."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from complaints.workflow import policy, verify
from complaints.workflow.lifecycle import TABLE, Row
from complaints.workflow.policy import Policy
from complaints.workflow.verify import Findings

ASSOCIATION, DELEGATED = "association-2026-04", "delegated-2026-04"


@cache
def searched(version: str) -> Findings:
    """The real tables under a shipped policy; costs seconds."""
    return verify.check(policy.load(version))


def small(**counters: int) -> Policy:
    """The association's policy with every counter at nought but those given, so that a search takes a moment."""
    real = policy.load(ASSOCIATION)
    return replace(real, counters=dict.fromkeys(real.counters, 0) | counters)


def changed(chosen: Callable[[Row], bool], **changes: Any) -> list[Row]:
    """The real table with the chosen rows changed; there must be some."""
    assert any(map(chosen, TABLE))
    return [replace(row, **changes) if chosen(row) else row for row in TABLE]


def without(chosen: Callable[[Row], bool]) -> list[Row]:
    """The real table without the chosen rows; there must be some."""
    assert any(map(chosen, TABLE))
    return [row for row in TABLE if not chosen(row)]


def named(trigger: str) -> Callable[[Row], bool]:
    """The rows of one trigger."""
    return lambda row: row.trigger == trigger


def problems(rules: Policy, table: Sequence[Row]) -> str:
    """What the search says of a table, in one text."""
    return "\n".join(verify.check(rules, table=table).problems)
