"""A case named to an enterprise a second time: the same one keeps it, another one begins without what went before."""

import pytest
from sqlalchemy import Engine

from complaints.workflow import sight
from complaints.workflow.case import Role, State
from tests.people import World, on, world
from tests.playing import file_complaint
from tests.workflow.expected import walk


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def test_the_same_enterprise_keeps_its_case(there: World) -> None:
    mei = file_complaint(there)
    mei.run_out()
    assert mei.state is State.AWAITING_MEDIATOR
    after = mei.supervisor("route", enterprise_id=there.hongyun)
    assert (after.enterprise_told, after.share_consent, after.enterprise_consents) == (True, True, True)
    assert sight.may_see(after, mei.actor(Role.ENTERPRISE))
    assert mei.enterprise("late_offer", remedy="Still, a refund.").late_offer is not None


def test_the_same_enterprise_need_not_consent_again(there: World) -> None:
    mei = walk(file_complaint(there, against="outside"), "admit decline reject assign agree")
    mei.mediator("conclude", agreement="A new kettle.", perform_by=on("2026-07-10"))
    mei.run_out()
    assert (mei.state, mei.case.enterprise_consents) == (State.AWAITING_MEDIATOR, True)
    assert mei.intake("route", enterprise_id=there.outside).enterprise_consents
    assert mei.supervisor("assign").state is State.IN_MEDIATION


def test_another_enterprise_finds_no_offer_and_no_consent(there: World) -> None:
    mei = walk(file_complaint(there), "offer reject")
    mei.consumer("contact_consent", contact_consent=True)
    mei.enterprise("late_offer", remedy="77 yuan and silence.")
    after = mei.supervisor("route", enterprise_id=there.baiyu)
    assert (after.offer, after.late_offer, after.answer) == (None, None, None)
    assert (after.enterprise_told, after.share_consent, after.contact_consent) == (False, False, False)
    assert not sight.may_see(after, mei.actor(Role.ENTERPRISE))
    mei.supervisor("assign")
    letters = [notice for notice in mei.notices() if notice.letter == "assign"]
    assert letters
    assert not [notice for notice in letters if notice.facts["perform_by"] or notice.facts.get("amount")]
