"""Lost links are sent again, and links in other hands are made anew: by the consumer, and by the desk unseen."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.delivery import outbox
from complaints.models import LinkToken, Notice
from complaints.registry import links
from tests.people import World
from tests.web.browser import Browser
from tests.web.conftest import STORY


def letters() -> Sequence[Notice]:
    """The letters that bring links."""
    with db.reading() as session:
        return session.scalars(select(Notice).where(Notice.letter == "lost_link").order_by(Notice.id)).all()


def in_force() -> int:
    with db.reading() as session:
        return len(session.scalars(select(LinkToken).where(LinkToken.revoked_at.is_(None))).all())


def token_of(case: str) -> str:
    return case.removeprefix("/c/")


def test_the_way_there(consumer: Browser, case: str) -> None:
    assert "/lost" in consumer.get("/").links()
    lost = consumer.get("/c/" + "x" * 43)
    assert lost.status == 404
    assert "/lost" in lost.links()
    assert "Lost your private link?" in lost.words
    assert "/lost" not in consumer.get("/nowhere").links()


def test_the_answer_is_the_same_whether_or_not_there_is_a_case(consumer: Browser, case: str) -> None:
    known = consumer.submit("/lost", email="mei@example.org")
    unknown = consumer.submit("/lost", email="stranger@example.net")
    assert known.status == unknown.status == 200
    assert known.text == unknown.text
    assert "on its way" in known.words
    assert len(letters()) == 2
    assert "mei@example.org" not in known.text
    outbox.deliver_due(now=clock.now)
    assert [(each.status, each.address) for each in letters()] == [("sent", "mei@example.org"), ("void", None)]


def test_in_chinese(browser: Callable[..., Browser], world: World) -> None:
    page = browser("zh").submit("/lost", email="mei@example.org")
    assert "邮件已在途中" in page.words


def test_what_is_no_address_is_said_and_nothing_is_planted(consumer: Browser, world: World) -> None:
    for typed in ("", "mei", "mei@example.org, gao@example.org", "a\x00@example.org", "x" * 300 + "@example.org"):
        page = consumer.submit("/lost", email=typed)
        assert page.status == 422, typed
        assert '<a href="#email">' in page.text
    assert consumer.send("/lost", {"email": "mei@example.org"}).status == 400  # no key of the session
    assert letters() == []


def test_asking_has_a_limit(consumer: Browser, world: World) -> None:
    form = consumer.get("/lost").hidden()
    answers = [consumer.send("/lost", form | {"email": f"a{n}@example.org"}).status for n in range(60)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert {consumer.get("/lost").status for _ in range(3)} == {200}


def test_a_new_link_replaces_the_old_ones(consumer: Browser, case: str) -> None:
    page = consumer.send(f"{case}/link", consumer.get(case).hidden())
    assert page.status == 200
    assert page.path.startswith("/c/")
    assert page.path != case
    assert "This is your new private link" in page.words
    assert consumer.get(case).status == 404
    assert consumer.get(f"{case}/receipt").status == 404
    assert in_force() == 1
    [letter] = letters()
    outbox.deliver_due(now=clock.now)
    assert [(each.status, each.address) for each in letters()] == [("sent", "mei@example.org")]
    assert letter.complaint_id is not None


def test_it_takes_a_form_of_this_session(consumer: Browser, case: str) -> None:
    assert consumer.get(f"{case}/link").status == 405
    assert consumer.send(f"{case}/link", {}).status == 400
    assert consumer.get(case).status == 200
    assert consumer.send("/c/wrong/link", consumer.get(case).hidden()).status == 404
    assert letters() == []


def test_a_double_click_leads_to_the_same_new_link(consumer: Browser, case: str) -> None:
    form = consumer.get(case).hidden()
    first, second = (consumer.send(f"{case}/link", form) for _ in range(2))
    assert first.path == second.path != case
    assert second.status == 200
    assert len(letters()) == 1


def test_an_old_link_never_leads_to_a_new_one(consumer: Browser, case: str) -> None:
    """Somebody who holds the old link, and has used it once, gets nothing by sending again."""
    form = consumer.get(case).hidden()
    first = consumer.send(f"{case}/link", form)
    assert consumer.send(f"{case}/link", form | {"form_key": "another"}).status == 404
    assert consumer.send(f"{case}/link", {**form, "form_key": ""}).status == 404
    newest = consumer.send(f"{first.path}/link", consumer.get(first.path).hidden())
    assert newest.status == 200
    assert consumer.send(f"{case}/link", form).status == 404
    assert in_force() == 1


def test_the_desk_sends_a_new_link_and_does_not_see_it(
    desk: Browser, consumer: Browser, case: str, number: str
) -> None:
    address = f"/desk/cases/{number}"
    page = desk.send(f"{address}/link", desk.get(address).hidden())
    assert page.path == address
    assert "on its way to the consumer by mail" in page.words
    assert "/c/" not in page.text
    assert consumer.get(case).status == 404
    outbox.deliver_due(now=clock.now)
    assert [(each.status, each.address) for each in letters()] == [("sent", "mei@example.org")]
    with db.reading() as session:
        new = links.current(session, letters()[0].complaint_id or 0)
    assert consumer.get(f"/c/{new}").status == 200


def test_without_an_address_the_desk_changes_nothing(desk: Browser, consumer: Browser) -> None:
    case = consumer.submit("/file/all", **STORY | {"email": "", "narrative": "No mail."}).path.removesuffix("/receipt")
    words = consumer.get(case).words
    address = f"/desk/cases/{words[words.index('C26-') :][:13]}"
    page = desk.send(f"{address}/link", desk.get(address).hidden())
    assert "gave no mail address" in page.words
    assert consumer.get(case).status == 200
    assert letters() == []
    renewed = consumer.send(f"{case}/link", consumer.get(case).hidden())  # the consumer needs no mail
    assert renewed.status == 200
    assert consumer.get(case).status == 404
    assert letters() == []


def test_others_make_no_links(app: Flask, agent: Browser, consumer: Browser, case: str, number: str) -> None:
    mediator = Browser(app).log_in("medi")
    form = mediator.get(f"/desk/cases/{number}")
    assert "Make a new private link" not in form.words
    assert mediator.send(f"/desk/cases/{number}/link", form.hidden()).status == 403
    shown = agent.get(f"/portal/cases/{number}")
    assert "Make a new private link" not in shown.words
    assert agent.send(f"/desk/cases/{number}/link", shown.hidden()).status == 403
    assert agent.send(f"/portal/cases/{number}/link", shown.hidden()).status == 404
    assert consumer.get(case).status == 200


def test_a_demo_shows_these_letters(demo: World, consumer: Browser, case: str) -> None:
    consumer.submit("/lost", email="mei@example.org")
    consumer.submit("/lost", email="stranger@example.net")
    page = consumer.send(f"{case}/link", consumer.get(case).hidden())
    assert page.status == 200
    assert set(consumer.crawl("/demo/outbox?planned=yes").values()) == {200}
    assert "The private links of your complaints" in consumer.get("/demo/outbox?planned=yes").words + str(
        [consumer.get(each).words for each in consumer.get("/demo/outbox?planned=yes").links() if "outbox/" in each]
    )


def test_two_clicks_at_once_lead_to_the_same_new_link(app: Flask, consumer: Browser, case: str) -> None:
    """The second waits for the first; neither ends at a link that opens nothing."""
    form = consumer.get(case).hidden()
    together, ends = threading.Barrier(2), []

    def click() -> None:
        same = Browser(app)
        same.client._cookies = dict(consumer.client._cookies or {})  # the same window: its session and its form
        together.wait()
        page = same.send(f"{case}/link", form)
        ends.append(page.path if page.status == 200 else str(page.status))

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(set(ends)) == 1
    assert ends[0].startswith("/c/")
    assert in_force() == 1
