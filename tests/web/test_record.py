"""The record's pages: public, in the portal, at the desk; an objection from one to the other."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from complaints import db
from complaints.insight import record, record_editions, record_lists
from complaints.models import Account, Complaint, Objection, RecordMonth
from complaints.registry import merging
from tests import months
from tests.insight.test_record import AUGUST, settled, withdrawn
from tests.people import World, moment
from tests.web.browser import Browser

PUBLISHED = moment("2026-08-18 08:00")


@pytest.fixture
def taken(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A month of Hongyun was taken; the clock stands in the time to object."""
    for _ in range(6):
        settled(world)
    for _ in range(5):
        withdrawn(world)
    months.work(AUGUST)
    monkeypatch.setattr("complaints.clock.wall", lambda: moment("2026-08-05"))
    return world


def test_nothing_is_public_before_publication(browser: Callable[..., Browser], taken: World) -> None:
    assert "Nothing was published yet" in browser().get("/record").words
    assert "Nothing was published about" in browser().get(f"/record/{taken.hongyun}").words
    assert browser().get("/record?month=2026-07").status == 404
    assert browser().get(f"/record/{taken.hongyun}?month=2026-07").status == 404
    assert browser().get("/record/999999").status == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_published_month_says_what_it_counts(browser: Callable[..., Browser], taken: World, language: str) -> None:
    months.work(PUBLISHED)
    public = browser(language)
    page = public.get("/record?list=others")
    assert "Hongyun Kettles" in page.words
    assert "Baiyu Tools" in page.words
    one = public.get(f"/record/{taken.hongyun}")
    assert one.status == 200
    for said in ("55%", "28%", "79%", "11"):
        assert said in one.words, said
    assert "<svg" in one.text
    assert public.get(f"/record/{taken.hongyun}?month=2026-07&edition=1").status == 200
    for bad in ("/record?list=x", "/record?page=0", "/record?month=x", f"/record/{taken.hongyun}?edition=9"):
        assert public.get(bad).status == 404


def test_a_merged_enterprise_keeps_its_line_and_leads_to_the_survivor(
    browser: Callable[..., Browser], taken: World
) -> None:
    months.work(PUBLISHED)
    with db.transaction() as session:
        merging.merge(session, taken.hongyun, taken.baiyu, None, PUBLISHED)
        assert record_lists.counts(session, "2026-07")["others"] == 2
    page = browser().get("/record?list=others&q=hongyun")
    assert "Hongyun Kettles" in page.words
    assert f'href="/record/{taken.hongyun}"' in page.text
    assert browser().get(f"/record/{taken.hongyun}?month=2026-07&edition=1").path == f"/record/{taken.baiyu}"


