"""Marks on the pages: ordered in the portal, looked up by anybody, counted quietly, and the way to a complaint."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from complaints import clock, db
from complaints.models import (
    Account,
    Campaign,
    Complaint,
    Draft,
    Enterprise,
    MarkBatch,
    MarkScan,
    Pledge,
    RecordLine,
    RecordMonth,
)
from complaints.registry import course_policy, mark_batches, mark_codes, mark_scans
from complaints.registry.mark_codes import Code
from tests.people import MONDAY, World, on
from tests.web.browser import Browser
from tests.web.conftest import STORY
from tests.web.test_steps import PAGES

NUMBERS = course_policy.load("ring-2026-04").numbers["marks"]
ORDER = {
    "product": "Whistling kettle", "batch": "88120017", "place": "Shanghai", "size": "300", "plant": "Plant 2",
    "made_on": "2026-06-01", "best_before": "", "route": "Suzhou warehouse\n\n Shanghai shop ",
}  # fmt: skip


@pytest.fixture
def boss(world: World, app: Flask) -> Browser:
    """Who leads Hongyun's agents."""
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"]))
    return Browser(app).log_in("hongyun")


@pytest.fixture
def batch(boss: Browser) -> int:
    """A batch that was ordered in the portal."""
    page = boss.submit("/portal/marks/new", **ORDER)
    assert page.status == 200, page.words
    return int(page.path.rpartition("/")[2])


def code_of(batch_id: int, serial: int = 1) -> str:
    """The code on one label."""
    with db.reading() as session:
        secret = mark_codes.key(session)
    assert secret is not None
    return mark_codes.code(secret, batch_id, serial)


def scans(batch_id: int, serial: int = 1) -> int:
    """How often it was looked up."""
    with db.reading() as session:
        return getattr(session.get(MarkScan, (batch_id, serial)), "scans", 0)


def from_network(person: Browser, n: int) -> Browser:
    """The same browser at another end of the net."""
    person.client.environ_base["REMOTE_ADDR"] = f"203.0.{n}.7"
    return person


def test_a_batch_is_ordered_and_its_codes_are_files(boss: Browser, batch: int) -> None:
    page = boss.get(f"/portal/marks/{batch}")
    assert "Whistling kettle" in page.words
    assert "Suzhou warehouse" in page.words
    lines = boss.get(f"/portal/marks/{batch}/codes.csv").answer.get_data(as_text=True).splitlines()
    assert lines[0] == "serial,code,address"
    assert len(lines) == 301
    serial, code, address = lines[300].split(",")
    assert (serial, code) == ("300", code_of(batch, 300))
    assert address.endswith(f"/verify/{code}")
    assert "/portal/marks" in boss.get("/portal").links()
    assert "88120017" in boss.get("/portal/marks").words


def test_labels_are_pdf_files_of_a_bounded_number_of_pages(boss: Browser, batch: int) -> None:
    contents = [boss.client.get(f"/portal/marks/{batch}/sheets/{n}.pdf").data for n in (1, 5)]
    assert [content.count(b"/Type /Page\n") for content in contents] == [3, 1]
    assert contents[1] == boss.client.get(f"/portal/marks/{batch}/sheets/5.pdf").data
    for n in (0, 6):
        assert boss.get(f"/portal/marks/{batch}/sheets/{n}.pdf").status == 404


def test_what_is_wrong_with_an_order_is_named(boss: Browser) -> None:
    page = boss.submit("/portal/marks/new", **ORDER | {"product": "", "size": "1000001"})
    assert page.status == 422
    assert '<a href="#product">' in page.text
    assert '<a href="#size">' in page.text
    page = boss.submit("/portal/marks/new", **ORDER | {"best_before": "2026-05-01", "route": "x\n" * 21})
    assert '<a href="#route">' in page.text
    assert 'value="Whistling kettle"' in page.text
    page = boss.submit("/portal/marks/new", **ORDER | {"best_before": "2026-05-01"})
    assert '<a href="#best_before">' in page.text


def test_an_order_sent_twice_is_one_batch(boss: Browser) -> None:
    form = boss.get("/portal/marks/new").hidden() | ORDER
    paths = {boss.send("/portal/marks/new", form).path for _ in range(2)}
    assert len(paths) == 1
    with db.reading() as session:
        assert len(session.scalars(select(MarkBatch.id)).all()) == 1


def test_doors(boss: Browser, batch: int, app: Flask) -> None:
    with db.transaction() as session:
        manager = {"roles": ["enterprise", "manager"]}
        session.execute(update(Account).where(Account.login.in_(("baiyu", "outside"))).values(manager))
    other = Browser(app).log_in("baiyu")
    for path in ("", "/codes.csv", "/sheets/1.pdf"):
        assert other.get(f"/portal/marks/{batch}{path}").status == 404
    assert other.send(f"/portal/marks/{batch}/void", other.get("/portal/marks/new").hidden()).status == 404
    outside = Browser(app).log_in("outside")
    assert "while a pledge of your enterprise is in force" in outside.get("/portal/marks").words
    assert outside.submit("/portal/marks/new", **ORDER).status == 409
    assert Browser(app).log_in("medi").get("/portal/marks").status == 403
    desk = Browser(app).log_in("medi")
    assert "Hongyun Kettles" in desk.get("/desk/marks").words
    assert "Suzhou warehouse" in desk.get(f"/desk/marks/{batch}").words
    assert code_of(batch) not in desk.get(f"/desk/marks/{batch}").text
    assert desk.get("/desk/marks/99").status == 404


