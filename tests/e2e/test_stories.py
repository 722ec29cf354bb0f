"""Whole lives of complaints, lived by people at browsers: in both languages, with and without scripts."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import count

import pytest

from tests.e2e.people import Person

KETTLES = "示例清禾电器有限公司"
WAYS = [
    pytest.param("zh", True, id="zh-scripts"),
    pytest.param("en", True, id="en-scripts"),
    pytest.param("zh", False, id="zh-plain"),
    pytest.param("en", False, id="en-plain"),
]
Arrive = Callable[..., Person]
PHONES = count(10_000_000, 7919)  # many filings from one telephone would be looked at by a person first
STORY = {
    "enterprise": KETTLES,
    "product": "清禾电水壶",
    "narrative": "用了一周壶底漏水，客服一直没有答复。",
    "request": "退还货款 299 元。",
    "name": "王小梅",
    "email": "mei@example.org",
    "address": "示例市样板路 8 号",
    "consumer_consents": "yes",
    "share_consent": "yes",
}


def filed(consumer: Person, **changes: str) -> tuple[str, str]:
    """File a complaint on one page; the case's number, and the path of its private link."""
    consumer.open("/file/all")
    consumer.fill(STORY | {"phone": f"139{next(PHONES):08}"} | changes)
    consumer.send()
    number = consumer.page.locator(".number").first.inner_text().strip()
    assert re.fullmatch(r"C\d\d-\w{4}-\w{4}", number)
    return number, consumer.page.url.removesuffix("/receipt").removeprefix(consumer.site.url)


def do(who: Person, place: str, trigger: str, typed: Mapping[str, str] | None = None) -> str:
    """Take one of the actions that the case page offers; what the page then says."""
    who.open(place)
    assert who.page.locator(f'a[href$="/do/{trigger}"]').count(), f"{trigger} is not offered at {place}"
    who.open(f"{place}/do/{trigger}")
    who.fill(typed or {})
    who.send()
    assert who.page.locator(".flash").count(), who.page.locator("main").inner_text()
    return who.page.locator("main").inner_text()


def mails(who: Person, number: str) -> str:
    """Subjects of the letters about a case."""
    who.open(f"/demo/outbox?number={number}")
    return who.page.locator("main").inner_text()


def today(who: Person) -> date:
    """The day in the demo world."""
    text = who.open("/demo").locator(".demo time").get_attribute("datetime")
    return date.fromisoformat(str(text)[:10])


@pytest.mark.parametrize(("language", "scripts"), WAYS)
def test_an_offer_is_accepted_performed_confirmed_and_rated(person: Arrive, language: str, scripts: bool) -> None:
    consumer = person(phone=True, language=language, scripts=scripts)
    agent = person(language=language, scripts=scripts)
    number, mine = filed(consumer)
    agent.log_in("qinghe")
    theirs = f"/portal/cases/{number}"
    by = today(agent) + timedelta(days=9)
    do(
        agent,
        theirs,
        "offer",
        {"remedy": "换一台全新的电水壶，并承担运费。", "amount": "299", "perform_by": by.isoformat()},
    )
    consumer.open(mine)
    assert "299.00" in consumer.page.locator("main").inner_text()
    do(consumer, mine, "accept_offer", {"release": "address"})
    do(agent, theirs, "report_performance", {"text": "已于当日寄出，单号 SF0001。"})
    do(consumer, mine, "confirm_performance")
    do(consumer, mine, "rate", {"rating": "5"})
    ended = consumer.page.locator("main").inner_text()
    assert ("已解决" if language == "zh" else "settled") in ended.lower()
    assert "5 / 5" in ended


@pytest.mark.parametrize(("language", "scripts"), WAYS)
def test_silence_is_reminded_escalated_and_mediated(person: Arrive, language: str, scripts: bool) -> None:
    consumer = person(phone=True, language=language, scripts=scripts)
    number, mine = filed(consumer)
    consumer.move_clock(3)
    consumer.move_clock(3)
    consumer.open(mine)
    assert consumer.page.locator(".tag-awaiting_mediator").count()
    assert mails(consumer, number).count(KETTLES) >= 4  # on arrival, 3 and 1 days before, the last morning, the end
    supervisor, mediator = (person(language=language, scripts=scripts) for _ in range(2))
    supervisor.log_in("supervisor")
    do(supervisor, f"/desk/cases/{number}", "assign", {"mediator_id": "调解员甲"})
    mediator.log_in("mediator1")
    by = today(mediator) + timedelta(days=10)
    terms = {
        "agreement": "企业退还货款 299 元，消费者退回电水壶，争议就此了结。",
        "amount": "299",
        "perform_by": by.isoformat(),
    }
    do(mediator, f"/desk/cases/{number}", "conclude", terms)
    consumer.open(mine)
    assert consumer.page.locator(".tag-performing").count()


@pytest.mark.parametrize(("language", "scripts"), WAYS)
def test_a_refusal_names_its_ground_and_the_other_ways(person: Arrive, language: str, scripts: bool) -> None:
    consumer = person(phone=True, language=language, scripts=scripts)
    number, mine = filed(consumer, enterprise="某某未入会商行")
    officer = person(language=language, scripts=scripts)
    officer.log_in("intake")
    do(officer, f"/desk/cases/{number}", "refuse", {"ground": "refuse_3"})
    told = consumer.open(mine).locator("main").inner_text()
    assert ("法院" if language == "zh" else "court") in told
    assert consumer.page.locator(".tag-closed").count()


@pytest.mark.parametrize(("language", "scripts"), WAYS)
def test_what_nobody_confirmed_is_reopened_once(person: Arrive, language: str, scripts: bool) -> None:
    consumer = person(phone=True, language=language, scripts=scripts)
    agent = person(language=language, scripts=scripts)
    number, mine = filed(consumer)
    agent.log_in("qinghe")
    by = today(agent) + timedelta(days=14)
    do(agent, f"/portal/cases/{number}", "offer", {"remedy": "退还货款。", "perform_by": by.isoformat()})
    for _ in range(4):
        consumer.move_clock(3)
    consumer.open(mine)
    assert consumer.page.locator(".tag-closed").count()
    do(consumer, mine, "reopen", {"reason": "我当时在外地，没有看到答复。"})
    assert consumer.page.locator(".tag-awaiting_mediator").count()
    consumer.open(mine)
    assert not consumer.page.locator('a[href$="/do/reopen"]').count()
