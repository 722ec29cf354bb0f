"""Pledges on pages: an enterprise applies, the association reviews, everybody reads; who makes the campaign."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints import clock, db
from complaints.documents import certifying
from complaints.models import Account, Campaign, Enterprise, Pledge
from complaints.registry import campaigns, pledge_proofs, pledges, promises, signing
from complaints.registry.pledges import Wording
from tests import pledging
from tests.people import MONDAY, World, on
from tests.pledging import TEXTS, firm, supervisor
from tests.web.browser import Browser

TYPED: dict[str, Any] = {f"text_{kind}": text for kind, text in TEXTS.items()} | {
    "promise": list(TEXTS), "answer_days": "4", "mediation_consent": "yes",
}  # fmt: skip
PDF = b"%PDF-1.7\na test report"


@pytest.fixture
def campaign(world: World) -> int:
    """A campaign of 2026 that is open, and whose day of announcement is next week."""
    days = {
        "opens_on": "2026-06-01",
        "closes_on": "2026-07-10",
        "publish_on": "2026-07-13",
        "valid_until": "2027-03-14",
    }
    with db.transaction() as session:
        chosen = {name: on(day) for name, day in days.items()}
        return campaigns.make(session, 2026, chosen, promises.template(), None, MONDAY).id


@pytest.fixture
def hongyun(app: Flask, campaign: int) -> Browser:
    """Hongyun's manager, logged in; another enterprise has one, too."""
    with db.transaction() as session:
        lead = update(Account).where(Account.login.in_(("hongyun", "baiyu"))).values(roles=["enterprise", "manager"])
        session.execute(lead)
    return Browser(app).log_in("hongyun")


def applied(person: Browser, campaign: int) -> int:
    """A draft, begun on the list; its id."""
    page = person.submit("/portal/pledges", campaign=str(campaign))
    assert page.status == 200, page.words
    return int(page.path.rpartition("/")[2])


def the_pledge() -> Pledge:
    with db.reading() as session:
        return session.scalars(select(Pledge)).one()


def test_an_agent_reads_and_a_manager_acts(hongyun: Browser, campaign: int) -> None:
    pledge_id = applied(hongyun, campaign)
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise"]))
    page = hongyun.get(f"/portal/pledges/{pledge_id}")
    assert page.status == 200
    assert "managers act on this" in page.words
    assert "the enterprise · hongyun" in page.words
    assert "Submit for review" not in page.words
    assert hongyun.get("/portal/pledges").status == 200
    for address in ("/portal/pledges", f"/portal/pledges/{pledge_id}/do/withdraw"):
        assert hongyun.send(address, page.hidden() | {"campaign": str(campaign)}).status == 403, address
    assert the_pledge().state == "draft"


