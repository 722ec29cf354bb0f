"""The remedy calculator: each rule opens where it should and closes on its day, and nothing else is promised."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import calendars
from complaints.words import LOCALES, has
from complaints.workflow.remedies import KINDS, RULES, Kind, Purchase, Right, Trouble, rights

CALENDAR = calendars.shipped(2026)
BOUGHT = date(2026, 7, 6)  # a Monday; 7 days later is one, too
KETTLE = Purchase(kind=Kind.DURABLE, trouble=Trouble.BROKEN, bought_on=BOUGHT, price=Decimal("129.00"))


def found(bought: Purchase, today: date = BOUGHT) -> dict[str, Right]:
    return {right.code: right for right in rights(bought, today, CALENDAR)}


def open_ones(bought: Purchase, today: date = BOUGHT) -> set[str]:
    return {code for code, right in found(bought, today).items() if right.open}


def test_a_broken_kettle_from_a_shop() -> None:
    assert open_ones(KETTLE) == {"guarantee_return", "guarantee_exchange", "burden"}
    assert open_ones(KETTLE, date(2026, 7, 14)) == {"guarantee_exchange", "burden"}
    assert open_ones(KETTLE, date(2026, 7, 22)) == {"burden"}
    assert found(KETTLE)["guarantee_return"].until == date(2026, 7, 13)
    assert found(KETTLE)["guarantee_exchange"].until == date(2026, 7, 21)
    assert found(KETTLE)["burden"].until == date(2027, 1, 6)


def test_what_is_remembered_only_says_so() -> None:
    uncertain = {rule.code for rule in RULES if not rule.certain}
    assert uncertain == {"guarantee_return", "guarantee_exchange", "guarantee_long_repair", "guarantee_repairs"}
    assert all(not right.certain for code, right in found(KETTLE).items() if code.startswith("guarantee"))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_bought_online_it_goes_back_within_seven_days_whatever_the_reason(trouble: Trouble) -> None:
    coat = Purchase(kind=Kind.GOODS, online=True, trouble=trouble, bought_on=BOUGHT)
    assert "no_reason" in open_ones(coat, date(2026, 7, 13))
    assert "no_reason" not in open_ones(coat, date(2026, 7, 14))
    assert "no_reason" in found(coat, date(2026, 7, 14))  # shown as run out
    assert "no_reason" not in found(replace(coat, online=False))
    assert "no_reason" not in found(replace(coat, online=None))
    assert "no_reason" not in found(replace(coat, kind=Kind.SERVICE))


@pytest.mark.parametrize(
    ("price", "damages"), [("129.00", "500"), ("166.66", "500"), ("166.67", "500.01"), ("0", "500")]
)
def test_fraud_is_three_times_the_price_and_five_hundred_at_least(price: str, damages: str) -> None:
    bought = Purchase(kind=Kind.GOODS, trouble=Trouble.DECEIVED, price=Decimal(price))
    assert found(bought)["fraud"].amount == Decimal(damages)
    assert found(replace(bought, price=None))["fraud"].amount is None
    assert "fraud" not in found(replace(bought, trouble=Trouble.BROKEN))


def test_substandard_only_where_an_authority_found_it_so() -> None:
    assert "substandard" not in found(KETTLE)
    right = found(replace(KETTLE, trouble=Trouble.SUBSTANDARD), date(2030, 1, 1))["substandard"]
    assert (right.open, right.until, right.amount) == (True, None, Decimal("129.00"))


@pytest.mark.parametrize(("repairs", "days", "opened"), [(4, 30, False), (5, 0, True), (0, 31, True), (1, 30, False)])
def test_cars_after_thirty_days_or_four_repairs(repairs: int, days: int, opened: bool) -> None:
    car = Purchase(kind=Kind.CAR, trouble=Trouble.BROKEN, repairs=repairs, repair_days=days)
    assert ("car_replace" in found(car)) is opened


def test_the_seller_of_a_car_answers_in_working_days() -> None:
    car = Purchase(kind=Kind.CAR, trouble=Trouble.BROKEN, repairs=5)
    right = found(car, date(2026, 9, 18))["car_replace"]  # counted by hand
    assert right.answer_by == date(2026, 10, 9)
    assert right.done_by == CALENDAR.working_days(date(2026, 9, 18), 20).end
    assert "guarantee_return" not in found(car)


@pytest.mark.parametrize(
    ("repairs", "days", "codes"),
    [(1, 30, set()), (2, 0, {"guarantee_repairs"}), (0, 31, {"guarantee_long_repair"})],
)
def test_repairs_of_durable_goods(repairs: int, days: int, codes: set[str]) -> None:
    old = replace(KETTLE, repairs=repairs, repair_days=days)
    assert open_ones(old, date(2028, 1, 1)) == codes | {"burden"}  # which speaks of when the fault showed itself


def test_seven_days_for_poor_quality_where_no_other_rule_is() -> None:
    coat = Purchase(kind=Kind.GOODS, trouble=Trouble.BROKEN, bought_on=BOUGHT)
    assert "quality_return" in found(coat)
    assert "quality_return" not in found(KETTLE)
    assert "quality_return" not in found(replace(coat, kind=Kind.CAR))


def test_a_last_day_on_a_rest_day_is_told_with_care() -> None:
    coat = Purchase(kind=Kind.GOODS, online=True, bought_on=date(2026, 9, 24))  # the 7th day is 1 October
    right = found(coat, date(2026, 10, 3))["no_reason"]
    assert (right.until, right.perhaps_until, right.open) == (date(2026, 10, 1), date(2026, 10, 8), True)
    assert not found(coat, date(2026, 10, 9))["no_reason"].open
    on_a_working_sunday = found(replace(coat, bought_on=date(2026, 9, 13)), date(2026, 9, 20))["no_reason"]
    assert (on_a_working_sunday.until, on_a_working_sunday.perhaps_until) == (date(2026, 9, 20), None)


@pytest.mark.parametrize(
    ("bought", "until"), [((2025, 8, 31), (2026, 2, 28)), ((2026, 3, 31), (2026, 9, 30)), ((2025, 12, 1), (2026, 6, 1))]
)
def test_six_months_end_on_the_same_day_or_the_months_last(
    bought: tuple[int, int, int], until: tuple[int, int, int]
) -> None:
    assert found(replace(KETTLE, bought_on=date(*bought)))["burden"].until == date(*until)


def test_nothing_known_promises_nothing() -> None:
    assert found(Purchase()) == {}
    assert found(Purchase(trouble=Trouble.OTHER, kind=Kind.SERVICE)) == {}
    assert all(right.until is None for right in found(replace(KETTLE, bought_on=None)).values())


def test_open_ones_come_first_and_supports_after_them() -> None:
    listed = rights(replace(KETTLE, online=True), date(2026, 7, 17), CALENDAR)
    assert [(right.code, right.open) for right in listed] == [
        ("guarantee_exchange", True), ("burden", True), ("records", True),
        ("no_reason", False), ("guarantee_return", False),
    ]  # fmt: skip


@given(
    st.builds(
        Purchase,
        kind=st.sampled_from([None, *Kind]),
        trouble=st.sampled_from([None, *Trouble]),
        online=st.sampled_from([None, True, False]),
        bought_on=st.dates(date(2015, 1, 1), date(2026, 6, 1)),
        repairs=st.integers(0, 9),
        repair_days=st.integers(0, 90),
    ),
    st.integers(0, 400),
)
def test_a_right_that_has_run_out_never_comes_back(bought: Purchase, days: int) -> None:
    assert bought.bought_on is not None
    day = bought.bought_on + timedelta(days=days)
    assert open_ones(bought, day + timedelta(days=30)) <= open_ones(bought, day)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_rule_has_its_words(locale: str) -> None:
    wanted = [f"{section}.{rule.code}" for rule in RULES for section in ("remedy", "remedy_why")]
    wanted += [f"remedy_ask.{rule.code}" for rule in RULES if not rule.support]
    wanted += [f"remedy_article.{rule.article}" for rule in RULES]
    wanted += [f"category.{kind}" for kind in KINDS] + [f"trouble.{each.value}" for each in Trouble]
    assert [key for key in wanted if not has(locale, key)] == []
