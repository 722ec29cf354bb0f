"""What one side is asked for beside the state, on its pages: in words of its kind, and with one button."""

from collections.abc import Callable
from datetime import date

import pytest

from complaints import db
from complaints.registry import links
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.workflow.expected import walk

REACHED = ("Record whether a party was reached", "contact recorded", "could be reached", "联系结果")


@pytest.fixture
def mei(world: World) -> Playing:
    """In mediation, and both sides were asked for evidence."""
    playing = walk(file_complaint(world), "decline reject assign")
    for party in ("enterprise", "consumer"):
        playing.mediator("request_evidence", text="The bill.", party=party, until=date(2026, 7, 20))
    return playing


def task_id(playing: Playing, role: str) -> int:
    """The open task of a role."""
    [task] = [each for each in playing.tasks() if each.role == role and each.done_at is None]
    return task.id


def private(playing: Playing) -> str:
    """The consumer's address of the case."""
    with db.reading() as session:
        return f"/c/{links.current(session, playing.id)}"


@pytest.mark.parametrize("role", ["consumer", "enterprise"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_was_asked_for_evidence_says_so_with_one_button(
    mei: Playing, browser: Callable[..., Browser], language: str, role: str
) -> None:
    base = f"/portal/cases/{mei.number}" if role == "enterprise" else private(mei)
    person = browser(language)
    if role == "enterprise":
        person.log_in("hongyun")
    address = f"{base}/do/do_task?task_id={task_id(mei, role)}"
    shown = {"en": "I have shown it", "zh": "我已提供"}[language]
    assert shown in person.get(base).words
    form = person.get(address)
    assert f'<button type="submit">{shown}</button>' in form.text
    assert 'type="radio"' not in form.text
    done = person.submit(address)
    assert done.path == base
    assert [task.result for task in mei.tasks() if task.role == role] == ["given"]
    title = {"en": "Say that the evidence has been shown", "zh": "确认证据已提供"}[language]
    assert title in form.words
    assert title in done.words
    assert not [each for each in REACHED for page in (form, done) if each in page.text]


def test_a_later_recusal_is_decided_under_its_own_name(world: World, browser: Callable[..., Browser]) -> None:
    playing = walk(file_complaint(world), "decline reject assign recusal")
    playing.supervisor("decide_recusal", granted=False, reason="No.")
    playing.consumer("request_recusal", reason="But he is.")
    desk, base = browser().log_in("desk"), f"/desk/cases/{playing.number}"
    form = desk.get(f"{base}/do/do_task?task_id={task_id(playing, 'supervisor')}")
    assert form.text.count('type="radio"') == 2
    done = desk.submit(f"{base}/do/do_task?task_id={task_id(playing, 'supervisor')}", result="denied")
    assert "Recorded: Decide a later request that the mediator step aside" in done.words
    assert not [each for each in REACHED for page in (form, done) if each in page.text]