def test_from_the_first_word_to_the_public_page(
    app: Flask, world: World, campaign: int, hongyun: Browser, browser: Callable[..., Browser]
) -> None:
    pledge_id = applied(hongyun, campaign)
    own = f"/portal/pledges/{pledge_id}"
    page = hongyun.get(own)
    assert "being written" in page.words
    assert "Why this date" in page.words
    file = (BytesIO(PDF), "report.pdf")
    form = {name: value for name, value in page.hidden().items() if name != "form_key"}
    sent = hongyun.send(f"{own}/do/submit", form | TYPED | {"file": file})
    assert sent.status == 200, sent.words
    assert "under review" in sent.words
    desk = browser().log_in("desk")
    assert f"/desk/pledges/{pledge_id}" in desk.get("/desk/pledges").links()
    page = desk.get(f"/desk/pledges/{pledge_id}")
    assert "Our kettles meet GB 4706.1." in page.words
    [proof] = [each for each in page.links() if "/proof/" in each]
    assert "It is announced on Monday 13 July 2026." in page.words
    assert "Until Friday 10 July 2026 it may apply again." in page.words
    over = {"opens_on": on("2026-06-01"), "closes_on": on("2026-06-20"), "publish_on": on("2026-07-01")}
    with db.transaction() as session:
        kept = {name: getattr(session.get_one(Campaign, campaign), name) for name in over}
        session.execute(update(Campaign).values(over))
    late = desk.get(f"/desk/pledges/{pledge_id}").words  # no day that is past stands there as one to come
    assert "It is announced at once." in late
    assert "it cannot apply again" in late
    with db.transaction() as session:
        session.execute(update(Campaign).values(kept))
    answer = desk.get(proof).answer
    assert (answer.data, answer.headers["Content-Disposition"]) == (PDF, "attachment; filename=report.pdf")
    asked = desk.send(f"/desk/pledges/{pledge_id}/do/ask_back", decided(desk, pledge_id) | {"reason": "Which report?"})
    assert "asked back" in asked.words
    assert "Which report?" in hongyun.get(own).words
    again = {name: value for name, value in hongyun.get(own).hidden().items() if name != "form_key"}
    assert "under review" in hongyun.send(f"{own}/do/submit", again | TYPED).words
    assert (
        "approved, to be announced"
        in desk.send(f"/desk/pledges/{pledge_id}/do/approve", decided(desk, pledge_id)).words
    )
    assert browser().get(f"/pledges/{world.hongyun}").status == 404  # nothing before it is announced
    done = desk.send(f"/desk/pledges/{pledge_id}/do/publish", decided(desk, pledge_id))
    assert "315-2026-00001" in done.words
    anybody = browser()
    assert "Hongyun Kettles" in anybody.get("/pledges").words
    assert "No pledge fits this search." in anybody.get("/pledges?q=baiyu").words
    page = anybody.get(f"/pledges/{world.hongyun}")
    assert "in force" in page.words
    assert "not a certification" in page.words
    assert "4 working days, fewer than the usual 10" in page.words
    with db.reading() as session:
        assert session.get_one(Enterprise, world.hongyun).promised_answer_days == 4
        assert len(pledge_proofs.of(session, the_pledge())) == 1


def decided(desk: Browser, pledge_id: int) -> dict[str, str]:
    """What a decision's form holds."""
    hidden = desk.get(f"/desk/pledges/{pledge_id}").hidden()
    return {name: hidden[name] for name in ("csrf_token", "version")}


def test_what_is_wrong_is_named_by_its_box_and_nothing_typed_is_lost(hongyun: Browser, campaign: int) -> None:
    own = f"/portal/pledges/{applied(hongyun, campaign)}"
    typed = TYPED | {"promise": ["safety"], "mediation_consent": ""}
    answer = hongyun.send(f"{own}/do/submit", hongyun.get(own).hidden() | typed)
    assert answer.status == 422
    assert 'href="#text_warranty"' in answer.text
    assert TEXTS["warranty"] in answer.text
    missing = hongyun.send(f"{own}/do/submit", hongyun.get(own).hidden() | TYPED | {"mediation_consent": ""})
    assert 'href="#mediation_consent"' in missing.text
    assert "nothing to rely on" in missing.words
    bad = hongyun.send(f"{own}/do/submit", hongyun.get(own).hidden() | TYPED | {"file": (BytesIO(b"MZ\x00"), "a.exe")})
    assert (bad.status, 'href="#file"' in bad.text) == (422, True)
    days = hongyun.send(f"{own}/do/edit", hongyun.get(own).hidden() | TYPED | {"answer_days": "12"})
    assert (days.status, 'href="#answer_days"' in days.text) == (422, True)
    assert the_pledge().state == "draft"


def test_a_draft_is_kept_and_the_same_form_begins_one(hongyun: Browser, campaign: int) -> None:
    form = hongyun.get("/portal/pledges").hidden()
    for _ in range(2):
        page = hongyun.send("/portal/pledges", form | {"campaign": str(campaign)})
        assert page.status == 200
    pledge = the_pledge()
    own = f"/portal/pledges/{pledge.id}"
    kept = hongyun.send(f"{own}/do/edit", hongyun.get(own).hidden() | TYPED | {"mediation_consent": ""})
    assert (kept.status, TEXTS["safety"] in kept.text) == (200, True)
    assert hongyun.send("/portal/pledges", {**form, "form_key": "x", "campaign": str(campaign)}).status == 422
    stale = hongyun.send(f"{own}/do/edit", hongyun.get(own).hidden() | TYPED | {"version": "1"})
    assert (stale.status, "changed meanwhile" in stale.words) == (409, True)


