"""The consumer's page: what may be done and what it leads to, messages with a warning, consent, who read what."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import AccessLog, Complaint, Event, Notice
from complaints.words import LOCALES, has
from complaints.workflow.case import Role
from complaints.workflow.lifecycle import TABLE
from tests.people import World
from tests.web.browser import Browser

PHONE = "13987654321"
IDENTITY = "310101199003072316"


def triggers() -> list[str]:
    """The log."""
    with db.reading() as session:
        return list(session.scalars(select(Event.trigger).order_by(Event.id)))


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_a_consumer_can_do_says_what_it_leads_to(locale: str) -> None:
    mine = [row for row in TABLE if Role.CONSUMER in row.by and row.trigger not in ("file", "do_task")]
    keys = {f"leads.{row.trigger}.{row.dest.value if row.dest else 'here'}" for row in mine}
    assert sorted(key for key in keys if not has(locale, key)) == []


def test_the_page_says_whose_move_it_is_and_how_long(consumer: Browser, case: str, agent: Browser, number: str) -> None:
    waiting = consumer.get(case).words
    assert "Whose move: the enterprise" in waiting
    assert "14 days left" in waiting
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Full refund.", amount="129.00", perform_by="2026-07-10")
    mine = consumer.get(case)
    assert mine.words.index("It is your move") < mine.words.index("Monday 20 July 2026") < mine.words.index("Why this")
    assert "The enterprise then has to do what it promised by the day it named." in mine.words
    assert "The appeals centre takes over and a mediator is assigned." in mine.words
    assert mine.actions()[:3] == ["accept_offer", "counter", "reject"]


def test_where_an_offer_leaves_nothing_to_do_accepting_closes(
    consumer: Browser, case: str, agent: Browser, number: str
) -> None:
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Refunded already.", nothing_to_perform="yes")
    assert "Nothing is left to do: the case is closed as settled." in consumer.get(case).words


@pytest.mark.parametrize("typed", [f"Call me: {PHONE}", f"My identity card: {IDENTITY}", "Write to mei@example.org"])
def test_who_types_a_number_sees_first_how_the_other_side_will_see_it(
    consumer: Browser, case: str, agent: Browser, number: str, typed: str
) -> None:
    address = f"{case}/do/statement"
    warned = consumer.submit(address, text=typed)
    assert warned.status == 200
    assert "Nothing has been sent yet" in warned.words
    assert "***" in warned.words
    assert triggers() == ["file"]
    sent = consumer.send(address, warned.hidden() | {"as_it_is": "yes"})
    assert triggers() == ["file", "statement"]
    assert typed in sent.words
    shown = agent.get(f"/portal/cases/{number}").text
    assert typed.split()[-1] not in shown
    assert "***" in shown


def test_the_writer_can_change_what_was_typed(consumer: Browser, case: str) -> None:
    address = f"{case}/do/statement"
    warned = consumer.submit(address, text=f"Call me: {PHONE}")
    again = consumer.send(address, warned.hidden() | {"change": "yes"})
    assert again.status == 422 or again.status == 200
    assert f"Call me: {PHONE}</textarea>" in again.text
    assert "There is a problem" not in again.words
    assert consumer.send(address, again.hidden() | {"text": "Please answer."}).status == 200
    assert triggers() == ["file", "statement"]


def test_other_texts_warn_as_well(consumer: Browser, case: str, agent: Browser, number: str) -> None:
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Half.", amount="60")
    warned = consumer.submit(f"{case}/do/counter", text=f"All of it, to {PHONE}.", amount="129")
    assert "Nothing has been sent yet" in warned.words
    consumer.send(f"{case}/do/counter", warned.hidden() | {"as_it_is": "yes"})
    assert triggers() == ["file", "offer", "counter"]


def test_with_the_consent_nothing_is_hidden_and_nobody_is_warned(consumer: Browser, case: str) -> None:
    consumer.submit(f"{case}/do/contact_consent", contact_consent="yes")
    assert consumer.submit(f"{case}/do/statement", text=f"Call me: {PHONE}").status == 200
    assert triggers() == ["file", "contact_consent", "statement"]


def test_nobody_is_warned_of_what_cannot_be_done_any_more(consumer: Browser, case: str) -> None:
    form = consumer.get(f"{case}/do/statement").hidden()
    consumer.submit(f"{case}/do/withdraw", reason="Enough.")
    assert consumer.send(f"{case}/do/statement", form | {"text": PHONE}).status == 409


def test_consent_is_given_explicitly_and_taken_back_with_one_click(
    consumer: Browser, case: str, agent: Browser, number: str
) -> None:
    page = f"/portal/cases/{number}"
    assert "The enterprise does not see them." in consumer.get(case).words
    form = consumer.get(f"{case}/do/contact_consent")
    assert "You can change your mind at any time." in form.words
    assert 'value="yes" checked' not in form.text
    given = consumer.send(f"{case}/do/contact_consent", form.hidden() | {"contact_consent": "yes"})
    assert "Recorded: the enterprise sees how to reach you." in given.words
    assert "13812345678" in agent.get(page).words
    shown = consumer.get(case)
    assert "The enterprise sees them, as you chose." in shown.words
    assert "since Monday 6 July 2026 10:00" in shown.words
    back = {"contact_consent": "no"} | {name: shown.hidden()[name] for name in ("csrf_token", "version", "form_key")}
    page_after = consumer.send(f"{case}/do/contact_consent", back)
    assert "The enterprise does not see them." in page_after.words
    assert "Recorded: the enterprise does not see how to reach you." in page_after.words
    assert "13812345678" not in agent.get(page).words


def test_letters_follow_the_readers_language(consumer: Browser, case: str, number: str) -> None:
    consumer.get(f"{case}?lang=zh")
    page = consumer.get(case)
    assert "改用本页的语言给我写通知" in page.words
    after = consumer.send(f"{case}/language", page.hidden() | {"language": "zh"})
    assert "今后给您的通知用中文书写。" in after.words
    assert "改用本页的语言给我写通知" not in after.words
    with db.reading() as session:
        mine = select(Notice.locale, Notice.status).where(Notice.recipient.startswith("consumer:"))
        assert {row.locale for row in session.execute(mine) if row.status == "waiting"} == {"zh"}
        assert session.scalar(select(Complaint.locale)) == "zh"
    assert consumer.send(f"{case}/language", page.hidden() | {"language": "xx"}).status == 404
    consumer.get(f"{case}?lang=en")


def test_consent_is_taken_back_after_the_end_too(consumer: Browser, case: str, agent: Browser, number: str) -> None:
    consumer.submit(f"{case}/do/contact_consent", contact_consent="yes")
    ended = consumer.submit(f"{case}/do/withdraw", reason="Enough.")
    assert "13812345678" in agent.get(f"/portal/cases/{number}").words
    back = {"contact_consent": "no"} | {name: ended.hidden()[name] for name in ("csrf_token", "version", "form_key")}
    assert "The enterprise does not see them." in consumer.send(f"{case}/do/contact_consent", back).words
    assert "13812345678" not in agent.get(f"/portal/cases/{number}").words


def test_the_consumer_sees_who_read_the_data(
    app: Flask, consumer: Browser, case: str, agent: Browser, desk: Browser, number: str
) -> None:
    assert "Nobody so far." in consumer.get(case).words
    agent.get(f"/portal/cases/{number}")  # which shows nothing personal
    assert "Nobody so far." in consumer.get(case).words
    consumer.submit(f"{case}/do/contact_consent", contact_consent="yes")
    agent.get(f"/portal/cases/{number}")
    Browser(app).log_in("medi").get(f"/desk/cases/{number}")
    desk.get(f"/desk/cases/{number}")  # who does intake and supervises
    words = consumer.get(case).words
    assert "The centre (the supervisor) the page of your case Monday 6 July 2026" in words
    assert "The centre (the mediator) the page of your case" in words
    assert "intake officer) the page" not in words
    assert "Hongyun Kettles the page of your case" in words
    assert "desk" not in words  # nobody's own name


def test_many_reads_have_a_page_of_their_own(consumer: Browser, case: str, world: World) -> None:
    with db.transaction() as session:
        row = session.scalars(select(Complaint)).one()
        session.add_all(
            AccessLog(complaint_id=row.id, role="intake", account_id=world.li, what=what, read_at=row.filed_at)
            for what in ["case page"] * 22 + ["something new", "evidence"]
        )
    assert f"{case}/looks" in list(consumer.get(case).links())
    first = consumer.get(f"{case}/looks")
    assert first.words.count("The centre (the intake officer)") == 20
    assert "personal data of your case" in first.words  # a word for what has none of its own
    following = next(link for link in first.links() if "cursor=" in link)
    second = consumer.get(following)
    assert second.words.count("The centre (the intake officer)") == 4
    assert consumer.get(f"{case}/looks?cursor=x").status == 400


def test_an_end_without_a_solution_names_the_other_routes(
    consumer: Browser, browser: Callable[..., Browser], case: str
) -> None:
    ended = consumer.submit(f"{case}/do/withdraw", reason="Enough.").words
    assert "Other ways that are open" in ended
    assert "counted from then: until Friday 6 July 2029" in ended
    assert "Possible until Sunday 26 July 2026, until 24:00 (Asia/Shanghai) 20 days left" in ended
    chinese = browser("zh").get(case).words
    assert "第 121 号令第十六条第四项" in chinese
    assert "2029年7月6日" in chinese


def test_the_timeline_shows_the_newest_and_keeps_the_rest_a_click_away(consumer: Browser, case: str) -> None:
    for n in range(13):
        consumer.submit(f"{case}/do/statement", text=f"Message {n}.")
    page = consumer.get(case)
    assert "Show the 2 earlier entries" in page.words
    assert "The last 3 of 13." in page.words
    whole = consumer.get(f"{case}/do/statement").words
    assert whole.index("Message 0.") < whole.index("Message 12.")
