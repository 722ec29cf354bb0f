"""The administrator's pages: users, enterprises, merges, calendars, policies, health, and the trail of it all."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import calendars, clock, db
from complaints.delivery import outbox
from complaints.insight import kept
from complaints.models import Account, Complaint, Conflict, Enterprise, EnterpriseName, Objection, RecordMonth
from complaints.registry import campaigns, enterprises, firms, merging, promises
from complaints.workflow import sweeps
from tests import pledged
from tests.people import MONDAY, World, declare_conflict, everything, moment
from tests.playing import file_complaint
from tests.web.browser import Browser, Page

CODE = "91350100M000100Y43"  # the example of GB 32100


@pytest.fixture
def root(app: Flask) -> Browser:
    """The administrator."""
    return Browser(app).log_in("root")


def account(login: str) -> Account:
    with db.reading() as session:
        return session.scalars(select(Account).where(Account.login == login)).one()


def firm(enterprise_id: int) -> Enterprise | None:
    with db.reading() as session:
        return session.get(Enterprise, enterprise_id)


def post(browser: Browser, page: str, address: str, **typed: object) -> Page:
    """Post with the keys of a page's forms."""
    return browser.send(address, browser.get(page).hidden() | typed)


PLACES = ("", "/users", "/users/invite", "/enterprises", "/calendars", "/policies", "/trail")


@pytest.mark.parametrize("place", PLACES)
def test_every_page_is_for_administrators_alone(app: Flask, root: Browser, place: str) -> None:
    assert root.get(f"/admin{place}").status == 200
    assert Browser(app).log_in("desk").get(f"/admin{place}").status == 403


def test_an_account_is_closed_and_opened_again(root: Browser, app: Flask) -> None:
    page = f"/admin/users/{account('medi').id}"
    assert post(root, page, f"{page}/close").status == 200
    assert not account("medi").active
    assert "closed an account" in root.get("/admin/trail").words
    post(root, page, f"{page}/reopen")
    assert account("medi").active
    assert Browser(app).log_in("medi").get("/desk").status == 200


def test_the_last_administrator_stays(root: Browser) -> None:
    page = f"/admin/users/{account('root').id}"
    refused = post(root, page, f"{page}/close")
    assert refused.status == 422
    assert "last administrator stays" in refused.words
    assert post(root, page, f"{page}/roles", roles=["intake"]).status == 422
    assert account("root").active
    assert account("root").roles == ["administrator"]


def test_roles_are_changed_under_the_rules_of_accounts(root: Browser) -> None:
    page = f"/admin/users/{account('medi').id}"
    assert post(root, page, f"{page}/roles", roles=["mediator", "enterprise"]).status == 422
    assert post(root, page, f"{page}/roles", roles=[]).status == 422
    post(root, page, f"{page}/roles", roles=["mediator", "supervisor"])
    assert set(account("medi").roles) == {"mediator", "supervisor"}
    assert "changed roles" in root.get(page).words


def test_a_conflict_is_added_once_and_removed(root: Browser, world: World) -> None:
    page = f"/admin/users/{account('medi').id}"
    for _ in range(2):
        post(root, page, f"{page}/conflicts", enterprise="Hongyun Kettles")
    with db.reading() as session:
        found = session.scalars(select(Conflict)).all()
    assert [each.enterprise_id for each in found] == [world.hongyun]
    assert post(root, page, f"{page}/conflicts", enterprise="Nobody Knows").status == 422
    assert post(root, page, f"{page}/conflicts", number="C26-AAAA-0000").status == 422
    post(root, page, f"{page}/conflicts/{found[0].id}/drop")
    with db.reading() as session:
        assert session.scalars(select(Conflict)).all() == []


def test_somebody_is_invited_once(root: Browser) -> None:
    page = "/admin/users/invite"
    bad = post(root, page, page, email="nobody", roles=[])
    assert bad.status == 422
    assert "is not an e-mail address" in bad.words
    form = root.get(page).hidden() | {"email": "new@centre.example", "roles": ["mediator"], "locale": "zh"}
    for _ in range(2):
        assert "new@centre.example" in root.send(page, form).words
    assert root.get(page).words.count("new@centre.example") == 1
    assert "new@centre.example" not in root.get("/admin/trail").text


def test_users_are_found(root: Browser) -> None:
    assert "medi" in root.get("/admin/users?q=MEDI").words
    assert "Nobody is found" in root.get("/admin/users?q=xyzzy").words


