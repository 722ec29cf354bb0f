"""The page says "Recorded" where something was recorded, and nowhere else."""

import pytest
from sqlalchemy import select

from complaints import db
from complaints.models import Complaint, Event
from tests.web.browser import Browser


def triggers() -> list[str]:
    """The log."""
    with db.transaction() as session:
        return list(session.scalars(select(Event.trigger).order_by(Event.id)))


def stored() -> Complaint:
    """The one case."""
    with db.transaction() as session:
        return session.scalars(select(Complaint)).one()


def test_a_consent_taken_back_from_an_old_form_is_not_lost_in_silence(consumer: Browser, case: str) -> None:
    address = f"{case}/do/contact_consent"
    form = consumer.get(address).hidden()
    consumer.send(address, form | {"contact_consent": "yes"})
    late = consumer.send(address, form | {"contact_consent": "no"})
    assert late.status == 409
    assert "Recorded" not in late.words
    assert stored().contact_consent
    assert consumer.send(address, late.hidden() | {"contact_consent": "no"}).status == 200
    assert not stored().contact_consent


@pytest.mark.parametrize(
    "changed", [{"amount": "100"}, {"perform_by": "2026-07-09"}, {"perform_by": "", "nothing_to_perform": "yes"}]
)
def test_an_offer_of_something_else_is_another_offer(agent: Browser, number: str, changed: dict[str, str]) -> None:
    address = f"/portal/cases/{number}/do/offer"
    form = agent.get(address).hidden() | {"remedy": "A refund.", "amount": "10", "perform_by": "2026-07-10"}
    assert agent.send(address, form).status == 200
    late = agent.send(address, form | changed)
    assert late.status == 409
    assert "Recorded" not in late.words
    assert stored().offer is not None
    assert triggers() == ["file", "offer"]


@pytest.mark.parametrize(
    ("trigger", "typed"),
    [
        ("offer", {"remedy": "A refund.", "amount": "10", "perform_by": "2026-07-10"}),
        ("offer", {"remedy": "A refund.", "amount": "10.5"}),
        ("offer", {"remedy": "Done.", "nothing_to_perform": "yes"}),
        ("decline", {"reason": "No.\r\nNever."}),
        ("extend", {"reason": "The laboratory is slow."}),
    ],
)
def test_the_same_click_twice_acts_once(agent: Browser, number: str, trigger: str, typed: dict[str, str]) -> None:
    address = f"/portal/cases/{number}/do/{trigger}"
    form = agent.get(address).hidden() | typed
    first, second = agent.send(address, form), agent.send(address, form)
    assert (first.status, second.status) == (200, 200)
    assert triggers() == ["file", trigger]


@pytest.mark.parametrize(
    ("trigger", "typed"),
    [
        ("contact_consent", {"contact_consent": "yes"}),
        ("withdraw", {"reason": "Enough."}),
        ("statement", {"text": "One thing more."}),
    ],
)
def test_a_consumers_click_twice_acts_once(consumer: Browser, case: str, trigger: str, typed: dict[str, str]) -> None:
    form = consumer.get(f"{case}/do/{trigger}").hidden() | typed
    answers = [consumer.send(f"{case}/do/{trigger}", form).status for _ in range(2)]
    assert answers == [200, 200]
    assert triggers() == ["file", trigger]


def test_accepting_twice_accepts_once(consumer: Browser, case: str, agent: Browser, number: str) -> None:
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="A refund.", amount="10")
    form = consumer.get(f"{case}/do/accept_offer").hidden() | {"release": ["name", "phone"]}
    assert [consumer.send(f"{case}/do/accept_offer", form).status for _ in range(2)] == [200, 200]
    assert triggers() == ["file", "offer", "accept_offer"]


def test_signs_cleared_from_an_old_form_stay_set(desk: Browser) -> None:
    number = stored().number
    flags = f"/desk/cases/{number}/do/flag"
    form = desk.get(flags).hidden()
    assert desk.send(flags, form | {"flags": ["frequency"]}).status == 200
    assert desk.send(flags, form | {"flags": ["frequency"]}).status == 200
    assert desk.send(flags, form).status == 409
    assert stored().flags == ["frequency"]