def in_force(world: World, campaign: int) -> int:
    with db.transaction() as session:
        pledge = pledges.begin(session, world.hongyun, campaign, firm(world.hongyun), MONDAY)
        pledges.submit(session, pledge.id, Wording(TEXTS, None, True), [], firm(world.hongyun), MONDAY)
        pledges.approve(session, pledge.id, supervisor(world), MONDAY)
        pledges.publish(session, pledge.id, supervisor(world), MONDAY)
        return pledge.id


def test_a_change_a_suspension_a_withdrawal(
    world: World, campaign: int, hongyun: Browser, browser: Callable[..., Browser]
) -> None:
    pledge_id = in_force(world, campaign)
    own, desk = f"/portal/pledges/{pledge_id}", browser().log_in("desk")
    better = TYPED | {"text_warranty": "Three years.", "promise": list(TEXTS)}
    asked = hongyun.send(f"{own}/do/propose_change", hongyun.get(f"{own}/change").hidden() | better)
    assert "has not decided yet" in asked.words
    assert "Withdraw the change" in asked.words
    for shown in (asked.words, desk.get(f"/desk/pledges/{pledge_id}").words):
        assert "asked for, under review" in shown
        assert "If it is not decided by then, the supervisor is asked" in shown
    assert "10 working days left" in desk.get("/desk/pledges?show=changes").words
    form = hongyun.get(own).hidden()
    gone = hongyun.send(f"{own}/do/withdraw_change", form)
    assert (gone.status, "has not decided yet" in gone.words) == (200, False)
    assert "Nothing here" in desk.get("/desk/pledges?show=changes").words
    hongyun.send(f"{own}/do/propose_change", hongyun.get(f"{own}/change").hidden() | better)
    assert f"/desk/pledges/{pledge_id}" in desk.get("/desk/pledges?show=changes").links()
    assert "Three years." not in browser().get(f"/pledges/{world.hongyun}").words
    assert desk.send(f"/desk/pledges/{pledge_id}/do/accept_change", decided(desk, pledge_id)).status == 200
    assert "Three years." in browser().get(f"/pledges/{world.hongyun}").words
    asked = hongyun.send(f"{own}/do/propose_change", hongyun.get(f"{own}/change").hidden() | better)
    refused = desk.send(f"/desk/pledges/{pledge_id}/do/refuse_change", decided(desk, pledge_id))
    assert (refused.status, 'href="#reason"' in refused.text) == (422, True)
    for trigger in ("suspend", "strike_off", "restore"):
        by_hand = decided(desk, pledge_id) | {"reason": "I say so."}
        assert desk.send(f"/desk/pledges/{pledge_id}/do/{trigger}", by_hand).status == 404
    assert "by measures alone" in desk.get(f"/desk/pledges/{pledge_id}").words
    pledging.imposed(world, "suspension", clock.now(), "Three answers missed.")
    assert "suspended" in browser().get("/pledges").words
    assert "Three answers missed." in hongyun.get(own).words
    gone = hongyun.send(f"{own}/do/withdraw", hongyun.get(own).hidden() | {"reason": "We stop."})
    assert "This pledge has ended." in gone.words
    page = browser().get(f"/pledges/{world.hongyun}")
    assert "withdrawn by the enterprise" in page.words
    assert "No pledge of this enterprise is in force." in page.words


def test_others_find_nothing(world: World, campaign: int, hongyun: Browser, browser: Callable[..., Browser]) -> None:
    pledge_id = in_force(world, campaign)
    other = browser().log_in("baiyu")
    assert other.get(f"/portal/pledges/{pledge_id}").status == 404
    form = other.get("/portal/pledges").hidden()
    assert other.send(f"/portal/pledges/{pledge_id}/do/withdraw", form | {"version": "4"}).status == 404
    assert hongyun.get(f"/desk/pledges/{pledge_id}").status == 403
    assert browser().log_in("medi").get("/desk/pledges").status == 403
    assert browser().get("/portal/pledges").path == "/login"
    own = hongyun.get(f"/portal/pledges/{pledge_id}").hidden()
    assert hongyun.send(f"/portal/pledges/{pledge_id}/do/approve", own).status == 404
    assert browser().get("/portal/pledges/999").path == "/login"


