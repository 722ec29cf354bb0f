"""Letters that tell somebody what a stranger would keep quiet: another address, a log-in from elsewhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from complaints import clock, db
from complaints.commands import enterprise as command
from complaints.delivery import outbox
from complaints.models import FormerAddress, Notice
from complaints.registry import accounts, former_addresses
from tests.people import World
from tests.web.browser import PASSWORD, Browser


def notices(step: str) -> list[Notice]:
    with db.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.step == step).order_by(Notice.id)))


def delivered(step: str) -> list[str | None]:
    """To which addresses letters of this kind went, without SMTP kept and counted as sent."""
    outbox.deliver_due(now=clock.now)
    return [each.address for each in notices(step)]


def test_the_old_address_of_an_account_hears_of_the_new_one(browser: Callable[..., Browser], world: World) -> None:
    person = browser().log_in("desk")
    form = person.get("/account").hidden() | {"name": "Desk", "locale": "en"}
    assert person.send("/account", form | {"email": "new@centre.example"}).status == 422  # without the password
    assert delivered("address_changed") == []
    assert "saved" in person.send("/account", form | {"email": "new@centre.example", "old": PASSWORD}).words
    assert delivered("address_changed") == ["desk@centre.example"]
    assert notices("address_changed")[0].locale == "en"
    assert "desk@" not in repr(notices("address_changed")[0].facts)
    person.send("/account", form | {"email": "NEW@centre.example", "old": PASSWORD})
    assert len(delivered("address_changed")) == 1  # only written otherwise


def test_the_old_mailbox_of_an_enterprise_hears_of_the_new_one(browser: Callable[..., Browser], world: World) -> None:
    root, address = browser().log_in("root"), f"/admin/enterprises/{world.hongyun}"
    typed = {"name": "Hongyun Kettles", "locale": "en", "participant": "yes", "pledge_from": "2026-01-01"}
    done = root.submit(address, **typed, email="new@example.com")
    assert done.status == 200, done.words
    assert delivered("mailbox_changed") == ["hongyun@example.com"]
    root.submit(address, **typed, email="")  # and where there is none any more
    assert delivered("mailbox_changed") == ["hongyun@example.com", "new@example.com"]


def test_the_command_tells_it_too(world: World, database: object) -> None:
    done = CliRunner().invoke(command.command, ["set", "Hongyun Kettles", "--email", "new@example.com"])
    assert done.exit_code == 0, done.output
    assert delivered("mailbox_changed") == ["hongyun@example.com"]
    with db.transaction() as session:
        former_addresses.forget(session, clock.now() + former_addresses.KEPT + timedelta(days=1))
        assert session.scalar(select(func.count()).select_from(FormerAddress)) == 0
    outbox.deliver_due(now=clock.now)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_log_in_from_a_new_network_is_told_once_a_day(app: Flask, world: World, language: str) -> None:
    with db.transaction() as session:
        accounts.by_login(session, "desk").locale = language

    def come_in(address: str) -> None:
        person = Browser(app)
        person.client.environ_base["REMOTE_ADDR"] = address
        person.log_in("desk")

    come_in("198.51.100.7")
    assert delivered("new_network") == []  # the first of all is nobody's surprise
    come_in("198.51.100.99")
    assert delivered("new_network") == []  # the same network
    come_in("203.0.113.5")
    come_in("192.0.2.5")
    assert delivered("new_network") == ["desk@centre.example"]
    assert notices("new_network")[0].locale == language
    come_in("203.0.113.77")
    assert len(delivered("new_network")) == 1
