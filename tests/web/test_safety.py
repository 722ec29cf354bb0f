"""What the pages must never do."""

import re
import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from complaints import clock, db
from complaints.models import AccessLog, Event
from complaints.registry import accounts
from tests.people import World, everything
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import PERSONAL, STORY
from web import create_app


def test_another_enterprise_finds_nothing(browser: Callable[..., Browser], case: str, number: str) -> None:
    other = browser().log_in("baiyu")
    for address in (f"/portal/cases/{number}", f"/portal/cases/{number}/do/offer", "/portal/cases/C26-0000-0000"):
        assert other.get(address).status == 404
    assert number not in other.get("/portal").text
    answer = other.send(
        f"/portal/cases/{number}/do/decline", other.get("/portal").hidden() | {"version": "1", "reason": "no"}
    )
    assert answer.status == 404
    assert _triggers() == ["file"]


def test_doors_are_for_those_who_hold_the_role(browser: Callable[..., Browser], agent: Browser, number: str) -> None:
    stranger = browser()
    for address in ("/portal", "/desk", "/admin", f"/desk/cases/{number}"):
        assert stranger.get(address).path == "/login"
    for address in ("/desk", "/admin", f"/desk/cases/{number}", "/desk/letters"):
        assert agent.get(address).status == 403
    assert browser().log_in("medi").get("/admin").status == 403
    assert browser().log_in("medi").get("/desk/file").status == 403


def test_login_disabled_opens_nothing(app: Flask) -> None:
    app.config["LOGIN_DISABLED"] = True
    assert Browser(app).get("/desk").path == "/login"


def test_an_unknown_link_is_not_found(consumer: Browser, case: str) -> None:
    for token in ("x", "0" * 43, case[3:] + "a", "%00", "é"):
        assert consumer.get(f"/c/{token}").status == 404


def test_strange_bytes_and_numbers_are_refused_politely(
    browser: Callable[..., Browser], case: str, consumer: Browser
) -> None:
    desk = browser().log_in("desk")
    pages = ("/desk?cursor=-1", "/desk/letters?before=-1", f"/desk/letters?before={10**30}")
    for address in ("/desk/cases/%00", "/desk?number=%00", "/desk?queue=x", *pages):
        assert desk.get(address).status in (200, 400, 404)
    form = consumer.get(f"{case}/do/statement").hidden()
    assert consumer.send(f"{case}/do/statement", form | {"text": "x", "version": str(10**30)}).status == 409
    assert consumer.send(f"{case}/do/statement", form | {"text": "a\x00b"}).status == 422
    assert consumer.get(f"{case}/do/nonsense").status == 404
    assert consumer.get(f"{case}/do/admit").status == 409
    assert consumer.send(f"{case}/do/admit", form).status == 409
    assert browser().send("/login", browser().get("/login").hidden()).status == 400
    assert consumer.send("/file/all", {"narrative": "x" * 2_000_000}).status == 413
    assert _triggers() == ["file"]


def test_a_post_without_the_session_key_is_refused(consumer: Browser, case: str) -> None:
    posts = {"/file/all": STORY, f"{case}/do/withdraw": {"version": "1"}, "/login": {"login": "desk"}}
    for address, data in posts.items():
        assert consumer.send(address, data).status == 400
    assert _triggers() == ["file"]


def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(
    consumer: Browser, case: str, agent: Browser, number: str
) -> None:
    address = f"/portal/cases/{number}/do/decline"
    old = agent.get(address).hidden()
    consumer.submit(f"{case}/do/statement", text="One thing more.")
    answer = agent.send(address, old | {"reason": "We disagree, at length."})
    assert answer.status == 409
    assert "Somebody else acted first" in answer.words
    assert "One thing more." in answer.words
    assert "We disagree, at length.</textarea>" in answer.text
    assert _triggers() == ["file", "statement"]
    again = agent.send(address, answer.hidden() | {"reason": "We disagree, at length."})
    assert again.status == 200
    assert _triggers()[-1] == "decline"


