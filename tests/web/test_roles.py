"""Whoever holds two roles acts in the one that the task or the action asks for."""

from collections.abc import Callable

import pytest

from complaints import db
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser, Page
from tests.web.conftest import _account
from tests.workflow.expected import walk


@pytest.fixture
def mei(world: World) -> Playing:
    """Chen mediates; a first request to replace him was denied, and a second one is a task."""
    playing = walk(file_complaint(world), "decline reject")
    playing.supervisor("assign", mediator_id=world.chen)
    playing.consumer("request_recusal", reason="A cousin.")
    playing.supervisor("decide_recusal", granted=False, reason="No.")
    playing.consumer("request_recusal", reason="But he is.")
    return playing


def finish(person: Browser, playing: Playing, result: str) -> Page:
    """Record the result of the open task, as the case page leads there."""
    [task] = [each for each in playing.tasks() if each.done_at is None]
    address = f"/desk/cases/{playing.number}/do/do_task?task_id={task.id}"
    assert address in person.get(f"/desk/cases/{playing.number}").links()
    return person.submit(address, result=result)


def test_intake_and_supervisor_decides_a_later_recusal(mei: Playing, browser: Callable[..., Browser]) -> None:
    answer = finish(browser().log_in("desk"), mei, "denied")
    assert answer.status == 200, answer.words
    assert [task.result for task in mei.tasks()] == ["denied"]
    event = mei.events()[-1]
    assert (event.trigger, event.role) == ("do_task", "supervisor")


def test_intake_and_mediator_finds_the_task_of_the_other_role_closed(
    mei: Playing, browser: Callable[..., Browser]
) -> None:
    with db.transaction() as session:
        session.add(_account("both", ["intake", "mediator"]))
    person = browser().log_in("both")
    [task] = [each for each in mei.tasks() if each.done_at is None]
    form = person.get(f"/desk/cases/{mei.number}/do/note").hidden()
    answer = person.send(f"/desk/cases/{mei.number}/do/do_task", form | {"task_id": str(task.id), "result": "denied"})
    assert answer.status in (403, 404, 409)
    assert mei.tasks()[-1].done_at is None
