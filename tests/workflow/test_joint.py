"""Joint complaints (art 12): each consumer answers, members elect two, and nobody gives anything up for another."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import BadInput, NotAllowed, NotNow
from complaints.workflow import joint
from complaints.workflow.case import State
from complaints.workflow.joint import Group
from tests.people import World, on, world
from tests.playing import Playing, file_complaint


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def three(there: World) -> list[Playing]:
    cases = [file_complaint(there, against="outside", phone=f"1390000000{n}", name=f"人{n}") for n in range(3)]
    for each in cases[1:]:
        each.intake("join", into=cases[0].number)
    return cases


def group(playing: Playing) -> Group:
    with db.reading() as session:
        found = joint.group_of(session, playing.id)
    assert found is not None
    return found


def elected(playing: Playing) -> list[str]:
    return [member.number for member in group(playing).representatives]


def test_everybody_is_asked_by_letter_and_recorded(there: World) -> None:
    cases = three(there)
    assert [each.triggers().count("join") for each in cases] == [1, 1, 1]
    assert all(each.notices("news") for each in cases)
    assert [member.number for member in group(cases[2]).members] == [each.number for each in cases]
    assert group(cases[0]).joined == []


def test_more_than_half_elect_at_most_two(there: World) -> None:
    one, two, three_ = three(there)
    one.consumer("answer_joint", joins=True, stands=True, votes=[one.number])
    assert elected(one) == []  # alone, nobody is a group
    two.consumer("answer_joint", joins=True, stands=True, votes=[one.number, two.number])
    assert elected(one) == [one.number]
    three_.consumer("answer_joint", joins=True, votes=[two.number])
    assert elected(one) == [one.number, two.number]
    three_.consumer("answer_joint", joins=True, stands=True, votes=[three_.number, two.number])
    two.consumer("answer_joint", joins=True, stands=True, votes=[three_.number, two.number])
    assert elected(one) == [two.number, three_.number]  # a change is the members' own
    assert one.first_break() is None


def test_declining_takes_part_in_nothing(there: World) -> None:
    one, two, _ = three(there)
    one.consumer("answer_joint", joins=False, stands=True)
    two.consumer("answer_joint", joins=True)
    assert [member.number for member in group(one).joined] == [two.number]
    assert group(one).candidates == []
    with pytest.raises(BadInput) as caught:
        two.consumer("answer_joint", joins=True, votes=[one.number])
    assert caught.value.fields == {"votes": ["does_not_stand"]}


def test_a_representative_speaks_for_all_and_settles_for_nobody(there: World) -> None:
    cases = three(there)
    one, two, three_ = cases
    with pytest.raises(NotAllowed):
        one.consumer("statement", text="For all of us.", for_members=True)
    one.consumer("answer_joint", joins=True, stands=True, votes=[one.number])
    two.consumer("answer_joint", joins=True, votes=[one.number])
    for each in cases:
        each.intake("admit")
        each.enterprise("offer", remedy="Half.", perform_by=on("2026-07-16"))
    one.consumer("statement", text="I propose to accept.", for_members=True)
    assert "statement" in two.triggers()
    assert two.events()[-1].payload["facts"] == {"spoken_by": one.number}
    assert "statement" not in three_.triggers()  # who has not joined is not spoken for
    one.consumer("accept_offer")
    assert [each.state for each in cases] == [State.PERFORMING, State.WITH_CONSUMER, State.WITH_CONSUMER]
    two.consumer("accept_offer")
    assert two.state is State.PERFORMING
    assert [each.first_break() for each in cases] == [None] * 3


def test_who_was_not_asked_cannot_answer(there: World) -> None:
    with pytest.raises(NotNow):
        file_complaint(there, against="outside").consumer("answer_joint", joins=True)


def test_one_trader_and_one_group(there: World) -> None:
    one, two, _ = three(there)
    elsewhere = file_complaint(there, against="mute", phone="13911112222")
    for wrong, reason in ((elsewhere, "another_enterprise"), (two, "in_a_group")):
        with pytest.raises(BadInput) as caught:
            wrong.intake("join", into=one.number)
        assert caught.value.fields == {"into": [reason]}
