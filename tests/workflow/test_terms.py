"""Amount and date: letters say those of what is offered or agreed now, and a promised day can be kept."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from complaints.workflow.case import State
from tests.people import World, moment, on, world
from tests.playing import Playing, file_complaint

OLD: dict[str, Any] = {"remedy": "A part of it.", "amount": Decimal(100), "perform_by": on("2026-07-10")}
LATE: dict[str, Any] = {"remedy": "More of it.", "amount": Decimal(300), "perform_by": on("2026-07-20")}


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


@pytest.fixture
def rejected(there: World) -> Playing:
    """An offer of 100 has been rejected: the case waits for a mediator."""
    mei = file_complaint(there)
    mei.enterprise("offer", **OLD)
    mei.consumer("reject", reason="Too little.")
    return mei


def told(playing: Playing, letter: str) -> set[tuple[str | None, str | None]]:
    """Amount and date in the letters of a trigger."""
    letters = [notice for notice in playing.notices() if notice.letter == letter]
    assert letters
    return {(notice.facts.get("amount"), notice.facts.get("perform_by")) for notice in letters}


def test_the_letter_of_a_late_offer_says_the_late_offer(rejected: Playing) -> None:
    rejected.enterprise("late_offer", **LATE)
    assert told(rejected, "late_offer") == {("300.00", "2026-07-20")}


def test_an_offer_that_was_rejected_is_told_no_more(rejected: Playing) -> None:
    rejected.supervisor("assign")
    assert told(rejected, "assign") == {(None, None)}


def test_the_letters_of_an_agreement_say_what_was_agreed(rejected: Playing) -> None:
    rejected.enterprise("late_offer", **LATE)
    rejected.supervisor("assign")
    rejected.mediator("conclude", agreement="All of it.", amount=Decimal(500), perform_by=on("2026-07-15"))
    rejected.enterprise("report_performance", text="Paid.")
    assert told(rejected, "conclude") == told(rejected, "report_performance") == {("500.00", "2026-07-15")}


def test_an_agreement_without_an_amount_says_none(rejected: Playing) -> None:
    rejected.enterprise("late_offer", **LATE)
    rejected.supervisor("assign")
    rejected.mediator("conclude", agreement="A new kettle.", perform_by=on("2026-07-15"))
    assert told(rejected, "conclude") == {(None, "2026-07-15")}


@pytest.mark.parametrize("broken", [True, False])
def test_a_late_offer_after_a_failed_promise_stands_alone(there: World, broken: bool) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", **OLD)
    mei.consumer("accept_offer")
    if broken:
        mei.run_out()
    else:
        mei.enterprise("report_performance", text="Sent.")
        mei.consumer("dispute_performance", reason="The box was empty.")
    assert mei.state is State.AWAITING_MEDIATOR
    assert (mei.case.offer, mei.case.perform_by) == (None, None)
    mei.enterprise("late_offer", **LATE)
    assert told(mei, "late_offer") == {("300.00", "2026-07-20")}
    mei.consumer("settle")
    assert told(mei, "settle") == {("300.00", "2026-07-20")}
    assert mei.last_day == on("2026-07-20")


@pytest.mark.parametrize(
    ("offered", "accepted", "day"),
    [
        ("2026-07-06 10:00", "2026-07-06 23:50", "2026-07-07"),
        ("2026-07-10 10:00", "2026-07-10 23:50", "2026-07-13"),  # a Friday
        ("2026-07-06 10:00", "2026-07-08 09:00", "2026-07-09"),
    ],
)
def test_an_offer_for_today_accepted_later_leaves_a_working_day(
    there: World, offered: str, accepted: str, day: str
) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", moment(offered), remedy="At once.", perform_by=on(offered[:10]))
    mei.consumer("accept_offer", moment(accepted))
    assert (mei.case.perform_by, mei.last_day) == (on(day), on(day))
    mei.sweep(moment(f"{day} 23:59"))
    assert mei.state is State.PERFORMING
