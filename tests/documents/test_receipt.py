"""The receipt: the link and its code, what lies ahead in both languages, the honest waiting time, no personal data."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.documents import receipt
from complaints.documents.receipt import Receipt
from complaints.models import Account
from complaints.words import LOCALES
from complaints.workflow import rows, surge
from tests import people
from tests.people import MEI, MONDAY, World
from tests.playing import Playing, file_complaint

LINK = "https://centre.example/c/" + "k" * 43


@pytest.fixture
def world(database: Engine) -> World:
    return people.world()


def gathered(playing: Playing) -> Receipt:
    with db.reading() as session:
        case = rows.load(session, number=playing.number, lock=False)
        assert case is not None
        return receipt.gather(session, case, MONDAY)


def test_it_names_each_step_its_day_and_what_silence_leads_to(world: World) -> None:
    found = gathered(file_complaint(world))
    steps = receipt.steps(found, "en")
    assert [step.until for step in steps] == [
        "Monday 20 July 2026, until 24:00 (Asia/Shanghai)",
        "Thursday 23 July 2026, until 24:00 (Asia/Shanghai)",
        "Sunday 20 September 2026, until 24:00 (Asia/Shanghai)",
    ]
    assert steps[0].who == "Waiting for the enterprise's answer · the enterprise"
    assert "counts as a refusal" in steps[0].silence
    assert "10 working days to decide" in " ".join(receipt.notes(found, "en"))
    assert dict(receipt.facts(found, "en"))["Against"] == "Hongyun Kettles"


def test_the_days_are_those_of_what_the_enterprise_promised(world: World) -> None:
    found = gathered(file_complaint(world, against="baiyu"))  # a benchmark enterprise has five working days
    assert receipt.steps(found, "zh")[0].until.startswith("2026年7月13日")


@pytest.mark.parametrize("language", LOCALES)
def test_the_same_receipt_is_the_same_file_without_personal_data(world: World, language: str) -> None:
    found = gathered(file_complaint(world))
    first = receipt.pdf(found, LINK, ["Rule: 10 working days."], language)
    assert first.startswith(b"%PDF-")
    assert first == receipt.pdf(found, LINK, ["Rule: 10 working days."], language)
    told = [text for pair in receipt.facts(found, language) for text in pair]
    said = " ".join([*told, *receipt.notes(found, language)])
    assert not any(text in said for text in (MEI.name, MEI.phone, MEI.email, MEI.address))
    assert found.mailed


def test_on_busy_days_it_says_how_long_the_first_check_takes(world: World) -> None:
    outside = file_complaint(world, against="outside", phone="13900000001")
    assert gathered(outside).waiting is None
    with db.transaction() as session:
        boss = session.scalars(select(Account).where(Account.login == "sun")).one()
        surge.begin(session, boss.id, "15 March", MONDAY + timedelta(days=3), MONDAY)
    assert "How long cannot be said yet." in " ".join(receipt.notes(gathered(outside), "en"))
    with_firm = file_complaint(world, phone="13900000002")
    assert gathered(with_firm).waiting is None  # nobody has to look at it first


def test_a_closed_case_says_so(world: World) -> None:
    playing = file_complaint(world)
    playing.consumer("withdraw", reason="Enough.")
    found = gathered(playing)
    assert (receipt.steps(found, "en"), list(receipt.notes(found, "en"))) == ([], ["The case is closed."])


def test_the_picture_is_drawn_for_cameras_in_both_themes() -> None:
    picture = receipt.picture(LINK)
    assert picture.startswith("data:image/svg+xml")
    assert "%23fff" in picture  # white behind it
    assert len(picture) < 8_000