def test_a_stale_form_for_what_is_over_gives_the_text_back(
    consumer: Browser, case: str, agent: Browser, number: str
) -> None:
    old = consumer.get(f"{case}/do/statement").hidden()
    consumer.submit(f"{case}/do/withdraw")
    answer = consumer.send(f"{case}/do/statement", old | {"text": "I worked on this for an hour."})
    assert answer.status == 409
    assert "I worked on this for an hour." in answer.words


def test_a_double_click_acts_once(consumer: Browser, case: str) -> None:
    form = consumer.get(f"{case}/do/statement").hidden() | {"text": "Hello."}
    assert consumer.send(f"{case}/do/statement", form).status == 200
    assert consumer.send(f"{case}/do/statement", form).status == 200
    assert _triggers() == ["file", "statement"]
    other = consumer.send(f"{case}/do/statement", form | {"text": "Another thought."})
    assert other.status == 409  # not the same words: nothing is lost in silence


def test_a_double_click_files_once(app: Flask, consumer: Browser) -> None:
    form = consumer.get("/file/all").hidden() | STORY
    session = consumer.client.get_cookie("complaints")
    assert session is not None
    paths = []

    def click() -> None:
        mine = Browser(app)
        mine.client.set_cookie("complaints", session.value)
        paths.append(mine.send("/file/all", form).path)

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(paths) == 4
    assert len(set(paths)) == 1
    assert _triggers() == ["file"]


def test_opening_pages_changes_nothing(demo: World, app: Flask, consumer: Browser, case: str, number: str) -> None:
    before = _all()
    seen = consumer.crawl("/", case, f"{case}/receipt")
    starts = {"hongyun": "/portal", "desk": "/desk", "medi": f"/desk/cases/{number}", "root": "/admin"}
    for login, start in starts.items():
        seen |= Browser(app).log_in(login).crawl(start, "/")
    assert set(seen.values()) == {200}, {address: status for address, status in seen.items() if status != 200}
    assert len(seen) > 30
    assert _all() == before


def test_lists_show_no_personal_data_and_case_pages_leave_a_trace(
    app: Flask, case: str, number: str, agent: Browser
) -> None:
    desk = Browser(app).log_in("desk")
    lists = [
        agent.get("/portal"),
        *(desk.get(f"/desk?queue={name}") for name in ("open", "intake")),
        desk.get("/desk/tasks"),
    ]
    for page in lists:
        assert not [secret for secret in PERSONAL if secret in page.text]
    assert number in lists[0].text
    assert _reads() == 0
    desk.get(f"/desk/cases/{number}")
    assert _reads() == 1


def test_the_enterprise_sees_no_contact_before_consent(
    agent: Browser, consumer: Browser, case: str, number: str
) -> None:
    shown = agent.get(f"/portal/cases/{number}")
    assert "burst" in shown.text
    for secret in ("王梅", "13812345678", "mei@example.org", "大学路", "021-55556666"):
        assert secret not in shown.text
    assert "are hidden" in shown.words
    consumer.submit(f"{case}/do/contact_consent", contact_consent="yes")
    assert "13812345678" in agent.get(f"/portal/cases/{number}").text


def test_notes_stay_in_the_centre(app: Flask, agent: Browser, consumer: Browser, case: str, number: str) -> None:
    desk = Browser(app).log_in("desk")
    desk.submit(f"/desk/cases/{number}/do/note", text="Phoned twice.")
    assert "Phoned twice." in desk.get(f"/desk/cases/{number}").text
    for page in (agent.get(f"/portal/cases/{number}"), consumer.get(case)):
        assert "Phoned twice." not in page.text
        assert "internal note" not in page.text