def test_an_enterprise_is_entered_and_changed(root: Browser, world: World) -> None:
    page = post(root, "/admin/enterprises", "/admin/enterprises", name="Nordwind Stoves")
    address = page.path
    typed = {"name": "Nordwind Ovens", "credit_code": CODE, "locale": "en", "participant": "yes",
             "pledge_from": "2026-07-01", "pledge_until": "2027-06-30", "promised_answer_days": "4"}  # fmt: skip
    assert "Saved." in post(root, address, address, **typed).words
    found = firm(int(address.rpartition("/")[2]))
    assert found is not None
    assert (found.name, found.credit_code, found.promised_answer_days) == ("Nordwind Ovens", CODE, 4)
    assert found.pledge_until == moment("2027-07-01 00:00")
    with db.reading() as session:
        assert enterprises.find(session, "Nordwind Stoves") == enterprises.find(session, CODE)
    assert "changed an enterprise" in root.get(address).words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "must be given"),
        ({"name": "Baiyu Tools"}, "is taken"),
        ({"credit_code": "91350100M000100Y44"}, "check digit"),
        ({"email": "x"}, "is not an e-mail address"),
        ({"promised_answer_days": "0"}, "must be from 1-60"),
        ({"pledge_from": ""}, "must be given"),
        ({"pledge_until": "2020-01-01"}, "is before"),
    ],
)
def test_what_is_wrong_with_an_enterprise_is_named(
    root: Browser, world: World, typed: dict[str, str], said: str
) -> None:
    address = f"/admin/enterprises/{world.hongyun}"
    right = {"name": "Hongyun Kettles", "locale": "zh", "participant": "yes", "pledge_from": "2026-04-20"}
    page = post(root, address, address, **(right | typed))
    assert page.status == 422
    assert said in page.words
    assert "There is a problem" in page.words


def standing(enterprise_id: int) -> list[object]:
    found = firm(enterprise_id)
    return [getattr(found, name) for name in firms.STANDING]


def test_of_an_enterprise_with_pledges_the_form_changes_no_standing(root: Browser, world: World) -> None:
    pledged.in_force(world.hongyun)
    with db.transaction() as session:
        session.get_one(Enterprise, world.hongyun).pledge_until = moment("2026-07-06 10:00")  # as after a suspension
    before, address = standing(world.hongyun), f"/admin/enterprises/{world.hongyun}"
    page = root.get(address)
    assert not [name for name in firms.STANDING if f'name="{name}"' in page.text]
    assert "Its pledges say so" in page.words
    typed = {"name": "Hongyun Kettles", "locale": "en", "email": "hongyun@example.com", "phone": "02155556666"}
    assert "Saved." in post(root, address, address, **typed).words
    assert standing(world.hongyun) == before
    for more in ({"participant": "yes"}, {"pledge_until": "2027-03-14"}):
        refused = post(root, address, address, **typed, **more)
        assert refused.status == 422
        assert "what its pledges say is changed on their pages" in refused.words
    assert standing(world.hongyun) == before


def test_a_form_opened_before_a_change_writes_only_what_was_typed(root: Browser, world: World) -> None:
    address = f"/admin/enterprises/{world.hongyun}"
    form = root.get(address).hidden()
    shown = {name.removeprefix("shown_"): value for name, value in form.items()}
    with db.transaction() as session:
        found = session.get_one(Enterprise, world.hongyun)
        found.pledge_until, found.address = moment("2026-07-06 10:30"), "2 Canal Road"
    assert "Saved." in root.send(address, form | shown | {"phone": "02155556666"}).words
    after = firm(world.hongyun)
    assert after is not None
    assert (after.pledge_until, after.address) == (moment("2026-07-06 10:30"), "2 Canal Road")
    assert after.phone == "02155556666"


def test_a_form_that_comes_back_with_an_error_keeps_what_it_showed(root: Browser, world: World) -> None:
    address = f"/admin/enterprises/{world.hongyun}"
    form = root.get(address).hidden()
    with db.transaction() as session:
        session.get_one(Enterprise, world.hongyun).address = "2 Canal Road"
    page = root.send(address, form | {"name": ""})
    assert page.status == 422
    assert page.hidden()["shown_address"] == form["shown_address"] != "2 Canal Road"


