"""A complaint in steps, without scripts: nothing typed is lost, what is wrong is named, and it is filed once."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db, jobs
from complaints.config import settings
from complaints.models import Complaint, Draft, DraftFile, Evidence, Notice, PrivateItem, PublishedNarrative
from complaints.registry import drafts, uploads
from tests.people import World
from tests.web.attaching import evidence, triggers
from tests.web.browser import Browser, Page
from tests.web.conftest import STORY
from tests.web.samples import BAD, JPEG, PDF

PAGES = {
    "purchase": {"product": "kettle", "kind": "appliance"},
    "bought": {"bought_on": "2026-07-01", "how": "shop"},
    "amount": {"amount": "129"},
    "happened": {"trouble": "broken", "narrative": STORY["narrative"]},
    "request": {"request": STORY["request"]},
    "person": {name: STORY[name] for name in ("name", "phone", "email", "address")},
    "consents": {"consumer_consents": "yes", "share_consent": "yes"},
}


def fill(person: Browser, world: World) -> Page:
    """Every page but the last, one after the other."""
    person.submit("/file/enterprise", enterprise="hong", enterprise_id=world.hongyun)
    for name, typed in PAGES.items():
        page = person.submit(f"/file/{name}", **typed)
        assert page.status == 200, page.words
    return page


def stored() -> list[Draft]:
    with db.reading() as session:
        return list(session.scalars(select(Draft)))


def test_from_the_first_question_to_the_receipt(world: World, consumer: Browser) -> None:
    assert "One question a page" in consumer.get("/file").words
    review = fill(consumer, world)
    assert review.path == "/file/review"
    assert "Hongyun Kettles" in review.words
    assert "¥129.00" in review.words
    assert not re.search(r"\d{4}-\d{2}-\d{2}", review.words)
    receipt = consumer.submit("/file/review")
    assert receipt.path.endswith("/receipt"), receipt.words
    with db.reading() as session:
        case = session.scalars(select(Complaint)).one()
    assert (case.enterprise_id, case.state, case.category) == (world.hongyun, "with_enterprise", "家用电器")
    assert consumer.get("/file/review").path == "/file"  # the draft is gone from this browser
    assert [draft.answers for draft in stored()] == [{}]
    jobs.tick()
    assert stored() == []


def test_no_page_asks_more_than_its_question(world: World, consumer: Browser) -> None:
    """What the law does not need is not asked: a batch number is folded away, the story is asked about afterwards."""
    fill(consumer, world)
    boxes = {name: re.findall(r'<label class="name"|<fieldset', consumer.get(f"/file/{name}").text) for name in PAGES}
    assert {name: len(found) for name, found in boxes.items() if name not in ("person", "consents")} == {
        "purchase": 3, "bought": 2, "amount": 1, "happened": 2, "request": 3,
    }  # fmt: skip
    purchase = consumer.get("/file/purchase").text
    folded = r'<details class="counts"><summary>[^<]*</summary>\s*<div class="box">\s*<label class="name" for="batch">'
    assert re.search(folded, purchase)
    assert "publish_story" not in consumer.get("/file/consents").text
    receipt = consumer.submit("/file/review")
    assert receipt.path.replace("/receipt", "/story") in receipt.links()


@pytest.mark.parametrize("chosen", [True, False])
def test_a_draft_from_before_keeps_what_it_answered(world: World, consumer: Browser, *, chosen: bool) -> None:
    """Its page "purchase" asked for everything at once, its consents for the story, too."""
    consumer.submit("/file/enterprise", enterprise="hong", enterprise_id=world.hongyun)
    old = {"product": "kettle", "batch": "B1", "kind": "appliance", "how": "shop", "bought_on": "2026-07-01"}
    consumer.submit("/file/purchase", **old, amount="129")
    for name in ("happened", "request", "person"):
        consumer.submit(f"/file/{name}", **PAGES[name])
    choice = {"publish_story": "yes"} if chosen else {}
    review = consumer.submit("/file/consents", **PAGES["consents"], **choice)
    assert review.path == "/file/review"
    assert ("Yes · What happened may be published" in review.words) is chosen
    assert "¥129.00" in review.words
    assert "B1" in review.words
    assert ("publish_story" in consumer.get("/file/consents").text) is chosen
    receipt = consumer.submit("/file/review")
    with db.reading() as session:
        waits = session.scalars(select(PublishedNarrative)).all()
    assert [(each.published, each.looked_at) for each in waits] == ([(False, None)] if chosen else [])
    story = consumer.get(receipt.path.replace("/receipt", "/story"))
    assert ("Take my consent back" in story.words) is chosen


def test_wrong_input_is_named_where_it_was_typed(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    page = consumer.submit("/file/person", **PAGES["person"] | {"phone": "12", "name": ""})
    assert page.status == 422
    assert '<a href="#phone">' in page.text
    assert "Your true name: must be given" in page.words
    assert 'value="12"' in consumer.get("/file/person").text  # kept as it was typed
    review = consumer.get("/file/review")
    assert "/file/person?then=review" in review.text
    assert "Telephone number: is not a telephone number" in review.words
    refused = consumer.submit("/file/review")
    assert refused.status == 422
    assert triggers() == []
    again = consumer.get("/file/person?then=review")
    assert consumer.send("/file/person", again.hidden() | PAGES["person"] | {"go": "next"}).path == "/file/review"
    assert consumer.submit("/file/review").path.endswith("/receipt")


def test_back_keeps_what_was_typed_right_or_wrong(world: World, consumer: Browser) -> None:
    consumer.submit("/file/bought", how="shop")
    page = consumer.submit("/file/amount", amount="a lot", go="back")
    assert page.path == "/file/bought"
    assert 'value="shop" checked' in page.text
    assert 'value="a lot"' in consumer.get("/file/amount").text
    kept = consumer.submit("/file/happened", narrative="half a sent", go="keep")
    assert kept.status == 204
    assert "half a sent" in consumer.get("/file/happened").text


def test_a_double_click_files_once(world: World, consumer: Browser) -> None:
    form = fill(consumer, world).hidden()
    first = consumer.send("/file/review", form)
    assert consumer.send("/file/review", form).path == first.path
    assert triggers() == ["file"]
    other = Browser(consumer.client.application)
    assert other.submit("/login").status == 401
    token = other.get("/file/all").hidden()["csrf_token"]
    stranger = other.send("/file/review", {"csrf_token": token, "filing_key": "guessed"})
    assert stranger.path == "/file"


def test_a_draft_is_found_by_its_link_and_by_nobody_else(
    world: World, consumer: Browser, browser: Callable[..., Browser]
) -> None:
    fill(consumer, world)
    link = next(each for each in consumer.get("/file/later").links() if "/resume/" in each)
    phone = browser()
    assert phone.get("/file/review").path == "/file"
    asked = phone.get(link)
    assert STORY["name"] not in asked.text  # only a question
    assert phone.get("/file/review").path == "/file"  # to look changes nothing
    assert phone.submit(link).path == "/file/review"
    assert STORY["name"] in phone.get("/file/review").text
    assert phone.submit("/file/review").path.endswith("/receipt")
    assert browser().get(link).status == 404  # filed: the link opens nothing
    assert browser().get("/file/resume/made-up").status == 404


def test_files_of_a_draft_go_to_the_case(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    for content, name in ((JPEG, "kettle.jpg"), (JPEG, "again.jpg"), (PDF, "bill.pdf")):
        page = consumer.submit("/file/evidence", file=(BytesIO(content), name))
        assert page.status == 200, page.words
    assert page.words.count("Take away") == 2  # the same content once
    bad = consumer.submit("/file/evidence", file=(BytesIO(BAD["gif"]), "x.gif"))
    assert bad.status == 422
    assert "is not of a kind that we take" in bad.words
    receipt = consumer.submit("/file/review")
    assert receipt.path.endswith("/receipt")
    assert [(row.name, row.role) for row in evidence()] == [("kettle.jpg", "consumer"), ("bill.pdf", "consumer")]
    jobs.tick()
    assert not any((settings().data_dir / "drafts").rglob("*"))
    with db.reading() as session:
        assert session.scalars(select(DraftFile)).all() == []
        assert len(session.scalars(select(Evidence)).all()) == 2


def test_the_script_is_told_how_large_a_file_may_be(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    page = consumer.get("/file/evidence").text
    assert f'data-most="{uploads.MOST_BYTES}"' in page
    assert f'data-large="A file may have at most {uploads.MOST_MEGABYTES} MB."' in page
    assert f'data-most-video="{200 * uploads.MEGABYTE}"' in page
    assert 'data-large-video="A video may have at most 200 MB."' in page
    assert "say.mostVideo" in consumer.get("/static/resend.js").text


def test_several_files_in_one_form_are_kept_all_or_none(
    world: World, consumer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_FILES", 3)
    three = [(BytesIO(JPEG + bytes([n])), f"{n}.jpg") for n in range(3)]
    assert consumer.submit("/file/evidence", file=three).words.count("Take away") == 3
    refused = consumer.submit("/file/evidence", file=(BytesIO(PDF), "bill.pdf"))
    assert refused.status == 422
    assert "are more than 3" in refused.words  # a draft has no sides and is no case
    other = Browser(consumer.client.application)
    four = [(BytesIO(JPEG + bytes([n])), f"{n}.jpg") for n in range(4)]
    page = other.submit("/file/evidence", file=four)
    assert page.status == 422, page.words
    kept = [path for path in (settings().data_dir / "drafts").rglob("*") if path.is_file()]
    assert len(kept) == 3  # of what was refused nothing lies there


def test_files_of_a_filing_are_told_in_its_own_letter(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    consumer.submit("/file/evidence", file=[(BytesIO(JPEG), "kettle.jpg"), (BytesIO(PDF), "bill.pdf")])
    consumer.submit("/file/review")
    assert triggers() == ["file", "evidence", "evidence"]
    with db.reading() as session:
        told = list(session.execute(select(Notice.recipient, Notice.step).where(Notice.at_once)))
    assert sorted(step for _, step in told) == ["news_1", "opening_1"]


def test_the_receipt_says_what_comes_and_can_be_saved(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    receipt = consumer.submit("/file/review")
    assert "Waiting for the enterprise's answer · the enterprise Monday 20 July 2026, until 24:00" in receipt.words
    assert "Sunday 20 September 2026" in receipt.words
    assert "Why this date" in receipt.words
    assert "A mail with it is on its way" in receipt.words
    assert 'src="data:image/svg+xml' in receipt.text
    saved = consumer.get(receipt.path + ".pdf").answer
    assert saved.data.startswith(b"%PDF-")
    assert saved.headers["Cache-Control"] == "no-store"
    assert "attachment" in saved.headers["Content-Disposition"]
    case = receipt.path.removesuffix("/receipt")
    consumer.submit(f"{case}/do/withdraw", reason="Enough.")
    assert "The case is closed." in consumer.get(receipt.path).words
    assert consumer.get("/c/made-up/receipt.pdf").status == 404


def test_without_a_mail_address_the_receipt_says_that_the_link_is_the_only_way(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    consumer.submit("/file/person", **PAGES["person"] | {"email": ""})
    assert "this link cannot be sent to you again" in consumer.submit("/file/review").words


def test_a_file_is_taken_away_again(world: World, consumer: Browser) -> None:
    consumer.submit("/file/evidence", file=(BytesIO(JPEG), "kettle.jpg"))
    with db.reading() as session:
        row = session.scalars(select(DraftFile)).one()
    page = consumer.submit("/file/evidence", remove=row.id)
    assert "No files yet" in page.words
    assert not [path for path in (settings().data_dir / "drafts").rglob("*") if path.is_file()]


def test_drafts_left_lying_are_erased(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    consumer.submit("/file/evidence", file=(BytesIO(JPEG), "kettle.jpg"))
    with db.transaction() as session:
        drafts.forget(session, clock.now() + drafts.KEPT_FOR - timedelta(hours=1))
    assert len(stored()) == 1
    with db.transaction() as session:
        drafts.forget(session, clock.now() + drafts.KEPT_FOR)
    assert stored() == []
    assert not any((settings().data_dir / "drafts").rglob("*"))


def test_a_draft_is_deleted_when_asked(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    form = consumer.get("/file").hidden()
    assert "deleted" in consumer.send("/file/forget", form).words
    assert stored() == []


def test_personal_data_are_in_no_other_table(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    with db.reading() as session:
        assert session.scalars(select(PrivateItem)).all() == []


def test_the_enterprise_is_found_as_one_types(world: World, consumer: Browser) -> None:
    piece = consumer.get("/file/enterprises?enterprise=hongy")
    assert "Hongyun Kettles" in piece.text
    assert "<html" not in piece.text
    searched = consumer.submit("/file/enterprise", enterprise="kettles", go="search")
    assert f'name="enterprise_id" value="{world.hongyun}"' in searched.text
    assert "Nothing found for “zzz”" in consumer.submit("/file/enterprise", enterprise="zzz", go="search").words
    wrong = consumer.get("/file/enterprises?enterprise=91310115MA1K3WXY19").text
    assert "check digit is wrong" in wrong or "91310115MA1K3WXY19" in wrong


def test_a_name_by_hand_drops_the_one_that_was_tapped(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    consumer.submit("/file/enterprise", enterprise="Corner shop of Mr Li")
    consumer.submit("/file/review")
    with db.reading() as session:
        case = session.scalars(select(Complaint)).one()
    assert (case.enterprise_id, case.enterprise_given) == (None, "Corner shop of Mr Li")


def test_what_a_page_keeps_by_itself_drops_no_enterprise_that_was_tapped(world: World, consumer: Browser) -> None:
    """On a slow line the letters typed before arrive after the tap."""
    consumer.submit("/file/enterprise", enterprise="hong", enterprise_id=world.hongyun)
    assert consumer.submit("/file/enterprise", enterprise="hong", go="keep").status == 204
    [draft] = stored()
    assert (draft.answers["enterprise"], draft.answers["enterprise_id"]) == ("Hongyun Kettles", str(world.hongyun))


def test_a_mistyped_credit_code_is_no_name(world: World, consumer: Browser) -> None:
    page = consumer.submit("/file/enterprise", enterprise="91350100M000100Y44")
    assert (page.status, 'href="#enterprise"' in page.text) == (422, True)
    assert "check digit" in page.words
    assert consumer.submit("/file/enterprise", enterprise="91350100M000100Y43").status == 200


def test_going_on_from_the_files_takes_the_chosen_one_along(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    assert consumer.submit("/file/evidence", go="next").path == "/file/person"
    on = consumer.submit("/file/evidence", go="next", then="review", file=(BytesIO(JPEG), "kettle.jpg"))
    assert on.path == "/file/review"
    assert "kettle.jpg" in on.words
    bad = consumer.submit("/file/evidence", go="next", file=(BytesIO(BAD["gif"]), "x.gif"))
    assert (bad.status, bad.path) == (422, "/file/evidence")


def test_going_on_later_keeps_what_stands_in_the_boxes(world: World, consumer: Browser) -> None:
    later = consumer.submit("/file/happened", narrative="It burst", go="later")
    assert later.path == "/file/later"
    assert "It burst" in consumer.get("/file/happened").text


def test_the_calculator_writes_what_is_asked_for(world: World, consumer: Browser) -> None:
    fill(consumer, world)
    page = consumer.get("/file/request")
    assert "Exchange under the three guarantees" in page.words
    assert "has not compared this with the published text" in page.words
    asked = consumer.submit("/file/request", request="", go="ask:guarantee_return")
    assert "I return the goods and ask for a full refund (¥129.00) under the three guarantees." in asked.text
    more = consumer.submit("/file/request", request="My own words", go="ask:guarantee_return")
    assert "My own words\nI return the goods" in more.text
    twice = consumer.submit("/file/request", request=stored()[0].answers["request"], go="ask:guarantee_return")
    assert twice.text.count("I return the goods and ask") == asked.text.count("I return the goods and ask")
    first = re.search(r'<button[^>]* form="answers"[^>]*>', more.text)
    assert first is not None
    assert 'value="next"' in first[0]  # what Enter presses
    same = consumer.submit("/file/request", request="My own words", go="ask:nonsense")
    assert "My own words" in same.text


def test_the_calculator_for_everybody(world: World, browser: Callable[..., Browser]) -> None:
    person = browser("zh")
    assert person.get("/remedies").status == 200
    found = person.get("/remedies?kind=clothing&how=online&trouble=unwanted&bought_on=2026-07-05&amount=80")
    assert "七日无理由退货" in found.words
    assert "¥80.00" in found.words
    wrong = person.get("/remedies?bought_on=soon&kind=moon")
    assert wrong.status == 422
    assert '<a href="#bought_on">' in wrong.text


def test_the_cookie_is_kept_from_scripts_and_other_pages(app: Flask, world: World) -> None:
    person = Browser(app)
    form = person.get("/file/enterprise").hidden()
    answer = person.client.post("/file/enterprise", data=form | {"enterprise": "Some shop"})
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("draft="))
    assert "HttpOnly" in cookie
    assert "Path=/file" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=1209600" in cookie
