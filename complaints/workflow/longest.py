"""How long the longest silence and the longest life of a case can be, in calendar days, over every start date.

Both rest on what `verify.py` found, on the policy's clocks and on the published years. Letters are taken to arrive on
their day and the service to live: an outage, or a party that has to be reached by phone, adds its own days.

A clock runs out when its last day is over, so what silence leads to is entered on the day after; a person can act on
the last day itself. The silent remainder is exact. The total life is an upper bound: whoever owns a state waits to the
end, each stay is taken as long as it can be from any start date, and a resumed clock counts as a whole one. The
mediation period is counted once in each acceptance, since all stays in mediation share it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from complaints.workflow.case import Role, State
from complaints.workflow.configuration import Key
from complaints.workflow.policy import Policy
from complaints.workflow.verify import Findings, Step, components
from complaints.workflow.workdays import Calendar

OVERNIGHT = timedelta(days=1)  # from the last day of a clock to the day on which its consequence is entered


@dataclass(frozen=True, slots=True)
class Silence:
    """The longest silent remainder, in calendar days, where it begins and on which date."""

    days: int
    state: State
    start: date


class Lengths:
    """The last day of a stay in each state, by the day of entry, under one policy and calendar."""

    def __init__(self, policy: Policy, calendar: Calendar) -> None:
        self.policy, self.calendar = policy, calendar
        self.longest_stay = cache(self._longest_stay)
        self.stay_end = cache(self._stay_end)
        years = [year for year in range(2000, 2100) if calendar.is_published(year)]
        self.starts = [day for year in years for day in _days_of(year)]  # every day of the published years
        self.longest_extension = self._longest_extension()

    def _stay_end(self, state: State, entered: date) -> date:
        rule = self.policy.clocks[state.value]
        if rule.working_days is not None:
            return self.calendar.working_days(entered, rule.working_days).end
        if rule.days is not None:
            return self.calendar.calendar_days(entered, rule.days, self.policy.holiday_reading).end
        limit = "appraisal_days" if state is State.UNDER_APPRAISAL else "performance_days_agreed"
        return entered + timedelta(days=self.policy.limits[limit])

    def _longest_stay(self, state: State) -> int:
        return max((self.stay_end(state, day) - day).days for day in self.starts)

    def _longest_extension(self) -> int:
        """The calendar days that the enterprise's extension can add."""
        n = self.policy.limits["extension_working_days"]
        return max((self.calendar.working_days(day, n).end - day).days for day in self.starts)


def silent_remainder(findings: Findings, lengths: Lengths) -> Silence:
    """The longest time from entering any configuration to `closed`, if everybody is silent from then on."""
    chains = _chains(findings)

    @cache
    def end(chain: Chain, entered: date, accepted: date | None) -> date:
        state, following = chain
        if state is State.CLOSED:
            return entered
        if state is State.AWAITING_MEDIATOR:
            accepted = entered
        counted_from = accepted if state is State.IN_MEDIATION and accepted is not None else entered
        left = max(entered, lengths.stay_end(state, counted_from))
        return max(end(each, left + OVERNIGHT, accepted) for each in following)

    found = ((end(chain, day, None) - day, chain[0], day) for chain in chains for day in lengths.starts)
    longest, state, start = max(found, key=lambda each: (each[0], each[1].value, -each[2].toordinal()))
    return Silence(longest.days, state, start)


def total_life(findings: Findings, lengths: Lengths) -> int:
    """At most so many calendar days lie between filing and an end that cannot be reopened."""
    longest: dict[tuple[Key, bool], int] = {}
    for component in reversed(components(findings)):
        inside = set(component)
        for used_up in (False, True):
            steps = [step for key in component for step in findings.edges[key] if step.to not in inside]
            ways = (_onward(lengths, component[0].state, used_up, step, longest) for step in steps)
            longest.update(dict.fromkeys(((key, used_up) for key in component), max(ways, default=0)))
    return max(longest[start, False] for start in findings.starts)


def _onward(lengths: Lengths, state: State, used_up: bool, step: Step, longest: dict[tuple[Key, bool], int]) -> int:
    """The longest stay here and everything after it by way of one step."""
    if step.row.clock == "move":  # the extension: the same stay goes on
        return lengths.longest_extension + longest[step.to, used_up]
    if state is State.CLOSED:
        return lengths.policy.windows["reopen_days"] + longest[step.to, False]
    mediated = state is State.IN_MEDIATION
    stay = 0 if mediated and used_up else lengths.longest_stay(state)
    overnight = OVERNIGHT.days if step.role is Role.CLOCK else 0
    return stay + overnight + longest[step.to, used_up or mediated]


Chain = tuple[State, frozenset[Any]]  # a state, and the chains that silence leads to from there


def _chains(findings: Findings) -> set[Chain]:
    """The different futures that silence has; configurations that share one are one."""
    chains: dict[Key, Chain] = {}
    for component in reversed(components(findings)):
        for key in component:
            silent = (step for step in findings.edges[key] if step.role is Role.CLOCK)
            chains[key] = (key.state, frozenset(chains[step.to] for step in silent))
    return set(chains.values())


def _days_of(year: int) -> Iterable[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