def test_two_enterprises_are_merged_after_a_preview(root: Browser, world: World) -> None:
    case = file_complaint(world, against="outside")
    theirs = file_complaint(world, against="baiyu")
    declare_conflict(world.gao, world.outside)
    declare_conflict(world.gao, world.baiyu)
    pinned = case.case.participant
    address = f"/admin/enterprises/{world.outside}/merge/{world.baiyu}"
    with db.reading() as session:
        before = everything(session)
    preview = root.get(address)
    assert "Nothing has been changed yet" in preview.words
    assert "Conflicts of interest 1" in preview.words
    with db.reading() as session:
        assert everything(session) == before
    form = preview.hidden()
    done = [root.send(address, form) for _ in range(2)]
    assert [page.path for page in done] == [f"/admin/enterprises/{world.baiyu}"] * 2
    assert firm(world.outside) is None
    with db.reading() as session:
        left = {
            (table.name, column.name)
            for table, column in merging.references()
            if session.execute(select(table).where(column == world.outside)).first()
        }
        conflicts = session.scalars(select(Conflict.enterprise_id)).all()
        found = enterprises.find(session, "Outside Traders")
        kinds = dict(session.execute(select(EnterpriseName.name, EnterpriseName.kind)).all())
        owners = session.scalars(select(Complaint.enterprise_id).where(Complaint.id.in_((case.id, theirs.id)))).all()
    assert left == set()
    assert list(conflicts) == [world.baiyu]
    assert found is not None
    assert found.id == world.baiyu
    assert kinds["Outside Traders"] == "former"
    assert list(owners) == [world.baiyu] * 2
    assert case.case.participant == pinned
    assert case.first_break() is None
    assert root.get(f"/admin/enterprises/{world.outside}").path == f"/admin/enterprises/{world.baiyu}"
    assert "merged an enterprise" in root.get("/admin/trail").words
    agent = account("outside")
    assert agent.enterprise_id == world.baiyu


def test_a_merge_that_an_objection_holds_up_names_it_and_leads_there(root: Browser, world: World) -> None:
    with db.transaction() as session:
        month = RecordMonth(month="2026-05", taken_at=MONDAY, object_until=MONDAY, explanation={}, overall={})
        session.add(month)
        session.flush()
        session.add(Objection(month="2026-05", figure="ended", enterprise_id=world.baiyu, made_at=MONDAY,
                              state="held_back", since=MONDAY, deadline={}, counters={}, policy="-"))  # fmt: skip
    page = root.get(f"/admin/enterprises/{world.outside}/merge/{world.baiyu}")
    assert (page.status, "/desk/objections/1" in page.links()) == (422, True)
    assert "objection 1 to the record is undecided, late or not: a supervisor decides it first" in page.words


def test_an_enterprise_is_not_merged_with_itself(root: Browser, world: World) -> None:
    page = root.get(f"/admin/enterprises/{world.baiyu}/merge/{world.baiyu}")
    assert page.status == 422
    assert "The enterprise that stays: is the same enterprise" in page.words
    assert root.get(f"/admin/enterprises/{world.baiyu}/merge?q=Hongyun").status == 200


