"""Coming in: the second factor, sessions, forgotten passwords, invitations, guessing; nothing says who is known."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.delivery import looked_up, outbox
from complaints.models import Account, AccountFactor, FailedTry, Notice
from complaints.registry import account_letters, accounts, factors, guards, invitations, resets
from tests.people import World
from tests.web.browser import PASSWORD, Browser

NEW = "four words put together"


def mail(step: str) -> tuple[Notice, str]:
    """The newest letter of this kind, delivered: the notice and its text."""
    outbox.deliver_due(now=clock.now)
    with db.transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.step == step).order_by(Notice.id.desc())).first()
        assert notice is not None
        found = looked_up.find(session, notice.letter, notice.recipient, clock.now())
        return notice, looked_up.write(session, notice, found, clock.now()).text if found else ""


def link(text: str, place: str) -> str:
    found = re.search(rf"/{place}/[\w-]+", text)
    assert found, text
    return found[0]


def app_of(login: str) -> pyotp.TOTP:
    with db.reading() as session:
        account = accounts.by_login(session, login)
        return pyotp.TOTP(factors.secret(session.get_one(AccountFactor, account.id)))


def now_code(login: str, steps: int = 0) -> str:
    return app_of(login).generate_otp(int(clock.wall().timestamp()) // 30 + steps)


def set_up(person: Browser, login: str) -> list[str]:
    """Switch the second factor on; returns the recovery codes."""
    form = person.get("/account/second-factor").hidden()
    assert person.send("/account/second-factor/begin", form | {"old": "guess"}).status == 422
    page = person.send("/account/second-factor/begin", form | {"old": PASSWORD})
    assert page.path == "/account/second-factor/set-up"
    shown = person.send(page.path, page.hidden() | {"code": now_code(login, -1)})
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", shown.text)
    assert len(codes) == factors.CODES
    return codes


def half(browser: Callable[..., Browser], login: str) -> Browser:
    person = browser()
    page = person.submit("/login", login=login, password=PASSWORD)
    assert page.path == "/login/code", page.words
    return person


def test_a_code_is_asked_for_and_works_once(browser: Callable[..., Browser], world: World) -> None:
    codes = set_up(browser().log_in("desk"), "desk")
    person = half(browser, "desk")
    assert person.get("/desk").path == "/login"  # half way is not in
    assert person.submit("/login/code", code="000000").status == 401
    good = now_code("desk")
    assert person.submit("/login/code", code=good).path == "/desk"
    other = half(browser, "desk")
    assert other.submit("/login/code", code=good).status == 401  # the same code again
    assert other.submit("/login/code", code=codes[0].lower()).path == "/desk"
    third = half(browser, "desk")
    assert third.submit("/login/code", code=codes[0]).status == 401
    assert third.submit("/login/code", code=now_code("desk", 3)).status == 401  # of a minute and a half ahead


def test_codes_cannot_be_guessed_on_and_on(browser: Callable[..., Browser], world: World) -> None:
    set_up(browser().log_in("desk"), "desk")
    person = half(browser, "desk")
    statuses = [person.submit("/login/code", code=f"{n:06}").status for n in range(8)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_it_is_switched_off_only_with_password_and_code(browser: Callable[..., Browser], world: World) -> None:
    person = browser().log_in("desk")
    codes = set_up(person, "desk")
    form = person.get("/account/second-factor").hidden()
    assert person.send("/account/second-factor/off", form | {"old": PASSWORD, "code": "1"}).status == 422
    assert person.send("/account/second-factor/off", form | {"old": "wrong one", "code": codes[0]}).status == 422
    done = person.send("/account/second-factor/off", form | {"old": PASSWORD, "code": codes[1]})
    assert "switched off" in done.words
    assert browser().log_in("desk").get("/desk").path == "/desk"


def test_the_database_holds_no_secret_of_it(browser: Callable[..., Browser], world: World) -> None:
    codes = set_up(browser().log_in("desk"), "desk")
    with db.reading() as session:
        kept = session.scalars(select(AccountFactor)).one()
        assert factors.secret(kept).lower() not in repr(vars(kept)).lower()
        assert not any(code.replace("-", "") in repr(session.execute(select(AccountFactor)).all()) for code in codes)


def test_sessions_are_listed_and_one_ended_is_out_at_once(browser: Callable[..., Browser], world: World) -> None:
    here, there = browser().log_in("desk"), browser().log_in("desk")
    page = here.get("/account/sessions")
    [address] = set(re.findall(r"/account/sessions/\d+/end\b", page.text))
    assert here.send(address, page.hidden()).path == "/account/sessions"
    assert there.get("/desk").path == "/login"
    assert here.get("/desk").path == "/desk"
    stranger = browser().log_in("medi")
    mine = re.findall(r"/account/sessions/(\d+)/end", browser().log_in("desk").get("/account/sessions").text)
    answer = stranger.send(f"/account/sessions/{mine[0]}/end", stranger.get("/account").hidden())
    assert answer.status == 404


def test_a_session_rests_and_ends(
    browser: Callable[..., Browser], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, wall = browser().log_in("desk"), clock.wall
    monkeypatch.setattr(clock, "wall", lambda: wall() + timedelta(hours=3))
    assert person.get("/desk").path == "/desk"
    monkeypatch.setattr(clock, "wall", lambda: wall() + timedelta(hours=6))
    assert person.get("/desk").path == "/desk"  # seen three hours ago
    monkeypatch.setattr(clock, "wall", lambda: wall() + timedelta(hours=10, minutes=1))
    assert person.get("/desk").path == "/login"


def test_a_planted_session_is_worth_nothing(browser: Callable[..., Browser], world: World) -> None:
    person, thief = browser(), browser()
    person.get("/login")
    planted = person.client.get_cookie("complaints")
    assert planted is not None
    thief.client.set_cookie("complaints", planted.value)
    person.log_in("desk")
    after = person.client.get_cookie("complaints")
    assert after is not None
    assert after.value != planted.value
    assert thief.get("/desk").path == "/login"


def test_a_copied_cookie_is_worth_nothing_after_the_log_out(browser: Callable[..., Browser], world: World) -> None:
    person, thief = browser().log_in("desk"), browser()
    cookie = person.client.get_cookie("complaints")
    assert cookie is not None
    person.send("/logout", person.get("/desk").hidden())
    thief.client.set_cookie("complaints", cookie.value)
    assert thief.get("/desk").path == "/login"


def test_another_password_ends_the_other_sessions(browser: Callable[..., Browser], world: World) -> None:
    here, there = browser().log_in("desk"), browser().log_in("desk")
    wrong = here.submit("/account/password", old="not it at all", password=NEW, again=NEW)
    assert wrong.status == 422
    for password, again in (("password1", "password1"), ("desk desk", "desk desk"), ("short", "short"), (NEW, "other")):
        assert here.submit("/account/password", old=PASSWORD, password=password, again=again).status == 422
    assert here.submit("/account/password", old=PASSWORD, password=NEW, again=NEW).status == 200
    assert here.get("/desk").path == "/desk"
    assert there.get("/desk").path == "/login"


def test_a_forgotten_password_by_mail_once(browser: Callable[..., Browser], world: World) -> None:
    open_one = browser().log_in("desk")
    known, unknown = browser().submit("/forgotten", who="desk"), browser().submit("/forgotten", who="nobody")
    assert known.status == unknown.status == 200
    assert known.text == unknown.text
    outbox.deliver_due(now=clock.now)
    with db.reading() as session:
        letters = session.scalars(select(Notice).where(Notice.step == "password_reset").order_by(Notice.id)).all()
        assert [each.status for each in letters] == ["sent", "void"]
        first = letters[0].id
    with db.transaction() as session:
        notice = session.get_one(Notice, first)
        found = looked_up.find(session, notice.letter, notice.recipient, clock.now())
        assert found is not None
        address = link(looked_up.write(session, notice, found, clock.now()).text, "reset")
    person = browser()
    assert person.submit(address, password="password1", again="password1").status == 422
    assert person.submit(address, password=NEW, again=NEW).path == "/login"
    assert person.get(address).status == 404
    assert open_one.get("/desk").path == "/login"
    assert person.submit("/login", login="desk", password=NEW).path == "/desk"


def test_a_log_in_that_looks_like_a_mail_address_takes_nobodys_letter(world: World, database: object) -> None:
    with db.transaction() as session:
        victim = accounts.create(
            session, "late", "Late", PASSWORD, ["intake"], email="victim@centre.example", at=clock.now()
        )
        first = session.scalars(select(Account).where(Account.login == "li")).one()
        assert first.id < victim.id
        first.login = "victim@centre.example"
        mark = account_letters.mark("victim@centre.example")
        assert [each.login for each in resets.readers(session, mark)] == ["late"]


def test_a_forgotten_password_leaves_the_second_factor(browser: Callable[..., Browser], world: World) -> None:
    set_up(browser().log_in("desk"), "desk")
    browser().submit("/forgotten", who="desk@centre.example")
    _notice, text = mail("password_reset")
    person = browser()
    person.submit(link(text, "reset"), password=NEW, again=NEW)
    assert person.submit("/login", login="desk", password=NEW).path == "/login/code"


def manager(browser: Callable[..., Browser]) -> Browser:
    with db.transaction() as session:
        accounts.by_login(session, "hongyun").roles = ["enterprise", "manager"]
    return browser().log_in("hongyun")


def test_a_manager_invites_and_closes(browser: Callable[..., Browser], world: World) -> None:
    lead = manager(browser)
    form = lead.get("/portal/colleagues").hidden()
    assert lead.send("/portal/colleagues/invite", form | {"email": "x", "role": "enterprise"}).status == 422
    lead.send("/portal/colleagues/invite", form | {"email": "lan@example.org", "role": "enterprise"})
    notice, text = mail("invitation")
    assert notice.address == "lan@example.org"
    address = link(text, "invited")
    fresh = browser()
    assert fresh.submit(address, login="hongyun", name="Lan", password=NEW, again=NEW).status == 422  # taken
    assert fresh.submit(address, login="lan", name="Lan", password=NEW, again=NEW).path == "/portal"
    assert browser().get(address).status == 404
    assert fresh.get("/portal/colleagues").status == 403
    with db.reading() as session:
        lan = accounts.by_login(session, "lan")
        assert (lan.roles, lan.enterprise_id) == (["enterprise"], world.hongyun)
        own = accounts.by_login(session, "hongyun").id
    assert lead.send(f"/portal/colleagues/{own}/close", form).words.startswith("Nothing was changed")
    lead.send(f"/portal/colleagues/{lan.id}/close", form)
    assert fresh.get("/portal").path == "/login"


def test_a_manager_reaches_nobody_else(browser: Callable[..., Browser], world: World) -> None:
    lead = manager(browser)
    with db.reading() as session:
        other = accounts.by_login(session, "baiyu").id
    form = lead.get("/portal/colleagues").hidden()
    for deed in ("close", "role", "second-factor"):
        assert lead.send(f"/portal/colleagues/{other}/{deed}", form | {"role": "manager"}).status == 404
    assert browser().log_in("baiyu").get("/portal/colleagues").status == 403


def test_an_invitation_ends_after_a_week_or_when_taken_back(world: World, database: object) -> None:
    with db.transaction() as session:
        by = accounts.by_login(session, "root").id
        at = clock.now()
        first = invitations.invite(session, "a@example.org", ["intake"], None, by, at)
        assert invitations.find(session, invitations.token(first), at + timedelta(days=7)) is None
        second = invitations.invite(session, "a@example.org", ["mediator"], None, by, at)
        assert invitations.find(session, invitations.token(first), at) is None  # the newer one counts
        invitations.revoke(session, second.id, None, at)
        assert invitations.find(session, invitations.token(second), at) is None


def test_whoever_must_have_one_sets_it_up_first(browser: Callable[..., Browser], world: World) -> None:
    with db.transaction() as session:
        factors.require(session, clock.now() + timedelta(days=3), role="intake")
    person = browser()
    page = person.submit("/login", login="desk", password=PASSWORD)
    assert page.path == "/account/second-factor"
    assert "Later" in page.words
    assert person.get("/desk").path == "/desk"
    with db.transaction() as session:
        factors.require(session, clock.now() - timedelta(days=1), role="intake")
    assert person.get("/desk").path == "/account/second-factor"
    set_up(person, "desk")
    assert person.get("/desk").path == "/desk"
    assert browser().log_in("medi").get("/desk").path == "/desk"


def test_strangers_do_not_lock_the_owner_out(browser: Callable[..., Browser], world: World, app: Flask) -> None:
    browser().log_in("desk")
    for n in range(1, 40):
        stranger = browser()
        form = stranger.get("/login").hidden() | {"login": "desk", "password": "guess"}
        last = stranger.client.post("/login", data=form, environ_base={"REMOTE_ADDR": f"10.{n}.0.1"})
    assert last.status_code == 429
    assert browser().log_in("desk").get("/desk").path == "/desk"
    notice, _text = mail("many_tries")
    assert notice.address == "desk@centre.example"


def test_guessing_slows_down_alike_for_known_and_unknown(browser: Callable[..., Browser], world: World) -> None:
    answers = {}
    for login in ("medi", "nobody"):
        person = browser()
        form = person.get("/login").hidden() | {"login": login, "password": "guess"}
        pages = [person.send("/login", form) for _ in range(7)]
        answers[login] = [(page.status, page.words) for page in pages]
    assert answers["medi"] == answers["nobody"]
    assert answers["medi"][-1][0] == 429


def test_a_log_in_that_succeeds_is_no_failed_try(browser: Callable[..., Browser], world: World) -> None:
    for _ in range(3):
        browser().log_in("desk")
    with db.reading() as session:
        assert session.scalars(select(FailedTry)).all() == []


def test_what_is_tried_at_one_door_counts_at_no_other(world: World, database: object) -> None:
    """A log-in may be spelt like whatever codes are counted under: neither shuts the other's door, nor opens it."""
    at = clock.wall()
    with db.transaction() as session:
        own = accounts.by_login(session, "desk").id
        for n in range(60):
            for login in (f"code:{own}", str(own)):
                guards.enter(session, guards.Door(login), f"10.{n}.0.0/24", at)
        door = guards.Door(account_id=own)
        assert guards.enter(session, door, "192.0.2.0/24", at) is None
        waits = [guards.enter(session, door, "192.0.2.0/24", at) for _ in range(guards.FREE + 1)]
        guards.passed(session, guards.Door(f"code:{own}"), "192.0.2.0/24")
        assert waits[-1] == guards.FIRST_PAUSE
        assert guards.enter(session, door, "192.0.2.0/24", at) == guards.FIRST_PAUSE


