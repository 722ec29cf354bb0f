"""More complaints than expected about one product, one fault or one batch of it: pure arithmetic, no database.

The improved Farrington method (Noufaily, Enki, Farrington, Garthwaite, Andrews, Charlett: Statistics in Medicine 32,
2013, 1206-1222) in a simple form, for counts by week and enterprise:

- what is expected of the last w weeks (w = 1, 2, 4, 8) is estimated from the 52 weeks before them, or as many as there
  are, each month weighted by how the whole flow moves through the year; weeks of an old outbreak count less (Anscombe
  residual above 2.58);
- counts spread more widely than Poisson's: the upper tail is a negative binomial's with variance phi mu + var(mu), or
  Poisson's where that is no wider;
- a cell seen for the first time is not expected to be empty for ever: a Gamma prior of PRIOR_WEEKS weeks of the average
  cell (DuMouchel, The American Statistician 53, 1999) stands before its own history;
- where all complaints grow, as on 15 March, what is expected of each cell grows with the others;
- while there are fewer than LEAST_HISTORY weeks in all, only the mix of faults is judged: a product's share of a fault
  against that of all other products (the proportional reporting of pharmacovigilance: Evans, Waller, Davis 2001);
- the false discovery rate over all cells and windows of a day is held by Benjamini and Hochberg (1995).

A week is seven days that end at the moment of looking; week 0 is the last one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from complaints.insight.expecting import (
    BASELINE,
    LEAST_HISTORY,
    LOOKED_AT,
    PRIOR_WEEKS,
    WINDOWS,
    false_discovery_rates,
    prediction,
    season,
    upper_tail,
)

LEAST_CONSUMERS = 3  # different ones
FALSE_DISCOVERIES = 0.01  # the share that we bear
STEADY = 20.0  # cases by which the flow of the others is steadied
SHOWN = 26  # weeks, in the picture


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint as it is counted. `consumer` tells people apart and says nothing else of them."""

    id: int
    day: date
    firm: int | str
    product: str
    fault: str = ""
    batch: str = ""
    consumer: int | str = ""


Key = tuple[int | str, str, str, str]  # firm, product, fault, batch; empty: any


