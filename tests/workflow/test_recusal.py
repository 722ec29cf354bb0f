"""Nobody decides on a request to step aside that is made against themselves (Order 121 art 21)."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import ComplaintsError, NotAllowed
from complaints.models import Account
from complaints.workflow.case import Actor, Role, State
from tests.people import FOUNDED, World, moment, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


@pytest.fixture
def mei(there: World) -> Playing:
    """A case that Sun, who supervises, mediates herself."""
    playing = walk(file_complaint(there), "decline reject")
    playing.supervisor("assign", mediator_id=there.sun)
    assert (playing.state, playing.case.mediator_id) == (State.IN_MEDIATION, there.sun)
    return playing


@pytest.fixture
def wu() -> Actor:
    """A second supervisor."""
    with db.transaction() as session:
        keys = {"password_hash": "-", "session_key": "-"}
        account = Account(login="wu", name="wu", roles=["supervisor"], made_at=FOUNDED, **keys)
        session.add(account)
        session.flush()
        return Actor(Role.SUPERVISOR, account_id=account.id)


@pytest.mark.parametrize("granted", [True, False])
def test_the_mediator_does_not_decide_as_supervisor(mei: Playing, granted: bool) -> None:
    walk(mei, "recusal")
    with pytest.raises(ComplaintsError):
        mei.supervisor("decide_recusal", granted=granted, reason="I am fair.")
    assert mei.state is State.RECUSAL_PENDING


@pytest.mark.parametrize("granted", [True, False])
def test_another_supervisor_decides(there: World, mei: Playing, wu: Actor, granted: bool) -> None:
    walk(mei, "recusal")
    case = mei.act(wu, "decide_recusal", granted=granted, reason="Looked at.")
    assert case.state is State.IN_MEDIATION
    assert case.mediator_id == (there.chen if granted else there.sun)


def test_where_nobody_else_decides_the_request_is_granted(there: World, mei: Playing) -> None:
    walk(mei, "recusal")
    case = mei.run_out()
    assert (case.state, case.mediator_id) == (State.IN_MEDIATION, there.chen)


def test_a_later_request_is_not_for_the_mediator_either(there: World, mei: Playing, wu: Actor) -> None:
    walk(mei, "recusal")
    mei.act(wu, "decide_recusal", granted=False, reason="She is fair.")
    mei.consumer("request_recusal", moment("2026-07-07"), reason="She is not.")
    [task] = [each for each in mei.tasks() if each.kind == "decide_recusal"]
    with pytest.raises(NotAllowed):
        mei.supervisor("do_task", task_id=task.id, result="denied")
    assert mei.tasks()[0].done_at is None
    assert mei.act(wu, "do_task", task_id=task.id, result="granted").mediator_id == there.chen
