"""Working-day arithmetic: every vector of the rules, and the arithmetic against a naive count over lists of days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.calendars import seed_days
from complaints.workflow.workdays import Calendar, Count, DayKind, Reading, Skipped, Span, SpecialDay

DAY = timedelta(days=1)
STATUTORY_2026 = [
    *("2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-04-05", "2026-05-01", "2026-05-02"),
    *("2026-06-19", "2026-09-25", "2026-10-01", "2026-10-02", "2026-10-03"),
]
REST_2026 = [
    *("2026-01-02", "2026-02-20", "2026-02-23", "2026-04-06", "2026-05-04", "2026-05-05"),
    *("2026-10-05", "2026-10-06", "2026-10-07"),
]
WORKING_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


def on(text: str) -> date:
    return date.fromisoformat(text)


def written_by_hand() -> Calendar:
    """2026 as the State Council published it, typed in without the library."""
    kinds = [(STATUTORY_2026, DayKind.STATUTORY), (REST_2026, DayKind.REST), (WORKING_2026, DayKind.WORKING)]
    days = [SpecialDay(on(text), kind, "x") for texts, kind in kinds for text in texts]
    return Calendar(days, [2026], "by hand")


def from_library() -> Calendar:
    return Calendar([*seed_days(2026), *seed_days(2027)], [2026], "library")


@pytest.fixture(params=[written_by_hand, from_library])
def calendar(request: pytest.FixtureRequest) -> Calendar:
    made: Callable[[], Calendar] = request.param
    return made()


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2026-02-12", 7, "2026-02-28"),
        ("2026-09-17", 7, "2026-09-28"),
        ("2026-09-30", 7, "2026-10-15"),
        ("2026-09-18", 10, "2026-10-09"),
        ("2026-09-18", 15, "2026-10-15"),
    ],
)
def test_vectors_in_working_days(calendar: Calendar, start: str, n: int, end: str) -> None:
    count = calendar.working_days(on(start), n)
    assert (count.end, count.provisional) == (on(end), False)


@pytest.mark.parametrize(
    ("start", "reading", "end"),
    [
        ("2026-03-02", "broad", "2026-05-06"),
        ("2026-03-02", "narrow", "2026-05-03"),
        ("2026-08-02", "broad", "2026-10-08"),
        ("2026-08-02", "narrow", "2026-10-04"),
    ],
)
def test_vectors_of_sixty_days(calendar: Calendar, start: str, reading: Reading, end: str) -> None:
    count = calendar.calendar_days(on(start), 60, reading)
    assert (count.end, count.provisional) == (on(end), False)


def test_narrow_ends_on_a_weekend_and_on_a_make_up_rest_day_where_broad_does_not(calendar: Calendar) -> None:
    ends = {"2026-03-07": "2026-03-09", "2026-01-02": "2026-01-04", "2026-05-04": "2026-05-06"}
    for reached, rolled in ends.items():
        start = on(reached) - 10 * DAY
        assert calendar.calendar_days(start, 10, "narrow").end == on(reached)
        assert calendar.calendar_days(start, 10, "broad").end == on(rolled)


def test_a_weekend_day_made_working_ends_a_period(calendar: Calendar) -> None:
    assert calendar.calendar_days(on("2026-02-18"), 10).end == on("2026-02-28")


def test_every_skipped_day_says_why() -> None:
    assert from_library().working_days(on("2026-09-30"), 7).skipped == (
        Skipped(on("2026-10-01"), on("2026-10-03"), "statutory:国庆节"),
        Skipped(on("2026-10-04"), on("2026-10-04"), "weekend"),
        Skipped(on("2026-10-05"), on("2026-10-05"), "rest:国庆节（补假）"),
        Skipped(on("2026-10-06"), on("2026-10-06"), "rest:休息日（由 2026-09-20 调休）"),
        Skipped(on("2026-10-07"), on("2026-10-07"), "rest:休息日（由 2026-10-10 调休）"),
        Skipped(on("2026-10-11"), on("2026-10-11"), "weekend"),
    )


def test_a_pause_is_excluded_from_the_day_after_it_began_through_the_day_it_ended(calendar: Calendar) -> None:
    pause = Span(on("2026-03-03"), on("2026-03-10"), "needs_information")
    working = calendar.working_days(on("2026-03-02"), 3, [pause])
    assert working.end == on("2026-03-12")  # 3, 11 and 12 March count
    assert working.skipped == (Skipped(on("2026-03-04"), on("2026-03-10"), "excluded:needs_information"),)
    assert calendar.calendar_days(on("2026-03-02"), 3, "broad", [pause]).end == on("2026-03-12")


def test_a_period_does_not_end_inside_an_excluded_span(calendar: Calendar) -> None:
    recusal = Span(on("2026-03-06"), on("2026-03-10"), "recusal_pending")
    count = calendar.calendar_days(on("2026-03-02"), 5, "broad", [recusal])  # the fifth day that counts is the 11th
    assert count.end == on("2026-03-11")
    onto_weekend = Span(on("2026-03-08"), on("2026-03-10"), "recusal_pending")
    assert calendar.calendar_days(on("2026-03-02"), 5, "broad", [onto_weekend]).end == on("2026-03-11")


def test_zero_days_end_at_the_start_and_calendar_days_roll(calendar: Calendar) -> None:
    assert calendar.working_days(on("2026-10-03"), 0) == Count(on("2026-10-03"), (), False)
    assert calendar.calendar_days(on("2026-10-03"), 0).end == on("2026-10-08")
    assert calendar.calendar_days(on("2026-10-03"), 0, "narrow").end == on("2026-10-04")


def test_negative_counts_are_refused(calendar: Calendar) -> None:
    for count in (calendar.working_days, calendar.calendar_days, calendar.working_days_before):
        with pytest.raises(ValueError, match="negative"):
            count(on("2026-03-02"), -1)


def test_a_count_is_provisional_as_soon_as_it_touches_an_unpublished_year(calendar: Calendar) -> None:
    assert not calendar.working_days(on("2026-12-25"), 4).provisional  # ends on Thursday 31 December
    assert calendar.working_days(on("2026-12-25"), 5).provisional
    assert not calendar.calendar_days(on("2026-12-01"), 30, "narrow").provisional
    assert calendar.calendar_days(on("2026-12-01"), 31, "narrow").provisional
    assert calendar.calendar_days(on("2027-01-04"), 0).provisional
    assert not calendar.working_days(on("2025-12-31"), 1).provisional  # day 0 does not count
    assert not calendar.calendar_days(on("2025-12-31"), 5).provisional


def test_neighbouring_working_days(calendar: Calendar) -> None:
    assert calendar.next_working_day(on("2026-09-30")) == on("2026-10-08")
    assert calendar.next_working_day(on("2026-10-09")) == on("2026-10-10")
    assert calendar.working_day_on_or_before(on("2026-10-07")) == on("2026-09-30")
    assert calendar.working_day_on_or_before(on("2026-10-10")) == on("2026-10-10")
    assert calendar.working_days_before(on("2026-10-08"), 1) == on("2026-09-30")
    assert calendar.working_days_before(on("2026-10-12"), 3) == on("2026-10-08")
    assert calendar.working_days_before(on("2026-10-12"), 0) == on("2026-10-12")


def test_statutory_is_neither_rest_nor_weekend(calendar: Calendar) -> None:
    statutory = [day for day in days_from(on("2026-01-01"), 365) if calendar.is_statutory(day)]
    assert statutory == [on(text) for text in STATUTORY_2026]


# --- against a naive count ------------------------------------------------------------------------------------------

HORIZON = 900  # more days than any drawn count can need


def days_from(first: date, number: int) -> list[date]:
    return [first + DAY * step for step in range(number)]


def naive_is_off(listed: dict[date, DayKind], day: date) -> bool:
    if day in listed:
        return listed[day] != DayKind.WORKING
    return day.isoweekday() in (6, 7)


def naive_excluded(spans: Sequence[Span]) -> set[date]:
    return {day for span in spans for day in days_from(span.after + DAY, max((span.through - span.after).days, 0))}


def flat(count: Count) -> list[date]:
    return [day for group in count.skipped for day in days_from(group.first, (group.last - group.first).days + 1)]


dates = st.dates(on("2025-12-01"), on("2027-06-30"))
counts = st.integers(0, 70)
listings = st.dictionaries(dates, st.sampled_from(DayKind), max_size=60)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    drawn = draw(st.lists(st.tuples(dates, st.integers(0, 40), st.sampled_from(["recusal", "appraisal"])), max_size=4))
    return [Span(after, after + DAY * length, why) for after, length, why in drawn]


def made(listed: dict[date, DayKind]) -> Calendar:
    return Calendar([SpecialDay(day, kind, kind.value) for day, kind in listed.items()], [2026], "drawn")


@given(listings, dates, counts, spans())
def test_working_days_against_a_naive_count(
    listed: dict[date, DayKind], start: date, n: int, excluded: list[Span]
) -> None:
    away = naive_excluded(excluded)
    after = days_from(start + DAY, HORIZON)
    counted = [day for day in after if not naive_is_off(listed, day) and day not in away]
    end = counted[n - 1] if n else start
    passed = [day for day in after if day <= end and day not in counted]
    touched = {day.year for day in after if day <= end}

    count = made(listed).working_days(start, n, excluded)

    assert (count.end, flat(count), count.provisional) == (end, passed, bool(touched - {2026}))


@given(listings, dates, counts, spans(), st.sampled_from(["broad", "narrow"]))
def test_calendar_days_against_a_naive_count(
    listed: dict[date, DayKind], start: date, n: int, excluded: list[Span], reading: Reading
) -> None:
    away = naive_excluded(excluded)
    days = days_from(start, HORIZON)
    reached = [start, *(day for day in days[1:] if day not in away)][n]
    barred = {day for day in days if listed.get(day) == DayKind.STATUTORY}
    if reading == "broad":
        barred = {day for day in days if naive_is_off(listed, day)}
    end = min(day for day in days if day >= reached and day not in barred | away)
    passed = [day for day in days if start < day < reached and day in away] + [d for d in days if reached <= d < end]
    touched = {day.year for day in days if start < day <= end} or {end.year}

    count = made(listed).calendar_days(start, n, reading, excluded)

    assert (count.end, flat(count), count.provisional) == (end, passed, bool(touched - {2026}))


@given(listings, dates, counts, spans())
def test_skipped_groups_are_as_long_as_they_can_be(
    listed: dict[date, DayKind], start: date, n: int, excluded: list[Span]
) -> None:
    groups = made(listed).working_days(start, n, excluded).skipped
    for earlier, later in pairwise(groups):
        assert earlier.first <= earlier.last < later.first
        assert later.first > earlier.last + DAY or later.why != earlier.why


@given(listings, dates, st.integers(0, 30), counts, spans())
def test_a_later_start_never_ends_earlier(
    listed: dict[date, DayKind], start: date, later: int, n: int, excluded: list[Span]
) -> None:
    calendar, second = made(listed), start + DAY * later
    assert calendar.working_days(start, n, excluded).end <= calendar.working_days(second, n, excluded).end
    for reading in ("broad", "narrow"):
        first_end = calendar.calendar_days(start, n, reading, excluded).end
        assert first_end <= calendar.calendar_days(second, n, reading, excluded).end


@given(listings, dates, st.integers(1, 70))
def test_counting_back_returns_to_the_start(listed: dict[date, DayKind], start: date, n: int) -> None:
    calendar = made(listed)
    end = calendar.working_days(start, n).end
    assert calendar.working_days_before(end, n) == calendar.working_day_on_or_before(start)
    assert calendar.working_days_before(calendar.next_working_day(end), 1) == end