@pytest.mark.parametrize("asked", ["2026-13-01", "x", "2030-01-01", "0001-01-01"])
def test_a_day_that_is_none_is_said(world: World, campaign: int, browser: Callable[..., Browser], asked: str) -> None:
    in_force(world, campaign)
    page = browser().get(f"/pledges/{world.hongyun}?on={asked}")
    assert (page.status, 'href="#on"' in page.text) == (422, True)
    before = browser().get(f"/pledges/{world.hongyun}?on=2026-07-05")
    assert "was in force on this day" in before.words
    assert browser().get("/pledges?year=1999").status == 200
    assert browser().get("/pledges?cursor=x").status == 400
    assert browser().get("/pledges/999999").status == 404


def test_the_administrator_makes_and_changes_a_campaign(app: Flask, world: World) -> None:
    root = Browser(app).log_in("root")
    made = root.submit("/admin/campaigns", year="2027")
    assert (made.status, "Campaign 2027" in made.words) == (200, True)
    assert root.submit("/admin/campaigns", year="2027").status == 422
    assert root.submit("/admin/campaigns", year="x").status == 422
    with db.reading() as session:
        found = session.scalars(select(Campaign)).one()
    address = f"/admin/campaigns/{found.id}"
    days = {name: getattr(found, name).isoformat() for name in campaigns.DAYS}
    words = {f"{each['kind']}_{tongue}": each[tongue] for each in promises.template() for tongue in ("zh", "en")}
    form = days | words | {"kinds": ["safety", "warranty"], "required": ["safety"]}
    assert root.submit(address, **form | {"closes_on": "2027-02-28"}).status == 200
    wrong = root.submit(address, **form | {"publish_on": "2026-01-01", "safety_en": ""})
    assert (wrong.status, 'href="#publish_on"' in wrong.text) == (422, True)
    empty = root.submit(address, **form | {"safety_en": ""})
    assert (empty.status, 'href="#safety_en"' in empty.text) == (422, True)
    with db.reading() as session:
        found = session.scalars(select(Campaign)).one()
    assert (found.closes_on, [each["kind"] for each in found.template]) == (on("2027-02-28"), ["safety", "warranty"])
    assert root.get("/admin/campaigns/999").status == 404
    assert "changed a campaign" in root.get("/admin/trail").words


def test_a_certificate_is_looked_up_taken_and_compared(
    world: World, campaign: int, hongyun: Browser, browser: Callable[..., Browser]
) -> None:
    pledge_id = in_force(world, campaign)
    assert "being written" in hongyun.get(f"/portal/pledges/{pledge_id}").words
    assert certifying.issue_due() == 2
    anybody = browser()
    chinese, english = (each for each in anybody.get(f"/pledges/{world.hongyun}").links() if "/certificates/" in each)
    page = anybody.get(english)
    assert "315-2026-00001" in page.words
    assert "valid" in page.words
    assert "not a certification" in page.words
    paper = anybody.get(f"{english}.pdf").answer
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert paper.headers["Content-Disposition"].endswith("315-2026-00001-1-en.pdf")
    [key] = [each for each in page.links() if "key.pem" in each]
    pem = anybody.get(key).answer.data
    assert signing.verified(paper.data, anybody.get(f"{english}.sig").answer.data.decode(), pem)
    form = page.hidden()
    same = anybody.send(english, form | {"file": (BytesIO(paper.data), "a.pdf")})
    assert "This copy is unaltered" in same.words
    other = anybody.send(english, form | {"file": (BytesIO(anybody.get(f"{chinese}.pdf").answer.data), "a.pdf")})
    assert "not the document that we issued" in other.words
    assert anybody.send(english, form).status == 422
    for wrong in ("/certificates/0000-0000-0000-0000-0000", "/certificates/x.pdf", "/certificates/key.pem?id=../x"):
        assert anybody.get(wrong).status == 404


@pytest.mark.parametrize("ending", ["pdf", "sig"])
def test_guesses_of_certificates_by_their_files_are_counted(browser: Callable[..., Browser], ending: str) -> None:
    anybody = browser()
    statuses = [anybody.get(f"/certificates/{n:020}.{ending}").status for n in range(21)]
    assert statuses == [404] * 20 + [429]
    assert anybody.get(f"/certificates/{0:020}").status == 429