def test_tries_are_counted_without_redis_and_forgotten(world: World, database: object) -> None:
    at = clock.wall()
    with db.transaction() as session:
        waits = [guards.enter(session, guards.Door("desk"), "10.0.0.0/24", at) for _ in range(7)]
        assert waits[:6] == [None] * 6
        assert waits[6] == guards.FIRST_PAUSE
        assert guards.enter(session, guards.Door("desk"), "10.0.0.0/24", at + timedelta(hours=2)) is None
        guards.forget(session, at + timedelta(days=1))
        assert session.scalars(select(FailedTry)).all() == []


def test_language_follows_the_account(browser: Callable[..., Browser], world: World) -> None:
    person = browser("zh").log_in("desk")
    page = person.submit("/account", name="Li", email="desk@centre.example", locale="en")
    assert page.status == 200
    assert "Your details are saved." in page.words or "已保存" in page.words
    assert person.submit("/account", name="Li", email="thief@example.net", locale="en").status == 422
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.login == "desk")).one()
        assert (account.locale, account.email, account.name) == ("en", "desk@centre.example", "Li")


def test_nobody_resets_their_own_second_factor(browser: Callable[..., Browser], world: World) -> None:
    lead, root = manager(browser), browser().log_in("root")
    with db.transaction() as session:
        own, admin = (accounts.by_login(session, login).id for login in ("hongyun", "root"))
        for account_id in (own, admin):
            factors.begin(session, account_id, clock.wall()).confirmed_at = clock.wall()
    lead.send(f"/portal/colleagues/{own}/second-factor", lead.get("/portal/colleagues").hidden())
    page = root.get(f"/admin/users/{admin}")
    refused = root.send(f"/admin/users/{admin}/factor", page.hidden())
    assert refused.status == 422
    assert "on your account page" in refused.words
    with db.reading() as session:
        assert factors.is_on(session, own)
        assert factors.is_on(session, admin)


def test_a_set_up_that_was_left_lying_begins_anew(world: World, database: object) -> None:
    """Whoever had a session for a moment may have written its secret down."""
    at = clock.wall()
    with db.transaction() as session:
        own = accounts.by_login(session, "desk").id
        first = factors.secret(factors.begin(session, own, at))
        assert factors.secret(factors.begin(session, own, at + timedelta(minutes=5))) == first
        assert factors.secret(factors.begin(session, own, at + timedelta(hours=1))) != first
        accounts.set_password(session, accounts.by_login(session, "desk"), NEW)
        assert factors.pending(session, own) is None
