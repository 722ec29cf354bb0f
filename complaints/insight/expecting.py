"""How many complaints are to be expected, and how unlikely more of them are: closed forms, no database.

Farrington's improved method in a simple form; see `signals.py` for the whole and its sources. Weeks count backwards.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import exp, lgamma, log, log1p

WINDOWS = (1, 2, 4, 8)  # weeks
BASELINE = 52  # weeks
LOOKED_AT = BASELINE + max(WINDOWS)  # weeks
LEAST_HISTORY = 8  # weeks of the whole flow, before a cell can be compared with its own past
PRIOR_WEEKS = 8.0  # of the average cell, before a cell's own past
OUTLYING = 2.58  # Anscombe residual from which a past week counts less
LEAST_TO_REWEIGH = 10  # cases of the past: with fewer, every single one would be an outlier
SEASON = (0.25, 4.0)  # no month weighs less or more


def season(days: Mapping[date, int], last: date) -> list[float]:
    """What each week weighs by its month, from the whole flow before the last eight weeks; ones without a full year."""
    ones = [1.0] * LOOKED_AT
    before = last - timedelta(weeks=max(WINDOWS))
    first = before - timedelta(weeks=BASELINE) + timedelta(days=1)
    if not days or min(days) > first + timedelta(days=6):
        return ones
    span = [first + timedelta(days=n) for n in range((before - first).days + 1)]
    mean = sum(days.get(day, 0) for day in span) / len(span)
    lengths, counts = Counter(day.month for day in span), Counter[int]()
    for day in span:
        counts[day.month] += days.get(day, 0)
    low, high = SEASON
    by_month = {m: min(max(counts[m] / lengths[m] / mean, low), high) if mean else 1.0 for m in lengths}
    return [by_month.get((last - timedelta(days=7 * week + 3)).month, 1.0) for week in range(LOOKED_AT)]


def prediction(past: Sequence[int], factors: Sequence[float], now: float, prior: float) -> tuple[float, float]:
    """Mean and variance of the count to come, from past weekly counts; `now` and `factors` in seasonal weeks."""
    weights = [1.0] * len(past)
    rate = _rate(past, factors, weights, prior)
    if sum(past) >= LEAST_TO_REWEIGH:
        phi = _dispersion(past, factors, weights, rate)
        weights = [_weight(y, rate * f, phi) for y, f in zip(past, factors, strict=True)]
        rate = _rate(past, factors, weights, prior)
    phi = _dispersion(past, factors, weights, rate)
    exposed = PRIOR_WEEKS + sum(f * w for f, w in zip(factors, weights, strict=True))
    mu = rate * now
    return mu, phi * mu * (1 + now / exposed)


def _rate(past: Sequence[int], factors: Sequence[float], weights: Sequence[float], prior: float) -> float:
    seen = sum(y * w for y, w in zip(past, weights, strict=True))
    return (prior + seen) / (PRIOR_WEEKS + sum(f * w for f, w in zip(factors, weights, strict=True)))


def _dispersion(past: Sequence[int], factors: Sequence[float], weights: Sequence[float], rate: float) -> float:
    """Pearson's chi-square over its degrees of freedom; never narrower than Poisson's."""
    if len(past) < LEAST_HISTORY:
        return 1.0
    terms = (w * (y - rate * f) ** 2 / (rate * f) for y, f, w in zip(past, factors, weights, strict=True))
    return max(1.0, sum(terms) / (len(past) - 1))


def _weight(count: int, mean: float, phi: float) -> float:
    """What a past week counts: less the more it stood out, by the square of its Anscombe residual."""
    residual = 1.5 * (float(count) ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * phi**0.5)
    return 1.0 if residual <= OUTLYING else (OUTLYING / residual) ** 2


def upper_tail(count: int, mean: float, variance: float) -> float:
    """The chance of `count` or more: negative binomial where the variance is above the mean, else Poisson."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return max(0.0, 1.0 - _sum_down(count - 1, mean, variance))
    return min(1.0, _sum_up(count, mean, variance))


def _shape(mean: float, variance: float) -> float | None:
    """The negative binomial's r; None where Poisson's tail is the same to many digits."""
    return mean * mean / (variance - mean) if variance > mean * (1 + 1e-9) else None


def _chance(count: int, mean: float, variance: float) -> float:
    """The chance of exactly `count`."""
    r = _shape(mean, variance)
    if r is None:
        return exp(count * log(mean) - mean - lgamma(count + 1))
    here = count * (log(mean) - log(r + mean)) - r * log1p(mean / r)
    return exp(lgamma(count + r) - lgamma(r) - lgamma(count + 1) + here)


def _step(count: int, mean: float, variance: float) -> float:
    """What the chance of `count` is to that of one less."""
    r = _shape(mean, variance)
    return mean / count if r is None else (count - 1 + r) / count * mean / (r + mean)


def _sum_up(count: int, mean: float, variance: float) -> float:
    term = total = _chance(count, mean, variance)
    while term > total * 1e-12 and term > 0:
        count += 1
        term *= _step(count, mean, variance)
        total += term
    return total


def _sum_down(count: int, mean: float, variance: float) -> float:
    return sum(_chance(each, mean, variance) for each in range(count + 1))


def false_discovery_rates(chances: Sequence[float], tests: int) -> list[float]:
    """Benjamini and Hochberg's q of each; `tests` counts also those that are not listed, whose p is taken as 1."""
    order = sorted(range(len(chances)), key=lambda n: chances[n])
    rates, least = [1.0] * len(chances), 1.0
    for rank in range(len(order), 0, -1):
        least = min(least, chances[order[rank - 1]] * tests / rank)
        rates[order[rank - 1]] = least
    return rates
