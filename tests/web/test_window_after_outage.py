"""A window that ended while the service was down can be used in the browser on the working day after."""

from datetime import datetime, timedelta

import pytest

from complaints import clock, db
from complaints.registry import links
from complaints.workflow.case import State
from tests.people import World, lived, moment
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.workflow.expected import walk


@pytest.fixture
def closed(world: World) -> Playing:
    """Declined and not pursued."""
    playing = walk(file_complaint(world), "decline")
    playing.run_out()
    assert playing.state is State.CLOSED
    return playing


def address_of(playing: Playing) -> str:
    with db.transaction() as session:
        token = links.current(session, playing.id)
    return f"/c/{token}"


def come_back(monkeypatch: pytest.MonkeyPatch, until: datetime, down_for: timedelta) -> None:
    """The service was down over `until`, and is up again in the morning after."""
    back = until + timedelta(hours=9)
    lived((moment("2026-07-01"), back - down_for), (back, back + timedelta(hours=1)))
    monkeypatch.setattr(clock, "wall", lambda: back)


@pytest.mark.parametrize(
    ("window", "trigger", "typed"),
    [
        ("reopen_until", "reopen", {"reason": "I was away."}),
        ("rate_until", "rate", {"rating": "4"}),
    ],
)
def test_a_window_lost_to_an_outage_is_open_for_another_day(
    closed: Playing,
    consumer: Browser,
    monkeypatch: pytest.MonkeyPatch,
    window: str,
    trigger: str,
    typed: dict[str, str],
) -> None:
    until = getattr(closed.case, window)
    come_back(monkeypatch, until, timedelta(days=5))
    address = address_of(closed)
    assert trigger in consumer.get(address).actions()
    answer = consumer.submit(f"{address}/do/{trigger}", **typed)
    assert answer.status == 200, answer.words
    assert closed.triggers()[-1] == trigger


@pytest.mark.parametrize(("window", "trigger"), [("reopen_until", "reopen"), ("rate_until", "rate")])
def test_without_an_outage_it_is_over(
    closed: Playing, consumer: Browser, monkeypatch: pytest.MonkeyPatch, window: str, trigger: str
) -> None:
    come_back(monkeypatch, getattr(closed.case, window), timedelta(minutes=10))
    address = address_of(closed)
    assert trigger not in consumer.get(address).actions()
    assert consumer.get(f"{address}/do/{trigger}").status == 409