def test_an_old_month_is_found_by_its_name(
    browser: Callable[..., Browser], taken: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    months.work(PUBLISHED)
    for _ in range(2):
        with db.transaction() as session:
            record_editions.correct(session, taken.hongyun, "2026-07", "Counted again.", PUBLISHED)
    monkeypatch.setattr("web.record.LISTED", 1)
    for edition, corrected in ((1, True), (2, True), (3, False)):
        page = browser().get(f"/record/{taken.hongyun}?month=2026-07&edition={edition}")
        assert page.status == 200
        assert ("This edition was corrected later." in page.words) is corrected
    assert browser().get(f"/record/{taken.hongyun}?month=2026-07&edition=4").status == 404


def test_a_name_is_looked_for_as_it_is_written(browser: Callable[..., Browser], taken: World) -> None:
    months.work(PUBLISHED)
    assert "Hongyun" in browser().get("/record?list=others&q=hongyun").words
    assert "Hongyun Kettles" not in browser().get("/record?list=others&q=%25x").words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_open_draft_may_be_objected_to(browser: Callable[..., Browser], taken: World, language: str) -> None:
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    agent = browser(language).log_in("hongyun")
    assert 'id="month"' not in agent.get("/portal/record").text
    with db.transaction() as session:
        session.execute(update(RecordMonth).values(object_until=moment("2026-09-10")))
    months.work(moment("2026-09-01 08:00"))
    page = agent.get("/portal/record?behind=settled&month=2026-07#behind")
    for said in ("Draft: July 2026", "Draft: August 2026") if language == "en" else ("2026年7月", "2026年8月"):
        assert said in page.words
    done = agent.submit("/portal/record", figure="kinds", reason="C26 was not ours.", month="2026-07")
    assert done.path.startswith("/portal/objections/")
    with db.reading() as session:
        assert session.scalars(select(Objection.month)).all() == ["2026-07"]


def test_an_objection_is_made_in_the_portal_and_decided_at_the_desk(
    browser: Callable[..., Browser], taken: World
) -> None:
    agent, desk = browser().log_in("hongyun"), browser().log_in("desk")
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    page = agent.get("/portal/record")
    assert "Draft: July 2026" in page.words
    wrong = agent.submit("/portal/record", figure="kinds", reason=" ")
    assert wrong.status == 422
    assert 'href="#reason"' in wrong.text
    form = agent.get("/portal/record").hidden() | {"figure": "kinds", "reason": "C26 was not ours."}
    first, second = agent.send("/portal/record", form), agent.send("/portal/record", form)
    assert first.path == second.path
    assert first.path.startswith("/portal/objections/")
    objection = first.path.rpartition("/")[2]
    assert "C26 was not ours." in first.words
    assert browser().log_in("baiyu").get(first.path).status in (403, 404)
    assert "Hongyun Kettles" in desk.get("/desk/record").words
    refused = desk.submit(f"/desk/objections/{objection}", then="uphold", reason="Yes.", excluded="C26-NONE-NONE")
    assert refused.status == 422
    assert 'href="#excluded"' in refused.text
    done = desk.submit(f"/desk/objections/{objection}", then="uphold", reason="Counted twice.", excluded="")
    assert done.status == 200, done.words
    with db.reading() as session:
        assert session.get_one(Objection, int(objection)).state == "upheld"
    assert agent.get("/desk/record").status == 403


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_supervisor_corrects_a_published_line_after_having_seen_what_would_change(
    browser: Callable[..., Browser], taken: World, language: str
) -> None:
    months.work(PUBLISHED)
    with db.reading() as session:
        number = session.scalars(select(Complaint.number).where(Complaint.outcome == "withdrawn")).first() or ""
    desk = browser(language).log_in("desk")
    one = f"/desk/record/2026-07/{taken.hongyun}"
    assert one in desk.get("/desk/record?month=2026-07&q=hongyun").links()
    for field, typed in (("reason", {}), ("excluded", {"reason": "Twice.", "excluded": "C26-NONE-NONE"}),
                         ("excluded", {"reason": "Twice."})):  # fmt: skip
        refused = desk.submit(one, then="look", **typed)
        assert refused.status == 422
        assert f'href="#{field}"' in refused.text
    given = {"reason": "Filed twice.", "excluded": number}
    looked = desk.submit(one, then="look", **given)
    for said in ("11", "10", "60%", "Filed twice.", number):
        assert said in looked.words, said
    with db.reading() as session:
        assert len(record.history(session, taken.hongyun)) == 1  # looking changes nothing
    form = looked.hidden() | {"then": "correct"}
    stale = desk.send(one, form | {"edition": "7", "form_key": "another"})
    assert ("meanwhile" if language == "en" else "已被更正") in stale.words
    done = desk.send(one, form)
    assert done.path == f"/record/{taken.hongyun}"
    assert "Filed twice." in done.words
    assert desk.send(one, form).path == done.path  # sent twice, done once
    with db.reading() as session:
        assert [each.edition for each in record.history(session, taken.hongyun)] == [2, 1]
    public = browser(language).get("/open-data")
    assert "Filed twice." in public.words
    assert "Hongyun Kettles" in public.words
    assert browser(language).log_in("hongyun").get(one).status == 403
    assert desk.get(f"/desk/record/2026-06/{taken.hongyun}").status == 404
