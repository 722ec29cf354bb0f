"""Quality signals: how many days until a planted outbreak is found, how many false alarms a year, and how long one
day's look takes at 1,000,000 cases.

`python -m bench.signals` prints the first two. The simulated flow: 40 enterprises with five products of eight faults
each, some complained of ten times as often as others, half as much again in summer, weeks that vary more than by
chance, and a storm in which everything is complained of three times as much for two weeks (15 March). Planted are
outbreaks of one fault of one product for eight weeks, three to ten extra complaints a week. The look is taken every day
for a year; a signal about a product without an outbreak is a false alarm, counted once in four weeks, as the product
itself rests.
"""

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import click

from bench.measure import Result
from bench.settled import settled
from bench.world import Worlds
from complaints import clock, db
from complaints.insight import detecting, signals
from complaints.insight.expecting import LOOKED_AT
from complaints.insight.signals import Case

FIRMS, PRODUCTS, FAULTS = 40, 5, 8
FIRST = date(2025, 1, 6)
BURN_IN = timedelta(weeks=LOOKED_AT)
YEAR = 365
OUTBREAKS, LENGTH = 30, 56  # how many; days
EXTRA = (3, 5, 10)  # complaints a week, in turn
REST = 28  # days
SUMMER, STORM = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Planted:
    """One outbreak."""

    firm: str
    product: str
    fault: str
    began: date
    extra: int  # a week


@dataclass(frozen=True, slots=True)
class Seen:
    """What a year of looking brought: days until each outbreak was found (None: never), and false alarms."""

    delays: dict[int, list[int | None]]  # extra a week -> delays
    false_alarms: int
    looked: int  # days


def planted(seed: int = 1) -> list[Planted]:
    """The outbreaks, spread over the year that is looked at; no product has two."""
    random, begins = Random(seed), FIRST + BURN_IN
    products = random.sample([(f"firm{f}", f"product{p}") for f in range(FIRMS) for p in range(PRODUCTS)], OUTBREAKS)
    return [
        Planted(firm, product, f"fault{random.randrange(FAULTS)}", begins + timedelta(days=n * 300 // OUTBREAKS),
                EXTRA[n % len(EXTRA)])
        for n, (firm, product) in enumerate(products)
    ]  # fmt: skip


def flow(outbreaks: Sequence[Planted], seed: int = 2) -> dict[date, list[Case]]:
    """Every complaint of the burn-in and the year after it, by day."""
    random = Random(seed)
    rates = {
        (f"firm{f}", f"product{p}"): math.exp(random.uniform(math.log(0.1), math.log(3))) / 7
        for f in range(FIRMS)
        for p in range(PRODUCTS)
    }
    begins = FIRST + BURN_IN
    days = [FIRST + timedelta(days=n) for n in range((begins - FIRST).days + YEAR)]
    found: dict[date, list[Case]] = {day: [] for day in days}
    mood: dict[tuple[str, str], float] = {}
    n = 0
    for day in days:
        if day.weekday() == 0:
            mood = {key: random.gammavariate(3, 1 / 3) for key in rates}  # more than chance
        season = 1 + SUMMER * math.sin(2 * math.pi * (day.timetuple().tm_yday - 100) / 365)
        storm = STORM if day.month == 3 and 10 <= day.day < 24 else 1.0
        for (firm, product), rate in rates.items():
            for _each in range(_poisson(random, rate * season * storm * mood.get((firm, product), 1.0))):
                n += 1
                found[day].append(Case(n, day, firm, product, f"fault{random.randrange(FAULTS)}", "", n))
        for each in outbreaks:
            if each.began <= day < each.began + timedelta(days=LENGTH):
                for _each in range(_poisson(random, each.extra / 7)):
                    n += 1
                    found[day].append(Case(n, day, each.firm, each.product, each.fault, "", n))
    return found


def _poisson(random: Random, mean: float) -> int:
    count, product, limit = 0, random.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * random.random()
    return count


def evaluate(days: int = YEAR) -> Seen:
    """Look every day for so many days."""
    outbreaks = planted()
    cases = flow(outbreaks)
    by_product = {(each.firm, each.product): each for each in outbreaks}
    first: dict[Planted, int] = {}
    quiet: dict[tuple[object, str], date] = {}
    false = 0
    for n in range(days):
        today = FIRST + BURN_IN + timedelta(days=n)
        span = (cases.get(today - timedelta(days=back), []) for back in range(7 * LOOKED_AT))
        for sighting in signals.look((case for day in span for case in day), today):
            key = (sighting.firm, sighting.product)
            outbreak = by_product.get((str(sighting.firm), sighting.product))
            if outbreak is not None and outbreak.began <= today < outbreak.began + timedelta(days=LENGTH + REST):
                first.setdefault(outbreak, (today - outbreak.began).days)
            elif quiet.get(key, date.min) <= today:
                false += 1
                quiet[key] = today + timedelta(days=REST)
    begun = [
        each for each in outbreaks if each.began + timedelta(days=LENGTH) <= FIRST + BURN_IN + timedelta(days=days)
    ]
    delays = {extra: [first.get(each) for each in begun if each.extra == extra] for extra in EXTRA}
    return Seen(delays, false, days)


def run(worlds: Worlds, large: int, scale: float) -> Iterator[Result]:
    """Three lines: the delay, the false alarms, the time of one look."""
    seen = evaluate(YEAR if scale >= 1 else 90)
    found = [delay for each in seen.delays.values() for delay in each if delay is not None]
    every = [delay for each in seen.delays.values() for delay in each]
    delay = statistics.median(found) if found else math.inf
    told = {"delays": {str(extra): each for extra, each in seen.delays.items()}}
    yield Result("signals: median delay of what is found", "days", delay, 28, delay / 28, "four weeks", 1.0, "at most",
                 told | {"found": len(found), "planted": len(every)})  # fmt: skip
    a_year = seen.false_alarms * 365 / seen.looked
    yield Result("signals: false alarms a year", "", a_year, 12, a_year / 12, "one a month", 1.0, "at most")
    with settled(worlds.environment(worlds.of(large))):
        began = time.monotonic()
        with db.reading() as session:
            detecting.look(session, clock.now())
        took = time.monotonic() - began
    yield Result(f"signals: one day's look at {large:,} cases", "s", took, 60, took / 60, "a minute", 1.0, "at most")


@click.command(help=__doc__)
@click.option("--days", default=YEAR, show_default=True, help="How many days to look.")
def main(days: int) -> None:
    """Evaluate."""
    seen = evaluate(days)
    for extra, delays in seen.delays.items():
        found = [each for each in delays if each is not None]
        middle = statistics.median(found) if found else "-"
        click.echo(
            f"{extra:>3} extra a week: {len(found)} of {len(delays)} found, median after {middle} days: {delays}"
        )
    click.echo(f"false alarms: {seen.false_alarms} in {seen.looked} days over {FIRMS * PRODUCTS} products")


if __name__ == "__main__":
    main()
