"""Nobody can send the other side letters without end."""

from collections.abc import Callable

from tests.people import World
from tests.web.browser import Browser
from tests.web.conftest import STORY


def test_a_consumer_acts_often_but_not_without_end(consumer: Browser, case: str) -> None:
    answers = [consumer.submit(f"{case}/do/statement", text=f"Word {n}.").status for n in range(32)]
    assert answers[:20] == [200] * 20
    assert answers[-1] == 429


def test_reading_is_not_counted(consumer: Browser, case: str) -> None:
    assert {consumer.get(f"{case}/do/statement").status for _ in range(40)} == {200}


def test_an_agent_has_a_limit_too(agent: Browser, number: str) -> None:
    address = f"/portal/cases/{number}/do/statement"
    answers = [agent.submit(address, text=f"Word {n}.").status for n in range(32)]
    assert answers[:20] == [200] * 20
    assert answers[-1] == 429


def test_one_address_begins_only_so_many_drafts(
    browser: Callable[..., Browser], world: World, settings_env: Callable[..., None]
) -> None:
    settings_env(LIMITS="drafts=3/minute")
    begun = [browser().submit("/file/enterprise", enterprise=f"Shop {n}").status for n in range(5)]
    assert begun == [200, 200, 200, 429, 429]


def test_going_on_with_a_draft_begins_none(consumer: Browser, world: World, settings_env: Callable[..., None]) -> None:
    settings_env(LIMITS="drafts=1/minute")
    assert {consumer.submit("/file/enterprise", enterprise=f"Shop {n}").status for n in range(5)} == {200}


def test_letters_to_an_address_that_anybody_may_give_have_a_limit(
    browser: Callable[..., Browser], world: World, settings_env: Callable[..., None]
) -> None:
    settings_env(LIMITS="mailboxes=2/hour")
    shouted = STORY | {"email": str(STORY["email"]).upper()}
    other = STORY | {"email": "mei+2@example.org"}  # the same mailbox
    answers = [browser().submit("/file/all", **story).status for story in (STORY, shouted, other)]
    assert answers == [200, 200, 429]
    assert browser().submit("/file/all", **STORY | {"email": "another@example.org"}).status == 200
    assert browser().submit("/file/all", **STORY | {"email": ""}).status == 200


def test_filing_has_a_limit(consumer: Browser, world: World, settings_env: Callable[..., None]) -> None:
    settings_env(LIMITS="filing=20/minute; mailboxes=off")
    answers = [consumer.submit("/file/all", **STORY).status for _ in range(22)]
    assert answers[:10] == [200] * 10
    assert answers[-1] == 429
