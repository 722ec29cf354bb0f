"""More complaints than expected: the arithmetic against known values, real complaints, planted outbreaks."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from math import exp
from pathlib import Path

import pytest

from complaints.insight import expecting, safety, signals
from complaints.insight.signals import Case

CARS = Path(__file__).parents[3] / "shared" / "data" / "car_complaints_2021-01.csv"
OTHERS = Path(__file__).parents[4] / "shared" / "data" / "car_complaints_2021-01.csv"  # of a checkout beside it
LAST = date(2026, 7, 5)


@pytest.mark.parametrize(
    ("count", "mean", "variance", "expected"),
    [
        (1, 0.5, 0.5, 1 - exp(-0.5)),
        (3, 1.0, 1.0, 1 - exp(-1) * 2.5),
        (10, 2.0, 2.0, 4.6498e-05),  # Poisson's tables
        (5, 10.0, 10.0, 1 - 0.029252688),
        (3, 1.0, 2.0, 1 / 8),  # r = 1: geometric, the chance of three failures at one half
        (2, 3.0, 12.0, 0.75**2),  # geometric with mean 3
        (0, 1.0, 2.0, 1.0),
    ],
)
def test_the_upper_tail_against_known_values(count: int, mean: float, variance: float, expected: float) -> None:
    assert expecting.upper_tail(count, mean, variance) == pytest.approx(expected, rel=1e-4)


def test_far_tails_are_small_and_not_zero_by_cancellation() -> None:
    assert 0 < expecting.upper_tail(60, 1.0, 1.0) < 1e-60
    assert expecting.upper_tail(60, 1.0, 1.0) < expecting.upper_tail(60, 1.0, 1.5)


def test_benjamini_and_hochberg() -> None:
    """Four of five p-values as in the textbook example; the fifth test is not listed."""
    rates = expecting.false_discovery_rates([0.01, 0.04, 0.03, 0.005], 5)
    assert rates == pytest.approx([0.025, 0.05, 0.05, 0.025])


def test_a_prediction_is_wider_than_what_it_comes_from() -> None:
    steady = [2] * 52
    mu, variance = expecting.prediction(steady, [1.0] * 52, 1.0, 2.0 * expecting.PRIOR_WEEKS)
    assert mu == pytest.approx(2.0)
    assert variance == pytest.approx(2.0 * (1 + 1 / 60))
    wild = [0, 0, 0, 8] * 13
    mu, variance = expecting.prediction(wild, [1.0] * 52, 1.0, 2.0 * expecting.PRIOR_WEEKS)
    assert variance > 2.5 * mu


def test_an_old_outbreak_does_not_hide_a_new_one() -> None:
    outbreak = [1] * 51 + [40]
    mu, _variance = expecting.prediction(outbreak, [1.0] * 52, 1.0, 8.0)
    assert mu < (8 + sum(outbreak)) / 60 * 0.9


def test_a_month_weighs_as_it_did_a_year_ago() -> None:
    days = {LAST - timedelta(days=n): 3 if (LAST - timedelta(days=n)).month == 7 else 1 for n in range(430)}
    factors = expecting.season(days, LAST)
    assert factors[0] > 2.0  # it is July again
    assert factors[10] < 1.0
    assert expecting.season({LAST: 5}, LAST) == [1.0] * expecting.LOOKED_AT


def background(weekly: dict[tuple[str, str, str], int], weeks: int = 60) -> Iterator[Case]:
    """So many complaints every week, each by somebody else."""
    n = 0
    for week in range(weeks):
        for (firm, product, fault), count in weekly.items():
            for nth in range(count):
                n += 1
                yield Case(n, LAST - timedelta(days=7 * week + nth % 7), firm, product, fault, "", f"who{n}")


QUIET = {(f"firm{n}", "kettle", "leaks"): 1 for n in range(12)} | {("firm0", "lamp", "flickers"): 2}


def planted(count: int, day: date = LAST, who: str = "new", fault: str = "bursts", batch: str = "") -> list[Case]:
    return [Case(90_000 + n, day - timedelta(days=n % 7), "firm0", "kettle", fault, batch, f"{who}{n}")
            for n in range(count)]  # fmt: skip


def test_a_steady_flow_says_nothing() -> None:
    assert signals.look(background(QUIET), LAST) == []


def test_an_outbreak_is_found_and_named_by_product_fault_and_batch() -> None:
    (seen,) = signals.look([*background(QUIET), *planted(8, batch="L7")], LAST)
    assert (seen.firm, seen.product, seen.fault, seen.batch) == ("firm0", "kettle", "bursts", "L7")
    first = seen.findings[0]
    assert first.q <= signals.FALSE_DISCOVERIES
    assert first.expected < first.observed == 8
    assert first.compared == "history"
    assert first.series[-1] == 8
    assert set(range(90_000, 90_008)) <= set(seen.cases)


def test_two_faults_of_one_product_are_one_signal_about_the_product() -> None:
    (seen,) = signals.look([*background(QUIET), *planted(8), *planted(7, who="other", fault="smells")], LAST)
    assert (seen.product, seen.fault) == ("kettle", "")


def test_one_person_who_complains_often_is_one_person() -> None:
    one = [Case(90_000 + n, LAST, "firm0", "kettle", "bursts", "", "same") for n in range(9)]
    assert signals.look([*background(QUIET), *one], LAST) == []
    assert signals.look([*background(QUIET), *one, Case(1, LAST, "firm0", "kettle", "bursts", "", "two")], LAST) == []


def test_a_day_on_which_everybody_complains_is_no_signal_about_anybody() -> None:
    """15 March: every product has four times as many complaints, for one week."""
    storm = [Case(90_000 + n, LAST, f"firm{n % 12}", "kettle", "leaks", "", f"s{n}") for n in range(12 * 3)]
    assert signals.look([*background(QUIET), *storm], LAST) == []


def test_a_slow_rise_is_found_over_longer_windows() -> None:
    slow = [Case(90_000 + n, LAST - timedelta(days=3 * n), "firm0", "lamp", "burns", "", f"n{n}") for n in range(18)]
    (seen,) = signals.look([*background(QUIET), *slow], LAST)
    assert (seen.product, seen.fault) == ("lamp", "burns")
    assert max(each.weeks for each in seen.findings) == 8


def cars() -> list[Case]:
    file = next((each for each in (CARS, OTHERS) if each.exists()), None)
    if file is None:
        pytest.skip("shared/data/car_complaints_2021-01.csv is not beside this checkout")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [
        Case(int(row["id"]), date.fromisoformat(row["datetime"]), row["brand"], row["car_model"], code, "", row["id"])
        for row in rows
        for code in row["problem"].strip().split(",")
        if code
    ]


def test_real_complaints_about_cars() -> None:
    """Five days without any past: only the mix of faults can be judged, and three models stand out by it."""
    seen = signals.look(cars(), date(2021, 1, 30))
    named = {(each.product, each.fault): each.findings[0] for each in seen}
    assert named["探岳", "H82"].observed == 9
    assert named["探岳", "H82"].expected < 0.5
    assert {("迈腾", "B115"), ("标致408", "A63")} <= set(named)
    assert all(finding.compared == "mix" for finding in named.values())
    assert len(seen) < 12  # of 223 models


def test_an_outbreak_planted_in_real_complaints_about_cars_is_found() -> None:
    """The five days again and again for a year are the flow; then one model's airbags fail."""
    flow = [
        Case(each.id * 100 + n, each.day + timedelta(days=7 * n), each.firm, each.product, each.fault, "",
             f"{each.consumer}-{n}")
        for n in range(60)
        for each in cars()
    ]  # fmt: skip
    last = max(each.day for each in flow)
    assert signals.look(flow, last) == []
    more = [Case(n, last - timedelta(days=n % 7), "吉利汽车", "缤越", "F404", "", f"new{n}") for n in range(7)]
    (seen,) = signals.look([*flow, *more], last)
    assert (seen.product, seen.fault) == ("缤越", "F404")


def test_safety_is_named_by_words_that_stand_alone() -> None:
    assert safety.named("烧水时突然爆裂，热水烫伤了手") == {"爆裂", "烫伤"}
    assert safety.named("There was smoke, then it Exploded.") == {"smoke", "exploded"}
    assert safety.named("The firefly lamp is deathly dull.") == set()
    assert safety.count(["fire", "fire and smoke", "ok"]) == {"fire": 2, "smoke": 1}
