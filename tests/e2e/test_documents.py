"""Documents, hearings and joint complaints in a real browser: from the mediation to the paper and its check."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.e2e.people import Person
from tests.e2e.test_stories import filed

Arrive = Callable[..., Person]


def send(who: Person) -> None:
    """Send the form of the action that is open."""
    who.send()
    assert who.page.locator(".flash").count(), who.page.locator("main").inner_text()


def do(who: Person, place: str, trigger: str, typed: Mapping[str, str] | None = None) -> None:
    """Take one of the actions of a case."""
    who.open(f"{place}/do/{trigger}")
    who.fill(typed or {})
    send(who)


def saved(page: Page, link: str) -> bytes:
    """What a link or a button gives to be saved."""
    with page.expect_download() as waiting:
        page.locator(link).first.click()
    return Path(waiting.value.path()).read_bytes()


def read(content: bytes) -> str:
    """The text of a PDF without its blanks: each letter stands at a place of its own."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return "".join(letter for letter in "".join(pages) if letter.isprintable() and not letter.isspace())


def in_days(page: Page, days: int) -> str:
    """A day after the demo's own today."""
    today = page.locator(".demo time").get_attribute("datetime")
    assert today
    return (date.fromisoformat(today[:10]) + timedelta(days=days)).isoformat()


def sound(who: Person, pictures: Path, name: str) -> None:
    who.picture(pictures, name)
    assert who.violations() == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_mediation_to_a_paper_that_can_be_checked(
    person: Arrive, pictures: Path, tmp_path: Path, language: str
) -> None:
    dark = language == "en"
    consumer = person(language=language, phone=True, dark=dark)
    agent, chief, mediator = (person(language=language, dark=dark) for _ in range(3))
    number, case = filed(consumer)
    agent.log_in("qinghe", language)
    do(agent, f"/portal/cases/{number}", "decline", {"reason": "使用不当。"})
    do(consumer, case, "reject")
    chief.log_in("supervisor", language)
    chief.open(f"/desk/cases/{number}/do/assign")
    chief.page.select_option("#mediator_id", label="调解员甲")
    send(chief)
    mediator.log_in("mediator1", language)
    desk = f"/desk/cases/{number}"
    mediator.open(desk)
    hearing = {"day": in_days(mediator.page, 6), "time": "9:30", "place": "一号会议室"}
    mediator.open(f"{desk}/do/hearing")
    mediator.picture(pictures, f"hearing-form-{language}")
    do(mediator, desk, "hearing", hearing)
    mediator.open(desk)
    sound(mediator, pictures, f"hearing-desk-{language}")
    mediator.open("/desk/hearings")
    sound(mediator, pictures, f"hearings-{language}")
    consumer.open(case)
    invitation = saved(consumer.page, 'a[href$="hearing.ics"]')
    (event,) = Calendar.from_ical(invitation).walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == f"{hearing['day']}T09:30:00+08:00"
    agreed = {"agreement": "企业退还货款 299 元。", "perform_by": in_days(mediator.page, 5), "amount": "299"}
    do(mediator, desk, "conclude", agreed)
    consumer.open(case)
    sound(consumer, pictures, f"papers-{language}")
    paper = saved(consumer.page, f'.paperlinks button[value="{language}"]')
    text = read(paper)
    checked(consumer, pictures, language, paper, tmp_path, text)
    assert "王小梅" in text
    assert "299.00" in text


def checked(who: Person, pictures: Path, language: str, paper: bytes, folder: Path, text: str) -> None:
    """Check the paper by its code, once as it is and once altered."""
    found = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}", text)
    assert found, text
    code = found[0]
    who.open("/documents")
    sound(who, pictures, f"check-{language}")
    who.page.fill("#code", code.lower())
    who.page.click("main button[type=submit]")
    assert code in who.page.url
    sound(who, pictures, f"checked-{language}")
    for name, content, verdict in (("own", paper, "good"), ("altered", paper.replace(b"%%EOF", b"%%E0F"), "bad")):
        copy = folder / f"{name}.pdf"
        copy.write_bytes(content)
        who.page.set_input_files("#file", copy)
        who.page.click("main form[enctype] button[type=submit]")
        assert who.page.locator(f".verdict.{verdict}").count() == 1
        sound(who, pictures, f"compared-{name}-{language}")


def test_a_refusal_is_a_paper_without_a_trace_of_scripts(person: Arrive, tmp_path: Path) -> None:
    consumer, officer = person(language="zh", scripts=False), person(language="zh", scripts=False)
    number, case = filed(consumer, enterprise="没有登记的小店")
    officer.log_in("intake")
    officer.open(f"/desk/cases/{number}/do/refuse")
    officer.page.check('input[value="refuse_3"]')
    officer.page.fill("#text", "购买用途为转售。")
    send(officer)
    consumer.open(case)
    paper = saved(consumer.page, '.paperlinks button[value="zh"]')
    assert paper.startswith(b"%PDF-")
    text = read(paper)
    assert "不予受理决定书" in text
    assert "转售" in text


def test_three_complain_together_and_elect_two(person: Arrive, pictures: Path) -> None:
    words = "在门店买的示例水壶，第三天就从底座漏水，店里说要等两个月，之后不再答复。"
    people = [person(language="zh", phone=True), person(language="zh"), person(language="en", dark=True)]
    cases = [
        filed(each, enterprise="示例白榆家居有限公司", product="白榆水壶", narrative=words, name=f"王{n}梅")
        for each, n in zip(people, "一二三", strict=True)
    ]
    officer = person(language="zh")
    officer.log_in("supervisor")
    officer.open(f"/desk/cases/{cases[2][0]}")
    likeness = officer.page.locator(".likeness")
    assert cases[0][0] in likeness.inner_text()
    sound(officer, pictures, "likeness-desk")
    for number, _case in cases[1:]:
        officer.open(f"/desk/cases/{number}/do/join?into={cases[0][0]}")
        send(officer)
    for who, (number, case) in zip(people[:2], cases[:2], strict=True):
        who.open(f"{case}/joint")
        who.page.check("#joins")
        who.page.check("#stands")
        who.page.click("main form button[type=submit]")
        assert who.page.locator(".flash").count() == 1, number
    people[2].open(f"{cases[2][1]}/joint")
    sound(people[2], pictures, "joint-asked")
    people[2].page.check("#joins")
    people[2].page.click("main form button[type=submit]")
    for who, (_number, case) in zip(people, cases, strict=True):
        who.open(f"{case}/joint")
        for number, _case in cases[:2]:
            who.page.check(f'input[name=votes][value="{number}"]')
        who.page.click("main form button[type=submit]")
    people[0].open(f"{cases[0][1]}/joint")
    assert people[0].page.locator("#text").count() == 1
    sound(people[0], pictures, "joint-representative")
    people[0].page.fill("#text", "我们三人都要求退款。")
    people[0].page.locator('form[action$="/joint/statement"] button').click()
    people[2].open(cases[2][1])
    assert "我们三人都要求退款。" in people[2].page.locator("main").inner_text()
    sound(people[2], pictures, "joint-member")
    officer.open(f"/desk/cases/{cases[0][0]}")
    assert officer.page.locator(".joint tbody tr").count() == 3
    sound(officer, pictures, "joint-desk")
