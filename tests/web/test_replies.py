"""Replies of an enterprise: drafts survive, templates are put in, and what was said before is questioned."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints import db
from complaints.models import ActionDraft, AlikeReply, ReplyTemplate
from tests.people import MONDAY, World
from tests.playing import file_complaint
from tests.web.browser import Browser
from tests.web.conftest import _account

REPLY = "We looked at your {} and found the seal of the lid broken. We will send a courier and refund the price."


@pytest.fixture
def people(world: World) -> World:
    with db.transaction() as session:
        session.add(_account("boss", ["enterprise", "manager"], world.hongyun))
        session.add(_account("ann", ["enterprise"], world.hongyun))
    return world


def address(world: World, phone: str, trigger: str = "offer") -> str:
    return f"/portal/cases/{file_complaint(world, MONDAY, phone=phone).number}/do/{trigger}"


def count(table: type) -> int | None:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_draft_survives_is_a_colleagues_too_and_ends_when_sent(people: World, app: Flask) -> None:
    offer = address(people, "13900000001")
    ann, boss = Browser(app).log_in("ann"), Browser(app).log_in("boss")
    assert "Draft kept" in ann.submit(offer, remedy="Half a reply", amount="12.50", then="keep").words
    page = boss.get(offer)
    assert "Half a reply" in page.text
    assert 'value="12.50"' in page.text
    assert "Draft by ann" in page.words
    assert "Draft" not in Browser(app).log_in("baiyu").get(offer).words
    saved = boss.send(offer.replace("/do/", "/draft/"), page.hidden() | {"remedy": "A whole reply"})
    assert saved.text == "Draft kept."
    assert "A whole reply" in ann.get(offer).text
    sent = ann.submit(offer, remedy="A whole reply", perform_by="")
    assert "Recorded" in sent.words
    assert count(ActionDraft) == 0


def test_a_reply_like_an_earlier_one_is_questioned_and_the_person_decides(people: World, app: Flask) -> None:
    first, second, third = (address(people, f"1390000000{n}") for n in range(3))
    ann = Browser(app).log_in("ann")
    assert "Recorded" in ann.submit(first, remedy=REPLY.format("kettle"), amount="129").words
    asked = ann.submit(second, remedy=REPLY.format("kettle").replace("refund", "refund you"), amount="99")
    assert asked.status == 422
    assert "nearly what you wrote in" in asked.words
    assert "seal of the lid" in asked.text
    assert "Recorded" in ann.send(second, asked.hidden() | {"remedy": REPLY.format("kettle"), "anyway": "yes"}).words
    assert count(AlikeReply) == 1
    other = "Your photo shows a crack in the handle, which we have seen before. A new handle leaves tomorrow by post."
    assert "Recorded" in ann.submit(third, remedy=other).words
    baiyu = f"/portal/cases/{file_complaint(people, MONDAY, against='baiyu', phone='13900000009').number}/do/offer"
    assert "Recorded" in Browser(app).log_in("baiyu").submit(baiyu, remedy=REPLY.format("kettle")).words


def test_a_template_is_put_in_filled_and_questioned_as_it_stands(people: World, app: Flask) -> None:
    decline = address(people, "13900000001", "decline")
    boss, ann = Browser(app).log_in("boss"), Browser(app).log_in("ann")
    text = "Regarding {product} in {number}: our workshop found no fault of ours, for the seal had been opened."
    assert "The template is kept" in boss.submit("/portal/templates", name="No fault", text=text).words
    assert "Name of the template: must be given" in boss.submit("/portal/templates", name="", text=text).words
    assert ann.send("/portal/templates", ann.get("/portal").hidden() | {"name": "x", "text": "y"}).status == 403
    page = ann.get(decline)
    choice = page.text.split('<option value="')[1].split('"')[0]
    filled = ann.send(decline, page.hidden() | {"reason": "Dear customer,", "then": "insert", "template": choice})
    assert "Dear customer,\nRegarding kettle in C26-" in filled.text
    reply = filled.text.split("Dear customer,\n")[1].split("</textarea>")[0]
    asked = ann.send(decline, filled.hidden() | {"reason": reply})
    assert asked.status == 422
    assert "No fault" in asked.words
    assert "No fault" not in Browser(app).log_in("baiyu").get("/portal/templates").words
    boss.send(f"/portal/templates/{choice}", boss.get("/portal/templates").hidden())
    assert "No templates yet" in ann.get("/portal/templates").words


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Its text: is longer than 2000 characters"), ("zh", "超过 2000 个字符")]
)
def test_a_template_that_is_too_long_stays_in_the_form(people: World, app: Flask, language: str, said: str) -> None:
    boss = Browser(app, language).log_in("boss")
    assert 'maxlength="2000"' in boss.get("/portal/templates").text
    refused = boss.submit("/portal/templates", name="Long & wide", text="a" * 2001)
    assert refused.status == 422
    assert said in refused.words
    assert '<a href="#text">' in refused.text
    assert "a" * 2001 + "</textarea>" in refused.text
    assert 'value="Long &amp; wide"' in refused.text
    assert count(ReplyTemplate) == 0
    lines = "\r\n".join(["a" * 99] * 20)  # a line end is one character, as the browser counts
    assert boss.submit("/portal/templates", name="Long", text=lines).status == 200
    assert count(ReplyTemplate) == 1


def test_what_is_noted_of_a_questioned_reply_stands_with_the_sending_or_not_at_all(people: World, app: Flask) -> None:
    first, second = (address(people, f"1390000000{n}") for n in range(2))
    ann = Browser(app).log_in("ann")
    ann.submit(first, remedy=REPLY.format("kettle"), amount="129")
    form = ann.get(second).hidden() | {"remedy": REPLY.format("kettle"), "anyway": "yes"}
    wrong = ann.send(second, form | {"perform_by": "2020-01-01"})
    assert wrong.status == 422  # a day that is over: nothing is sent
    stale = ann.send(second, form | {"version": "999", "form_key": "another"})
    assert stale.status == 409
    assert count(AlikeReply) == 0
    for _click in range(2):
        ann.send(second, form)
    assert count(AlikeReply) == 1


def test_what_was_sent_is_no_draft_any_more(people: World, app: Flask) -> None:
    offer = address(people, "13900000001")
    ann = Browser(app).log_in("ann")
    form = ann.get(offer).hidden() | {"remedy": "A whole reply"}
    ann.send(offer, form)
    late = ann.send(offer.replace("/do/", "/draft/"), form)  # on its way when the form was sent
    assert late.status == 200
    assert count(ActionDraft) == 0
