"""Whole cases in the browser, from the first form to the last page."""

from collections.abc import Callable

from tests.people import World
from tests.web.browser import Browser
from tests.web.conftest import STORY


def test_offer_accepted_performed_confirmed_rated(consumer: Browser, case: str, number: str, agent: Browser) -> None:
    assert number in agent.get("/portal").words
    page = f"/portal/cases/{number}"
    agent.submit(f"{page}/do/offer", remedy="Full refund.", amount="129.00", perform_by="2026-07-10")
    shown = consumer.get(case)
    assert "It is your move" in shown.words
    assert "Full refund." in shown.words
    assert "¥129.00" in shown.words
    assert {"accept_offer", "counter", "reject"} <= set(shown.actions())
    consumer.submit(f"{case}/do/accept_offer", release=["name", "phone"])
    agent.submit(f"{page}/do/report_performance", text="Refunded, reference 17.")
    consumer.submit(f"{case}/do/confirm_performance")
    end = consumer.submit(f"{case}/do/rate", rating="5", text="Quick.")
    assert end.status == 200
    assert "settled and confirmed" in end.words
    assert "5 / 5" in end.words
    assert "rate" not in end.actions()
    assert "13812345678" in agent.get(page).words  # released with the acceptance


def test_receipt_tells_what_happens_next(consumer: Browser, case: str) -> None:
    receipt = consumer.get(f"{case}/receipt")
    assert "Number C26-" in receipt.words
    assert f"http://127.0.0.1:8000{case}" in receipt.words
    assert "Monday 20 July 2026, until 24:00 (Asia/Shanghai)" in receipt.words
    assert "counts as a refusal" in receipt.words


def test_silence_escalates_on_the_demo_clock(demo: World, consumer: Browser, case: str, number: str) -> None:
    consumer.send("/demo/move", consumer.get("/").hidden() | {"days": "7", "next": case})
    mails = consumer.get(f"/demo/outbox?number={number}").words
    assert "离截止还有 3 个工作日" in mails
    assert "Wednesday 15 July 2026 09:0" in consumer.get(case).text  # the bar on top
    after = consumer.send("/demo/move", consumer.get("/").hidden() | {"days": "10", "next": case})
    assert "no answer in time, now at the appeals centre" in after.words.lower()
    assert "Monday 20 July 2026 24:00" in after.words


def test_the_desk_takes_routes_assigns_and_mediates(consumer: Browser, browser: Callable[..., Browser]) -> None:
    receipt = consumer.submit("/file/all", **STORY | {"enterprise": "Some kettle shop"})
    case = receipt.path.removesuffix("/receipt")
    number = receipt.words[receipt.words.index("C26-") :][:13]
    desk = browser().log_in("desk")
    assert number in desk.get("/desk?queue=intake").words
    page = f"/desk/cases/{number}"
    found = desk.get(f"{page}/do/route?q=Outside")
    assert "Outside Traders" in found.words
    firm = found.text.split('<option value="')[-1].split('"')[0]
    desk.send(f"{page}/do/route", found.hidden() | {"enterprise_id": firm})
    assert desk.submit(f"{page}/do/admit").status == 200
    other = browser().log_in("outside")
    other.submit(f"/portal/cases/{number}/do/decline", reason="Not our fault.")
    consumer.submit(f"{case}/do/reject", reason="It is.")
    medi = browser().log_in("medi")
    mediator_id = _value_of(desk.get(f"{page}/do/assign").text, "medi")
    desk.submit(f"{page}/do/assign", mediator_id=mediator_id)
    other.submit(f"/portal/cases/{number}/do/consent")
    assert number in medi.get("/desk").words
    medi.submit(f"{page}/do/conclude", agreement="Half the price back.", amount="64.50", perform_by="2026-07-15")
    shown = consumer.get(case).words
    assert "Half the price back." in shown
    assert "Have the agreement confirmed by a court" in shown
    consumer.submit(f"{case}/do/confirm_performance")
    assert "settled and confirmed" in consumer.get(case).words


def test_missing_information_is_asked_for_and_supplied(consumer: Browser, browser: Callable[..., Browser]) -> None:
    receipt = consumer.submit("/file/all", **STORY | {"enterprise": "Some kettle shop"})
    case, number = receipt.path.removesuffix("/receipt"), receipt.words[receipt.words.index("C26-") :][:13]
    desk = browser().log_in("desk")
    desk.submit(f"/desk/cases/{number}/do/ask_information", missing=["enterprise"], text="Which shop?")
    asked = consumer.get(f"{case}/do/supply_information")
    assert 'name="enterprise"' in asked.text
    assert 'name="phone"' not in asked.text
    consumer.submit(f"{case}/do/supply_information", enterprise="Outside Traders")
    assert "waiting for intake" in consumer.get(case).words


def test_a_case_withdrawn_stays_withdrawn(consumer: Browser, case: str) -> None:
    consumer.submit(f"{case}/do/withdraw", reason="Solved by phone.")
    shown = consumer.get(case)
    assert "withdrawn" in shown.words
    assert shown.actions() == ["rate", "contact_consent"]
    assert consumer.get(f"{case}/do/statement").status == 409


def test_nobody_reached_becomes_a_task_of_the_desk(
    demo: World, consumer: Browser, browser: Callable[..., Browser]
) -> None:
    receipt = consumer.submit("/file/all", **STORY | {"email": ""})
    number = receipt.words[receipt.words.index("C26-") :][:13]
    agent = browser().log_in("hongyun")
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Full refund.")
    desk = browser().log_in("desk")
    desk.send("/demo/move", desk.get("/desk").hidden() | {"days": "1"})
    assert "No mail address is known." in desk.get("/desk/letters").words
    retried = desk.send("/desk/letters/retry", desk.get("/desk/letters").hidden())
    assert "will be tried again" in retried.words
    task = next(link for link in desk.get("/desk/tasks").links() if link.startswith("/desk/tasks/"))
    form = desk.get(task)
    assert "Reach by phone or post: the consumer" in form.words
    assert "Yes, the mediator steps aside" not in form.words
    done = desk.send(task.partition("?")[0], form.hidden() | {"result": "reached"})
    assert done.status == 200
    assert number not in desk.get("/desk/tasks").words
    assert desk.get(task).status == 404


def _value_of(text: str, option: str) -> str:
    return text.split(f">{option}</option>")[0].rpartition('<option value="')[2].partition('"')[0]
