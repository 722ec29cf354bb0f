"""The amount and date on the page are those that accepting now would mean."""

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import Complaint
from complaints.workflow import rows
from tests.web.browser import Browser
from web.reading import terms


@pytest.fixture
def portal(agent: Browser, number: str) -> str:
    """An offer of 100 by 10 July stands; the address of the case in the portal."""
    address = f"/portal/cases/{number}"
    agent.submit(f"{address}/do/offer", remedy="A part.", amount="100", perform_by="2026-07-10")
    return address


def shown(app: Flask) -> list[str]:
    """What the page says was offered or promised."""
    with db.reading() as session:
        case = rows.load(session, complaint_id=session.scalars(select(Complaint.id)).one(), lock=False)
    assert case is not None
    with app.test_request_context("/?lang=zh"):
        return [value for _, value in terms(case)]


def test_the_offer_while_it_waits_and_nothing_when_it_is_rejected(
    app: Flask, consumer: Browser, case: str, portal: str
) -> None:
    assert [each[:7] for each in shown(app)] == ["¥100.00", "2026年7月"]
    consumer.submit(f"{case}/do/reject")
    assert shown(app) == []


def test_after_a_failed_promise_the_late_offer_stands_alone(
    app: Flask, consumer: Browser, agent: Browser, case: str, portal: str
) -> None:
    consumer.submit(f"{case}/do/accept_offer")
    agent.submit(f"{portal}/do/report_performance", text="Sent.")
    consumer.submit(f"{case}/do/dispute_performance", reason="The box was empty.")
    assert shown(app) == []
    agent.submit(f"{portal}/do/late_offer", remedy="More.", amount="300", perform_by="2026-07-25")
    amount, day = shown(app)
    assert (amount, day[:10]) == ("¥300.00", "2026年7月25日")
    assert "¥300.00" in consumer.get(case).words
