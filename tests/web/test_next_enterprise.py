"""What an enterprise sees: its own dealings with the consumer, and nothing of what officers suspect."""

from collections.abc import Callable

import pytest

from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.attaching import add, evidence, links
from tests.web.browser import Browser
from tests.web.samples import JPEG, PDF, PNG

HONGYUNS = ("hongyun-internal", "77.00", "77 yuan and silence", "A slow week.", "Our own words.")


@pytest.fixture
def moved(consumer: Browser, agent: Browser, desk: Browser, case: str, number: str, world: World) -> Browser:
    """Hongyun has offered, written, and added a file; the case was then named to Baiyu, whose agent this is."""
    portal = f"/portal/cases/{number}"
    add(consumer, case, JPEG, "kettle.jpg")
    add(agent, portal, PDF, "hongyun-internal.pdf")
    agent.submit(f"{portal}/do/extend", reason="A slow week.")
    agent.submit(f"{portal}/do/statement", text="Our own words.")
    agent.submit(f"{portal}/do/offer", remedy="77 yuan and silence", amount="77")
    consumer.submit(f"{case}/do/reject")
    desk.submit(f"/desk/cases/{number}/do/route?q=Baiyu", enterprise_id=str(world.baiyu))
    desk.submit(f"/desk/cases/{number}/do/assign")
    assert consumer.submit(f"{case}/do/consent").status == 200
    return Browser(desk.client.application).log_in("baiyu")


def test_the_next_enterprise_begins_with_the_filing(moved: Browser, number: str) -> None:
    page = moved.get(f"/portal/cases/{number}")
    assert page.status == 200
    assert "It burst." in page.words
    assert "kettle.jpg" in page.words
    assert not [words for words in HONGYUNS if words in page.text]
    assert "Your offer" not in page.words


def test_the_next_enterprise_gets_no_file_of_the_first(moved: Browser, agent: Browser, number: str) -> None:
    kettle, internal = evidence()
    assert links(moved.get(f"/portal/cases/{number}")) == [f"/portal/cases/{number}/evidence/{kettle.id}"]
    assert moved.get(f"/portal/cases/{number}/evidence/{kettle.id}").status == 200
    assert moved.get(f"/portal/cases/{number}/evidence/{internal.id}").status == 404
    assert agent.get(f"/portal/cases/{number}").status == 404


def test_the_consumer_and_the_centre_still_see_all(
    moved: Browser, consumer: Browser, desk: Browser, case: str, number: str
) -> None:
    for page in (consumer.get(case), desk.get(f"/desk/cases/{number}")):
        assert not [words for words in HONGYUNS if words not in page.words]


def test_what_the_next_enterprise_does_it_sees(moved: Browser, number: str) -> None:
    add(moved, f"/portal/cases/{number}", PNG, "ours.png")
    page = moved.submit(f"/portal/cases/{number}/do/statement", text="We begin anew.")
    assert "ours.png" in page.words
    assert "We begin anew." in page.words


def test_the_same_file_again_is_the_next_enterprises_own(moved: Browser, number: str) -> None:
    page = add(moved, f"/portal/cases/{number}", PDF, "ours.pdf")
    assert "Recorded" in page.words
    assert "ours.pdf" in page.words


@pytest.fixture
def suspected(world: World) -> Playing:
    """The fifth filing from one phone, admitted by an officer."""
    *_, last = [file_complaint(world, product=f"kettle {n}") for n in range(5)]
    assert last.case.flags == ["frequency"]
    last.intake("admit")
    return last


def test_signs_of_abuse_are_shown_to_officers_alone(suspected: Playing, browser: Callable[..., Browser]) -> None:
    agent, desk = browser().log_in("hongyun"), browser().log_in("desk")
    assert "flagged" in desk.get("/desk?queue=open").words
    assert "What you see" in desk.get(f"/desk/cases/{suspected.number}").words
    for address in ("/portal", f"/portal/cases/{suspected.number}"):
        page = agent.get(address)
        assert suspected.number in page.words
        assert not [words for words in ("flagged", "What you see", "out of line") if words in page.words]
    letters = [letter for letter in suspected.notices() if letter.recipient.startswith("enterprise")]
    assert letters
    assert not [letter for letter in letters if "frequency" in str(letter.facts)]


def test_an_enterprise_does_not_hear_that_it_was_reported(world: World, browser: Callable[..., Browser]) -> None:
    mei = file_complaint(world, against="outside")
    mei.intake("split", reason="They bribe inspectors.")
    mei.intake("admit")
    address = f"/portal/cases/{mei.number}"
    page = browser().log_in("outside").get(address)
    assert page.status == 200
    assert not [words for words in ("offence", "bribe") if words in page.words]
    assert "bribe" in browser().log_in("desk").get(f"/desk/cases/{mei.number}").words
