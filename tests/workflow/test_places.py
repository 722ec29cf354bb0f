"""Where a hearing or an appraisal takes place is told to both sides, and stands in nothing that cannot be erased."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.workflow import sight
from complaints.workflow.case import Role
from tests.people import World, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk

HOME = "上海市杨浦区大学路 1 号"


@pytest.fixture
def mei(sqlite: Engine) -> Playing:
    """A case in mediation."""
    there: World = world()
    return walk(file_complaint(there), "decline reject assign")


def call(mei: Playing) -> None:
    mei.mediator("hearing", day=on("2026-07-10"), time="14:00", place=HOME)


def send(mei: Playing) -> None:
    mei.mediator("order_appraisal", laboratory=HOME, agreed_on=on("2026-08-20"), payer="enterprise", both_agreed=True)


@pytest.mark.parametrize("act", [call, send])
def test_a_place_is_in_no_log_and_no_letter(mei: Playing, act: Callable[[Playing], None]) -> None:
    act(mei)
    kept = [*(event.payload for event in mei.events()), *(notice.facts for notice in mei.notices())]
    assert not [each for each in kept if "大学路" in str(each)]


@pytest.mark.parametrize("act", [call, send])
@pytest.mark.parametrize("role", [Role.CONSUMER, Role.ENTERPRISE])
def test_both_sides_read_it_on_the_page(mei: Playing, act: Callable[[Playing], None], role: Role) -> None:
    act(mei)
    case, reader = mei.case, mei.actor(role)
    with db.transaction() as session:
        texts = sight.texts(session, case, reader, mei.at, "page")
    assert [text for text in texts if HOME in text.value and text.kind in ("place", "laboratory")]
