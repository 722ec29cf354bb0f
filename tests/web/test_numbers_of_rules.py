"""Numbers in the texts of the pages are those of the policy of the case; what ends a task is said in one place."""

from collections.abc import Callable
from datetime import date

import pytest

from complaints import db
from complaints.registry import links
from complaints.schemas import TaskSchema
from complaints.workflow.policy import load
from complaints.workflow.tasks import RESULTS
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.workflow.expected import walk
from web import tailoring


def policy_of(playing: Playing, monkeypatch: pytest.MonkeyPatch, **numbers: int) -> None:
    """Other numbers in the policy of this case."""
    policy = load(playing.case.policy)
    for name, number in numbers.items():
        table = policy.limits if name in policy.limits else policy.windows
        monkeypatch.setitem(table, name, number)


@pytest.mark.parametrize(("language", "said"), [("en", "within 12 days"), ("zh", "12 日内")])
def test_the_time_for_performing_is_the_policys(
    world: World, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    playing = file_complaint(world)
    policy_of(playing, monkeypatch, performance_days=12)
    agent = browser(language).log_in("hongyun")
    assert said in agent.get(f"/portal/cases/{playing.number}/do/offer").words


@pytest.mark.parametrize(("language", "said"), [("en", "longer than 12 days"), ("zh", "超过 12 日")])
def test_the_time_that_is_longer_than_usual_is_the_policys(
    world: World, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    playing = walk(file_complaint(world), "decline reject assign")
    policy_of(playing, monkeypatch, performance_days=12, judicial_confirmation_days=28)
    desk = browser(language).log_in("desk")
    form = desk.get(f"/desk/cases/{playing.number}/do/reassign").text
    medi = int(form.split(">medi</option>")[0].rpartition('<option value="')[2].partition('"')[0])
    playing.supervisor("reassign", mediator_id=medi)
    page = browser(language).log_in("medi").get(f"/desk/cases/{playing.number}/do/conclude").words
    assert said in page
    assert "28 日内" in page  # the agreement is in the consumer's language


@pytest.mark.parametrize(("language", "said"), [("en", "within 28 days"), ("zh", "起 28 日内")])
def test_the_time_for_a_court_is_the_policys(
    world: World, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    playing = walk(file_complaint(world), "decline reject assign")
    playing.mediator("conclude", agreement="Half the price back.", perform_by=date(2026, 7, 15))
    policy_of(playing, monkeypatch, judicial_confirmation_days=28)
    with db.reading() as session:
        address = f"/c/{links.current(session, playing.id)}"
    assert said in browser(language).get(address).words


def test_what_ends_a_task_is_said_once() -> None:
    choices = TaskSchema().load_fields["result"]
    assert tuple(getattr(choices, "words", ())) == tuple(word for words in RESULTS.values() for word in words)
    assert not hasattr(tailoring, "RESULTS")
