"""What may be the same dispute and what may be abuse is shown with its reasons, and nothing follows by itself."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.workflow import likeness
from complaints.workflow.case import Role
from complaints.workflow.likeness import Likeness
from tests.people import MONDAY, World, world
from tests.playing import Playing, file_complaint
from tests.sending import upload

STORY = "我在商场买的电热水壶用了两天就炸裂了，烫伤了手，客服说要寄回检测，之后一直没有回音。"


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def found(playing: Playing) -> Likeness:
    case = playing.case
    with db.reading() as session:
        return likeness.find(session, case, MONDAY)


def reasons(playing: Playing) -> dict[str, dict[str, int]]:
    return {like.number: {reason.kind: reason.n for reason in like.reasons} for like in found(playing).likes}


def signs(playing: Playing) -> dict[str, int]:
    return {sign.kind: sign.n for sign in found(playing).signs}


def other(there: World, n: int, **changes: object) -> Playing:
    given = {"phone": f"139000000{n:02}", "name": f"人{n}", "against": "outside", "product": f"thing {n}" * 3}
    return file_complaint(there, **{"narrative": f"Nothing alike {n} " * n, **given, **changes})  # type: ignore[arg-type]


def test_the_same_dispute_filed_twice_is_seen_with_its_reasons(there: World) -> None:
    mei = file_complaint(there, against="outside", narrative=STORY)
    again = file_complaint(there, against="outside", narrative=STORY.replace("两天", "三天"))
    stranger = other(there, 7)
    seen = reasons(again)[mei.number]
    assert {"same_contact", "same_story", "same_product", "same_enterprise"} == set(seen)
    assert seen["same_story"] > 90
    assert stranger.number not in reasons(again)


def test_strangers_with_one_product_may_complain_together(there: World) -> None:
    one, two = other(there, 1, product="Kettle K-7"), other(there, 2, product="kettle K7")
    elsewhere = other(there, 3, product="kettle K7", against="hongyun")
    assert reasons(one) == {two.number: {"same_product": 0, "same_enterprise": 0}}
    assert reasons(elsewhere) == {}


def test_one_file_in_two_cases_is_seen(there: World) -> None:
    one, two = other(there, 1), other(there, 2, against="hongyun")
    for each in (one, two):
        each.consumer("evidence", upload=upload(b"%PDF-1.7 the same", "a.pdf"))
    assert reasons(one) == {two.number: {"same_file": 1}}
    assert signs(one) == {"shared_file": 1}


def test_many_names_on_one_telephone_and_many_filings_are_signs(there: World) -> None:
    filed = [other(there, n, phone="13911112222") for n in range(1, 5)]
    assert signs(filed[-1])["shared_contact"] == 4
    assert signs(filed[-1])["one_trader"] == 4
    assert signs(other(there, 9)) == {}


def test_the_same_words_from_many_people_are_a_sign(there: World) -> None:
    filed = [other(there, n, narrative=STORY) for n in range(1, 4)]
    assert signs(filed[0])["same_words"] == 2


def test_looking_changes_nothing_and_an_erased_story_is_no_story(there: World) -> None:
    mei = file_complaint(there, against="outside", narrative="")
    again = file_complaint(there, against="outside", narrative="")
    assert "same_story" not in reasons(again)[mei.number]
    assert mei.case.state.value == "received"
    assert mei.actor(Role.CONSUMER).complaint_id == mei.id


def test_what_is_shown_is_bounded(there: World) -> None:
    filed = [other(there, n, product="one and the same") for n in range(1, 18)]
    assert len(found(filed[0]).likes) == likeness.MOST_SHOWN