def calendar(*rows: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO("\n".join(["day,kind,name", *rows]).encode()), "2026.csv"


def test_a_calendars_effect_is_shown_before_it_is_applied(root: Browser, world: World) -> None:
    case = file_complaint(world)
    assert case.last_day.isoformat() == "2026-07-20"
    with db.reading() as session:
        special = calendars.special_days(session, [2026])[2026]
        before = everything(session)
    rows = [f"{each.day},{each.kind.value},{each.name}" for each in special] + ["2026-07-20,rest,Flood"]
    page = post(root, "/admin/calendars", "/admin/calendars/preview", file=calendar(*rows))
    assert page.status == 200, page.words
    assert "1 days would be other ones" in page.words
    assert "1 open deadlines would move" in page.words
    assert case.number in page.words
    with db.reading() as session:
        assert everything(session) == before
    text = "\n".join(["day,kind,name", *rows])
    form = page.hidden() | {"text": text}
    for _ in range(2):
        assert root.send("/admin/calendars/apply", form).status == 200
    assert case.last_day.isoformat() == "2026-07-21"
    assert case.triggers().count("move_deadline") == 1
    with db.reading() as session:
        versions = {each.year: each.version for each in calendars.summaries(session)}
    assert versions[2026] == 2
    again = root.send(
        "/admin/calendars/apply", root.get("/admin/calendars").hidden() | {"name": "2026.csv", "text": text}
    )
    assert "nothing was added" in again.words


@pytest.mark.parametrize("rows", [["2026-13-01,rest,x"], ["2026-07-20,holiday,x"], []])
def test_a_wrong_calendar_names_the_row(root: Browser, world: World, rows: list[str]) -> None:
    page = post(root, "/admin/calendars", "/admin/calendars/preview", file=calendar(*rows))
    assert page.status == 422
    assert "There is a problem" in page.words


@pytest.mark.parametrize(
    ("rows", "english", "chinese"),
    [
        (["2026-13-01,rest,x"], "Row 2, column day: is not a date", "第 2 行 day 列：不是有效日期"),
        (
            ["2026-07-20,working,x"],
            "Monday 20 July 2026 is not on a weekend",
            "2026年7月20日 星期一 不是周末",
        ),
        (["2026-07-20,rest"], "Row 2: must have 3 columns", "第 2 行：必须有 3 列"),
        (["2026-07-20,rest,x"], "Year 2026: has no statutory day", "2026 年：没有法定节假日"),
        ([], "Calendar file: holds no days", "日历文件：没有任何日期"),
    ],
)
def test_a_wrong_calendar_is_told_in_the_pages_language(
    app: Flask, world: World, rows: list[str], english: str, chinese: str
) -> None:
    for tongue, said in (("en", english), ("zh", chinese)):
        root = Browser(app, tongue).log_in("root")
        assert said in post(root, "/admin/calendars", "/admin/calendars/preview", file=calendar(*rows)).words
        form = root.get("/admin/calendars").hidden()
        text = "\n".join(["day,kind,name", *rows])
        assert said in root.send("/admin/calendars/apply", form | {"name": "2026.csv", "text": text}).words


@pytest.mark.parametrize(("tongue", "there", "absent"), [("en", "Tomb-Sweeping", "清明"), ("zh", "清明", "Tomb-")])
def test_the_preview_names_holidays_in_the_pages_language(
    app: Flask, world: World, tongue: str, there: str, absent: str
) -> None:
    root = Browser(app, tongue).log_in("root")
    rows = calendar("2026-04-08,statutory,清明节", "2026-07-25,working,")
    page = post(root, "/admin/calendars", "/admin/calendars/preview", file=rows)
    words = page.text.partition("<textarea")[0]  # which holds the file itself
    assert there in words
    assert absent not in words
    assert ("调休上班" in words) is (tongue == "zh")


def test_no_file_is_said(root: Browser) -> None:
    assert post(root, "/admin/calendars", "/admin/calendars/preview").status == 422


def test_the_administrations_counts_have_their_thousands_apart(root: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = kept.Told(clock.now(), {"versions": {"association-2026-04": [12345, 1234]}})
    monkeypatch.setattr(kept, "tell", lambda *_: counts)
    monkeypatch.setattr(sweeps, "due_count", lambda *_: 12345)
    monkeypatch.setattr(outbox, "dead_count", lambda *_: 1000)
    policies, page = root.get("/admin/policies").words, root.get("/admin").words
    assert "12,345 1,234" in policies
    assert "12,345 cases and tasks due now" in page
    assert "1,000+ dead letters" in page


def test_policies_are_compared(root: Browser) -> None:
    words = root.get("/admin/policies?left=association-2026-04&right=delegated-2026-04").words
    assert "rules differ" in words
    assert "SAMR Order 121, article 15" in words


def test_policies_and_the_trail_speak_chinese(app: Flask, world: World) -> None:
    root = Browser(app, "zh").log_in("root")
    address = f"/admin/enterprises/{world.outside}"
    post(root, address, f"{address}/names", kind="brand", other_name="外贸优选")
    post(root, address, f"{address}/merge/{world.mute}")
    post(root, "/admin/enterprises", "/admin/enterprises", name="示例新立商贸有限公司")
    for place in ("/admin/policies", "/admin/trail", f"/admin/enterprises/{world.mute}/merge/{world.hongyun}"):
        words = root.get(place).words
        for english in ("counters", "limits", "windows", "remind", "screening", "charter", "Order", "True", "moved",
                        "kind", "name:", "participant", "phone"):  # fmt: skip
            assert english not in words, (place, english)
    assert "类别：品牌" in root.get("/admin/trail").words
    assert "外贸优选" in root.get("/admin/trail").words


def test_campaigns_calendars_and_health_speak_chinese(app: Flask, world: World) -> None:
    with db.transaction() as session:
        calendars.seed(session, 2024)
        campaigns.make(session, 2027, campaigns.usual(2027), promises.template(), None, moment("2026-07-06 10:00"))
    root = Browser(app, "zh").log_in("root")
    trail = root.get("/admin/trail").words
    assert "新建活动" in trail
    assert "截止日：2027年2月20日 星期六" in trail
    assert "开源程序库 holidays" in root.get("/admin/calendars").words
    health = root.get("/admin")
    assert "可写" in health.words
    assert "<code>complaints doctor</code>" in health.text
    for english in ("writable", "newest", "published up to", "heartbeat", "PING (", "`"):
        assert english not in health.words, english


def test_health_is_told_without_redis(root: Browser) -> None:
    page = root.get("/admin")
    assert page.status == 200
    assert "Redis does not answer" in page.words
