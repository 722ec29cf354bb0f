"""Who gets a file, in what form, and what is noted of it."""

from collections.abc import Callable
from io import BytesIO

from tests.web.attaching import add, evidence, links, reads
from tests.web.browser import Browser
from tests.web.conftest import STORY
from tests.web.samples import JPEG, PDF, PNG


def test_a_file_is_saved_and_never_shown_in_the_browser(consumer: Browser, case: str) -> None:
    add(consumer, case, PDF, "报告.pdf")
    (link,) = links(consumer.get(case))
    headers = consumer.get(link).answer.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Cache-Control"] == "no-store"


def test_others_find_nothing(
    browser: Callable[..., Browser], consumer: Browser, agent: Browser, case: str, number: str
) -> None:
    add(consumer, case, JPEG, "a.jpg")
    (row,) = evidence()
    other = browser().log_in("baiyu")
    assert other.get(f"/portal/cases/{number}/evidence/{row.id}").status == 404
    assert other.get(f"/portal/cases/{number}/do/evidence").status == 404
    form = other.get("/portal").hidden() | {"file": (BytesIO(PNG), "b.png")}
    assert other.send(f"/portal/cases/{number}/do/evidence", form).status == 404
    second = consumer.submit("/file/all", **STORY | {"narrative": "Another kettle."}).path.removesuffix("/receipt")
    assert consumer.get(f"{second}/evidence/{row.id}").status == 404  # another case's file by this case's door
    assert browser().get(f"/desk/cases/{number}/evidence/{row.id}").path == "/login"
    assert browser().get(f"/c/wrong/evidence/{row.id}").status == 404
    assert agent.get(f"/desk/cases/{number}/evidence/{row.id}").status == 403
    assert agent.get(f"/portal/cases/{number}/evidence/{row.id + 1}").status == 404
    assert [row.name for row in evidence()] == ["a.jpg"]
    assert reads() == []


def test_reading_anothers_file_leaves_one_trace(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    add(consumer, case, JPEG, "a.jpg")
    (row,) = evidence()
    consumer.get(f"{case}/evidence/{row.id}")
    assert reads() == []
    agent.get(f"/portal/cases/{number}/evidence/{row.id}")
    assert reads() == ["enterprise"]
    desk.get(f"/desk/cases/{number}/evidence/{row.id}")
    assert reads() == ["enterprise", "supervisor"]  # who does intake, too


def test_a_number_in_a_name_is_hidden_like_one_in_a_text(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    add(consumer, case, JPEG, "wechat 13812345678.jpg")
    shown = agent.get(f"/portal/cases/{number}")
    assert "13812345678" not in shown.text
    (link,) = links(shown)
    assert "13812345678" not in agent.get(link).answer.headers["Content-Disposition"]
    assert "wechat 13812345678.jpg" in desk.get(f"/desk/cases/{number}").words


def test_what_one_enterprise_added_is_not_the_next_ones(
    browser: Callable[..., Browser], consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    add(consumer, case, JPEG, "kettle.jpg")
    add(agent, f"/portal/cases/{number}", PDF, "ours.pdf")
    agent.submit(f"/portal/cases/{number}/do/redirect", reason="Not our kettle.")
    found = desk.get(f"/desk/cases/{number}/do/route?q=Outside")
    firm = found.text.split('<option value="')[-1].split('"')[0]
    desk.send(f"/desk/cases/{number}/do/route", found.hidden() | {"enterprise_id": firm})
    desk.submit(f"/desk/cases/{number}/do/ask_information", missing=["consent_share"])
    consumer.submit(f"{case}/do/supply_information", share_consent="yes")
    desk.submit(f"/desk/cases/{number}/do/admit")
    other = browser().log_in("outside")
    shown = other.get(f"/portal/cases/{number}")
    assert shown.status == 200, shown.words
    assert "kettle.jpg" in shown.words
    assert "ours.pdf" not in shown.words
    assert other.get(f"/portal/cases/{number}/evidence/{evidence()[1].id}").status == 404
    assert agent.get(f"/portal/cases/{number}/evidence/{evidence()[1].id}").status == 404
    assert len(links(consumer.get(case))) == 2