def test_anybody_reads_what_a_code_says(batch: int, consumer: Browser) -> None:
    page = consumer.get(f"/verify/{code_of(batch)}")
    assert page.status == 200
    goods = ("Hongyun Kettles", "Whistling kettle", "88120017", "Suzhou warehouse", "Its own word")
    for said in (*goods, "pledge behind it is in force", "It is a pledge, not a certificate", "No complaint record",
                 "first to look"):  # fmt: skip
        assert said in page.words
    assert "承诺，不是质量认证" in consumer.get(f"/verify/{code_of(batch)}?lang=zh").words


def test_a_typed_code_leads_to_what_it_says(batch: int, consumer: Browser) -> None:
    typed = code_of(batch, 7).lower().replace("-", " ")
    page = consumer.get(f"/verify?code={typed}")
    assert page.path == f"/verify/{code_of(batch, 7)}"
    assert page.status == 200
    assert consumer.get(f"/verify/{typed}").status == 200


@pytest.mark.parametrize("typed", ["x", "0" * 26, "%00", "é", "C26-7K3M-Q2XA", "9" * 300])
def test_what_is_no_code_is_not_found_and_helped(consumer: Browser, typed: str) -> None:
    for address in (f"/verify/{typed}", f"/verify?code={typed}"):
        page = consumer.get(address)
        assert page.status == 404
        assert '<a href="#code">' in page.text


def test_a_serial_beyond_the_batch_is_no_code(batch: int, consumer: Browser) -> None:
    assert consumer.get(f"/verify/{code_of(batch, 301)}").status == 404
    assert consumer.get(f"/verify/{code_of(batch + 1)}").status == 404


