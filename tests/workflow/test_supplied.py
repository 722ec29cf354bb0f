"""What the consumer adds counts from that moment: the letters about it say it already."""

import pytest
from sqlalchemy import Engine

from tests.people import World, world
from tests.playing import file_complaint


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def test_letters_say_the_product_and_speak_the_language_just_given(there: World) -> None:
    mei = file_complaint(there, against="outside", product="")
    mei.intake("ask_information", missing=["evidence"])
    mei.consumer("supply_information", product="stove", locale="en", enterprise="Outside Ltd", text="Here.")
    [letter] = [each for each in mei.notices() if each.letter == "supply_information" and "consumer" in each.recipient]
    assert (letter.facts["product"], letter.facts["enterprise"], letter.locale) == ("stove", "Outside Ltd", "en")
    reminders = [each for each in mei.notices() if each.letter == "reminder" and each.status == "waiting"]
    assert {each.facts["product"] for each in reminders} <= {"stove"}
    assert mei.case.product == "stove"


def test_what_is_not_given_again_stays(there: World) -> None:
    mei = file_complaint(there, against="outside")
    mei.intake("ask_information", missing=["evidence"])
    mei.consumer("supply_information", text="Here.")
    assert (mei.case.product, mei.case.locale, mei.case.enterprise_given) == ("kettle", "zh", "Outside Traders")