@dataclass(frozen=True, slots=True)
class Finding:
    """One cell that stands out over one window. `series`: cases by week, the oldest first, for the picture."""

    key: Key
    weeks: int
    observed: int  # different consumers
    expected: float
    p: float
    q: float
    compared: str  # history | mix
    cases: tuple[int, ...]
    series: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found about one product of one enterprise, merged: its findings, the least likely first."""

    firm: int | str
    product: str
    fault: str
    batch: str
    findings: tuple[Finding, ...]

    @property
    def cases(self) -> list[int]:
        """Every complaint of any of its findings."""
        return sorted({each for finding in self.findings for each in finding.cases})


@dataclass(slots=True)
class _Cell:
    """What one cell has seen: cases by week, and who complained in the last eight."""

    past: dict[int, int] = field(default_factory=dict)
    recent: dict[int, dict[int | str, int]] = field(default_factory=dict)  # week -> consumer -> case

    def add(self, case: Case, week: int) -> None:
        self.past[week] = self.past.get(week, 0) + 1
        if week < max(WINDOWS):
            self.recent.setdefault(week, {}).setdefault(case.consumer, case.id)

    def observed(self, weeks: int) -> dict[int | str, int]:
        """Each consumer of the last weeks once, with a case."""
        return {who: case for week in range(weeks) for who, case in self.recent.get(week, {}).items()}


@dataclass(slots=True)
class _Flow:
    """Every cell, and the whole flow by week and by day."""

    last: date
    cells: dict[Key, _Cell] = field(default_factory=lambda: defaultdict(_Cell))
    weeks: Counter[int] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        week = (self.last - case.day).days // 7
        if not 0 <= week < LOOKED_AT or not case.product:
            return
        self.weeks[week] += 1
        self.days[case.day] += 1
        for key in _keys(case):
            self.cells[key].add(case, week)

    @property
    def history(self) -> int:
        """Whole weeks before the one of the first complaint."""
        return max(self.weeks, default=0)


def _keys(case: Case) -> Iterable[Key]:
    yield case.firm, case.product, "", ""
    if case.fault:
        yield case.firm, case.product, case.fault, ""
    if case.batch:
        yield case.firm, case.product, "", case.batch


def look(cases: Iterable[Case], last: date) -> list[Sighting]:
    """What stands out on a day, `last`, in the complaints of the sixty weeks up to it."""
    flow = _Flow(last)
    for case in cases:
        flow.add(case)
    tested = list(_tested(flow))
    rates = false_discovery_rates([each.p for each in tested], _tests(flow))
    return merge(_finding(each, q, flow) for each, q in zip(tested, rates, strict=True) if q <= FALSE_DISCOVERIES)


@dataclass(frozen=True, slots=True)
class _Test:
    key: Key
    weeks: int
    observed: int
    expected: float
    p: float
    compared: str


Judge = Callable[[Key, "_Cell", int, int], Iterable[_Test]]


def _finding(each: _Test, q: float, flow: _Flow) -> Finding:
    cell = flow.cells[each.key]
    shown = min(max(flow.history + 1, each.weeks), SHOWN)
    return Finding(
        key=each.key, weeks=each.weeks, observed=each.observed, expected=each.expected, p=each.p, q=q,
        compared=each.compared, cases=tuple(cell.observed(each.weeks).values()),
        series=tuple(cell.past.get(week, 0) for week in reversed(range(shown))),
    )  # fmt: skip


def _tests(flow: _Flow) -> int:
    """How many tests the day has, those included whose cell saw nothing new."""
    return len(flow.cells) * len(WINDOWS)


def _tested(flow: _Flow) -> Iterable[_Test]:
    """The cells with enough people in a window; all others are as good as p = 1."""
    judge = _by_history(flow) if flow.history >= LEAST_HISTORY else _by_mix(flow)
    for key, cell in list(flow.cells.items()):
        if sum(map(len, cell.recent.values())) < LEAST_CONSUMERS:
            continue  # most of them: quickly passed by
        for weeks in WINDOWS:
            observed = len(cell.observed(weeks))
            if observed >= LEAST_CONSUMERS:
                yield from judge(key, cell, weeks, observed)


def _by_history(flow: _Flow) -> "Judge":
    factors = season(flow.days, flow.last)
    average = _averages(flow, factors)

    def judge(key: Key, cell: _Cell, weeks: int, observed: int) -> Iterable[_Test]:
        span = range(weeks, min(weeks + BASELINE, flow.history))
        now = sum(factors[:weeks])
        kind = (bool(key[2]), bool(key[3]))
        mu, variance = prediction([cell.past.get(each, 0) for each in span], [factors[each] for each in span], now,
                                  average[kind] * PRIOR_WEEKS)  # fmt: skip
        grown = _grown(flow, factors, span, weeks, observed, mu)
        mu, variance = mu * grown, variance * grown
        yield _Test(key, weeks, observed, mu, upper_tail(observed, mu, variance), "history")

    return judge


def _grown(flow: _Flow, factors: Sequence[float], span: range, weeks: int, own: int, mu: float) -> float:
    """How much more than usual all the others are complained of; never less than one."""
    usual = sum(flow.weeks[each] for each in span) / (sum(factors[each] for each in span) or 1.0) * sum(factors[:weeks])
    others = sum(flow.weeks[each] for each in range(weeks)) - own
    return max(1.0, (others + STEADY) / (max(usual - mu, 0.0) + STEADY))


def _averages(flow: _Flow, factors: Sequence[float]) -> Mapping[tuple[bool, bool], float]:
    """Cases a week of the average cell of each kind (product, fault, batch), its last eight weeks left out."""
    cases: Counter[tuple[bool, bool]] = Counter()
    cells: Counter[tuple[bool, bool]] = Counter()
    for key, cell in flow.cells.items():
        kind = (bool(key[2]), bool(key[3]))
        cells[kind] += 1
        cases[kind] += sum(n for week, n in cell.past.items() if week >= max(WINDOWS))
    exposed = sum(factors[each] for each in range(max(WINDOWS), flow.history)) or 1.0
    return {kind: max(cases[kind] / (n * exposed), 0.5 / PRIOR_WEEKS / 10) for kind, n in cells.items()}


def _by_mix(flow: _Flow) -> "Judge":
    totals = {weeks: _mix(flow, weeks) for weeks in WINDOWS}

    def judge(key: Key, cell: _Cell, weeks: int, observed: int) -> Iterable[_Test]:
        firm, product, fault, _batch = key
        if not fault:
            return
        by_fault, everybody = totals[weeks]
        own = len(flow.cells[firm, product, "", ""].observed(weeks))
        others = max(everybody - own, 1)
        mu = own * (by_fault[fault] - observed + 0.5) / (others + 1)
        yield _Test(key, weeks, observed, mu, upper_tail(observed, mu, mu * (1 + own / others)), "mix")

    return judge


def _mix(flow: _Flow, weeks: int) -> tuple[Counter[str], int]:
    """People by fault, and people in all, of the last weeks."""
    by_fault: Counter[str] = Counter()
    everybody = 0
    for (_firm, _product, fault, batch), cell in flow.cells.items():
        if fault:
            by_fault[fault] += len(cell.observed(weeks))
        elif not batch:
            everybody += len(cell.observed(weeks))
    return by_fault, everybody


def merge(found: Iterable[Finding]) -> list[Sighting]:
    """One sighting a product: a fault or a batch is named where all findings that name one agree."""
    by_product: dict[tuple[int | str, str], list[Finding]] = defaultdict(list)
    for each in found:
        by_product[each.key[0], each.key[1]].append(each)
    return [
        Sighting(firm, product, _agreed(each.key[2] for each in findings), _agreed(each.key[3] for each in findings),
                 tuple(sorted(findings, key=lambda each: (each.p, each.weeks))))
        for (firm, product), findings in by_product.items()
    ]  # fmt: skip


def _agreed(words: Iterable[str]) -> str:
    named = {word for word in words if word}
    return named.pop() if len(named) == 1 else ""