def test_only_misses_are_limited(batch: int, consumer: Browser) -> None:
    statuses = [consumer.get(f"/verify/{n:026}").status for n in range(25)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert consumer.get(f"/verify/{code_of(batch)}").status == 200


def test_guesses_by_the_form_of_a_complaint_are_counted_as_misses(batch: int, consumer: Browser) -> None:
    hidden = consumer.get(f"/verify/{code_of(batch)}").hidden()
    statuses = [consumer.send(f"/file/mark/{n:026}", hidden).status for n in range(20)]
    assert set(statuses) == {404}
    assert consumer.get(f"/verify/{0:026}").status == 429
    assert consumer.send(f"/file/mark/{0:026}", hidden).status == 429
    assert consumer.send(f"/file/mark/{code_of(batch)}", hidden).path == "/file/purchase"


def test_looks_are_counted_but_not_twice_nor_by_insiders(boss: Browser, batch: int, app: Flask) -> None:
    address = f"/verify/{code_of(batch)}"
    mei = Browser(app)
    for person in (boss, Browser(app).log_in("desk")):
        assert person.get(address).status == 200
    mei.client.head(address)
    mei.client.get(address, headers={"Sec-Purpose": "prefetch"})
    assert scans(batch) == 0
    for _ in range(3):
        mei.get(address)
    assert scans(batch) == 1
    assert from_network(Browser(app), 9).get(address).status == 200
    assert "Checked 3 times since" in from_network(Browser(app), 10).get(address).words


def test_a_code_looked_up_too_often_is_said_to_be_copied(boss: Browser, batch: int, app: Flask) -> None:
    address, mei = f"/verify/{code_of(batch)}", Browser(app)
    looks = NUMBERS["networks"] + 3  # of the short hashes two may be alike
    for n in range(looks):
        page = from_network(mei, n).get(address)
    assert f"Checked {looks} times since" in page.words
    assert "may have been copied" in page.words
    assert "The pledge of this enterprise is in force" in page.words
    for shown in (boss.get(f"/portal/marks/{batch}"), Browser(app).log_in("desk").get(f"/desk/marks/{batch}")):
        assert "copies?" in shown.words
        assert f"{looks} times" in shown.words


def test_a_voided_batch_says_so(boss: Browser, batch: int, consumer: Browser) -> None:
    boss.send(f"/portal/marks/{batch}/void", boss.get(f"/portal/marks/{batch}").hidden())
    page = consumer.get(f"/verify/{code_of(batch)}")
    assert page.status == 410
    assert "declared the labels of this batch lost" in page.words
    assert scans(batch) == 0


def test_the_page_answers_where_nothing_can_be_counted(
    batch: int, consumer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise OperationalError("count", {}, Exception("database is locked"))

    monkeypatch.setattr(mark_scans, "count", busy)
    assert consumer.get(f"/verify/{code_of(batch)}").status == 200
    assert scans(batch) == 0


@pytest.mark.parametrize(
    ("state", "said"), [("suspended", "pledge behind it is suspended"), ("expired", "no pledge of this enterprise")]
)
def test_the_state_of_the_pledge_is_live(batch: int, consumer: Browser, world: World, state: str, said: str) -> None:
    with db.transaction() as session:
        campaign = Campaign(
            year=2026, opens_on=on("2026-01-01"), closes_on=on("2026-02-28"), publish_on=on("2026-03-15"),
            valid_until=on("2027-03-14"), template=[], made_at=MONDAY,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        session.add(
            Pledge(
                enterprise_id=world.hongyun,
                campaign_id=campaign.id,
                state=state,
                since=MONDAY,
                policy="ring-2026-04",
                number="P-1",
                valid_from=MONDAY,
                valid_until=clock.end_of_day(on("2027-03-14")),
                made_at=MONDAY,
            )
        )
        firm = session.get_one(Enterprise, world.hongyun)
        firm.pledge_until = MONDAY if state == "expired" else None
    assert said in consumer.get(f"/verify/{code_of(batch)}").words


def test_the_record_shown_is_the_newest_published_one(batch: int, consumer: Browser, world: World) -> None:
    shown = {"as_of": "2026-05", "ended": 40, "settled": 31, "answers": {"in_time": 38, "asked": 39}, "ratings": None}
    with db.transaction() as session:
        for month, published_at in (("2026-04", MONDAY), ("2026-05", MONDAY), ("2026-06", None)):
            month_row = RecordMonth(
                month=month, taken_at=MONDAY, object_until=MONDAY, explanation={}, published_at=published_at, overall={}
            )
            session.add(month_row)
            session.flush()
            for edition in (1, 2):
                line = RecordLine(
                    month=month, enterprise_id=world.hongyun, edition=edition, rank=3, made_at=MONDAY, why="",
                    figures=shown | {"ended": 40 + edition},
                )  # fmt: skip
                session.add(line)
    page = consumer.get(f"/verify/{code_of(batch)}")
    assert "Twelve months until the end of May 2026" in page.words
    assert "31 / 42" in page.words
    assert "38 / 39" in page.words
    assert "Rank 3" in page.words
    assert f"/record/{world.hongyun}" in page.text


def test_one_tap_begins_a_complaint_with_everything_filled_in(batch: int, consumer: Browser, world: World) -> None:
    page = consumer.get(f"/verify/{code_of(batch)}")
    action = re.search(r'action="(/file/mark/[^"]+)"', page.text)
    assert action is not None
    step = consumer.send(action[1], page.hidden())
    assert step.path == "/file/purchase"
    assert 'value="Whistling kettle"' in step.text
    assert 'value="88120017"' in step.text
    for name, typed in PAGES.items():
        kept = {"product": "Whistling kettle", "batch": "88120017"} if name == "purchase" else {}
        assert consumer.submit(f"/file/{name}", **typed | kept).status == 200
    receipt = consumer.submit("/file/review")
    assert receipt.path.endswith("/receipt"), receipt.words
    with db.reading() as session:
        case = session.scalars(select(Complaint)).one()
    assert (case.enterprise_id, case.product, case.batch) == (world.hongyun, "Whistling kettle", "88120017")
    assert "88120017" in consumer.get(receipt.path.removesuffix("/receipt")).words


def test_a_draft_about_something_else_stays(batch: int, consumer: Browser) -> None:
    consumer.submit("/file/enterprise", enterprise="Some shop")
    page = consumer.get(f"/verify/{code_of(batch)}")
    step = consumer.send(f"/file/mark/{code_of(batch)}", page.hidden())
    assert "begun about Some shop is kept" in step.words
    assert "/file/resume/" in step.text
    with db.reading() as session:
        names = [draft.answers["enterprise"] for draft in session.scalars(select(Draft).order_by(Draft.id))]
    assert names == ["Some shop", "Hongyun Kettles"]
    again = consumer.send(f"/file/mark/{code_of(batch)}", page.hidden())
    assert "is kept for" not in again.words
    assert consumer.send(f"/file/mark/{code_of(batch + 1)}", page.hidden()).status == 404


def test_a_batch_without_marks_is_masked_like_any_text(consumer: Browser) -> None:
    receipt = consumer.submit("/file/all", **STORY | {"batch": "call 13812345678"})
    assert receipt.status == 200, receipt.words
    with db.reading() as session:
        assert session.scalars(select(Complaint.batch)).one() == "call 138****"


def test_a_code_is_not_in_the_tables(batch: int, consumer: Browser, world: World) -> None:
    """Who reads them learns how often something was looked up, and neither a code nor a reader."""
    from_network(consumer, 44).get(f"/verify/{code_of(batch)}")
    with db.reading() as session:
        row = session.get_one(MarkScan, (batch, 1))
        kept = f"{row.networks} {row.scans}"
        [(_serial, code)] = mark_batches.codes(session, mark_batches.one(session, batch), 1, 1)
    assert "203.0" not in kept
    assert code.replace("-", "") not in kept
    assert Code(batch, 1) == Code(row.mark_batch_id, row.serial)


def test_the_first_page_and_the_foot_lead_there(browser: Callable[..., Browser]) -> None:
    assert "/verify" in browser().get("/").links()