def test_text_is_never_markup(consumer: Browser, app: Flask) -> None:
    evil = '<script>alert("x")</script>'
    story = STORY | {"narrative": evil, "product": evil, "enterprise": "Outside Traders"}
    receipt = consumer.submit("/file/all", **story)
    case = receipt.path.removesuffix("/receipt")
    assert not re.search(r'<script(?! src="/static/)', consumer.get(case).text)
    assert not re.search(r'<script(?! src="/static/)', Browser(app).log_in("desk").get("/desk?queue=open").text)


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_log_in_leads_nowhere_else(browser: Callable[..., Browser], address: str) -> None:
    person = browser()
    hidden = person.get("/login").hidden()
    answer = person.client.post(
        "/login", query_string={"next": address}, data=hidden | {"login": "desk", "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/desk"


def test_log_in_goes_where_it_was_wanted(browser: Callable[..., Browser], number: str) -> None:
    person = browser()
    form = person.get(f"/desk/cases/{number}")
    assert form.path == "/login"
    query = form.answer.request.query_string.decode()
    page = person.send(f"/login?{query}", form.hidden() | {"login": "desk", "password": PASSWORD})
    assert page.path == f"/desk/cases/{number}"


def test_wrong_password_says_the_same_for_known_and_unknown(browser: Callable[..., Browser]) -> None:
    answers = [browser().submit("/login", login=login, password="not it at all") for login in ("desk", "nobody")]
    assert [answer.status for answer in answers] == [401, 401]
    assert answers[0].words == answers[1].words


def test_the_session_is_new_after_log_in_and_ends_with_the_password(
    browser: Callable[..., Browser], app: Flask
) -> None:
    person = browser()
    before = person.get("/login").hidden()["csrf_token"]
    person.log_in("desk")
    assert person.get("/desk").path == "/desk"
    assert person.send("/logout", {"csrf_token": before}).status == 400  # the key of the old session is worth nothing
    with db.transaction() as session:
        accounts.set_password(session, accounts.by_login(session, "desk"), "another password")
    assert person.get("/desk").path == "/login"


def test_logging_out_ends_the_session(agent: Browser) -> None:
    agent.send("/logout", agent.get("/portal").hidden())
    assert agent.get("/portal").path == "/login"


def test_headers_and_cookies(consumer: Browser, case: str) -> None:
    for page in (consumer.get("/"), consumer.get(case), consumer.get("/nowhere"), consumer.get("/static/style.css")):
        headers = page.answer.headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
    assert consumer.get(case).answer.headers["Cache-Control"] == "no-store"
    cookie = Browser(consumer.client.application).client.get("/file/all").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    for page in (consumer.get("/"), consumer.get("/file/all"), consumer.get(case)):
        assert not re.search(r"\sstyle=|<style|<script(?! src=\"/static/)|\son\w+=", page.text)


def test_behind_tls_cookies_are_secure(settings_env: Callable[..., None], sqlite: Engine) -> None:
    settings_env(BASE_URL="https://complaints.example")
    answer = create_app().test_client().get("/file/all", base_url="https://complaints.example")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_a_live_world_has_no_demo(consumer: Browser, case: str) -> None:
    for address in ("/demo", "/demo/outbox", "/demo/outbox/1"):
        assert consumer.get(address).status == 404
    answer = consumer.send("/demo/move", consumer.get("/file/all").hidden() | {"days": "5"})
    assert answer.status == 404
    assert "Move on by working days" not in consumer.get("/").text
    assert abs((clock.now() - clock.wall()).total_seconds()) < 1


def test_guessing_passwords_is_slowed_down(browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "check", lambda *_: None)
    person = browser()
    form = person.get("/login").hidden() | {"login": "desk", "password": "guess"}
    statuses = [person.send("/login", form).status for _ in range(32)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_person_logged_in_reads_a_private_link_without_waiting(
    demo: World, app: Flask, agent: Browser, case: str
) -> None:
    for address in (case, "/demo/outbox", f"{case}/receipt"):
        agent.client.delete_cookie("lang")
        began = time.monotonic()
        assert agent.get(address).status == 200
        assert time.monotonic() - began < 25  # a transaction inside another would wait for 30 seconds on SQLite


def _triggers() -> list[str]:
    with db.transaction() as session:
        return list(session.scalars(select(Event.trigger).order_by(Event.id)))


def _reads() -> int:
    with db.transaction() as session:
        return session.execute(select(func.count()).select_from(AccessLog)).scalar_one()


def _all() -> dict[str, list[tuple[object, ...]]]:
    with db.transaction() as session:
        found = everything(session)
    # Reading and logging in leave these, and change nothing else. A look at a mark is counted, without a trace of who
    # looked: the law is about cases, and nothing of a case changes.
    for trace in ("access_log", "presence", "account_session", "known_network", "mark_scan"):
        del found[trace]
    return found
