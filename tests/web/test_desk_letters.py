"""Each action of an officer has its letter ready to edit; what is left in the box is what is sent."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from complaints.workflow.case import State
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser, Page
from tests.workflow.expected import walk


@pytest.fixture
def waiting(world: World) -> Playing:
    """A complaint at intake, read in Chinese."""
    return file_complaint(world, against="outside")


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def letter(page: Page, box: str = "text") -> str:
    found = re.search(rf'<textarea id="{box}"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL)
    assert found, page.words
    return found[1]


def test_the_letter_of_an_admission_is_there_and_sent_as_left(waiting: Playing, desk: Browser) -> None:
    form = desk.get(f"/desk/cases/{waiting.number}/do/admit")
    draft = letter(form)
    assert waiting.number in draft
    assert "Outside Traders" in draft
    assert "2026年7月20日" in draft  # the last day that the enterprise will have
    desk.send(f"/desk/cases/{waiting.number}/do/admit", form.hidden() | {"text": "已受理，请等候。"})
    assert waiting.state is State.WITH_ENTERPRISE
    assert "已受理，请等候。" in desk.get(f"/desk/cases/{waiting.number}").words


def test_a_choice_changes_the_letter_but_not_what_was_written_by_hand(waiting: Playing, desk: Browser) -> None:
    address = f"/desk/cases/{waiting.number}/do/refuse"
    form = desk.get(address)
    first = letter(form)
    assert "依据" not in first
    typed = form.hidden() | {"ground": "refuse_4", "text": first}
    chosen = desk.send(f"/desk/cases/{waiting.number}/draft/refuse", typed)
    assert "三年" in letter(chosen) or "3 年" in letter(chosen)
    own = desk.send(f"/desk/cases/{waiting.number}/draft/refuse", typed | {"text": "我自己写的。"})
    assert letter(own).strip() == "我自己写的。"
    assert "What you wrote by hand was kept" in own.words
    anew = desk.send(f"/desk/cases/{waiting.number}/draft/refuse", typed | {"text": "我自己写的。", "anew": "yes"})
    assert letter(anew) == letter(chosen)
    assert waiting.state is State.RECEIVED


def test_without_scripts_a_button_writes_it_anew(waiting: Playing, desk: Browser) -> None:
    address = f"/desk/cases/{waiting.number}/do/ask_information"
    typed = desk.get(address).hidden() | {"missing": ["address", "phone"], "text": "", "anew": "yes"}
    page = desk.send(address, typed)
    assert page.status == 200
    assert "2. " in letter(page)
    assert 'value="address" checked' in page.text
    assert waiting.state is State.RECEIVED
    sent = desk.send(address, page.hidden() | {"missing": ["address"], "text": letter(page)})
    assert sent.status == 200
    assert waiting.case.state.value == State.NEEDS_INFORMATION.value


def test_mediation_letters_name_what_was_chosen(world: World, browser: Callable[..., Browser]) -> None:
    mei = walk(file_complaint(world, locale="en"), "decline reject")
    desk = browser().log_in("desk")
    desk.submit(f"/desk/cases/{mei.number}/do/assign")
    medi = browser().log_in("medi")
    mei.supervisor("reassign", mediator_id=_medi(desk.get(f"/desk/cases/{mei.number}/do/reassign").text))
    page = medi.get(f"/desk/cases/{mei.number}/do/conclude")
    typed = page.hidden() | {"amount": "64.5", "perform_by": "2026-07-15", "agreement": "", "anew": "yes"}
    again = medi.send(f"/desk/cases/{mei.number}/do/conclude", typed)
    assert "¥64.50" in letter(again, "agreement")
    assert "Wednesday 15 July 2026" in letter(again, "agreement")
    assert mei.state is State.IN_MEDIATION


@pytest.mark.parametrize(("language", "said"), [("en", "The mediation goes on"), ("zh", "现在继续调解")])
def test_the_report_of_a_laboratory_reaches_both_sides_by_a_letter_begun(
    world: World, browser: Callable[..., Browser], language: str, said: str
) -> None:
    mei = walk(file_complaint(world, locale=language), "decline reject assign")
    medi, desk, address = browser().log_in("medi"), browser().log_in("desk"), f"/desk/cases/{mei.number}/do"
    mei.supervisor("reassign", mediator_id=_medi(desk.get(f"{address}/reassign").text))
    mei.mediator("order_appraisal", laboratory="L", agreed_on=date(2026, 8, 3), payer="centre", both_agreed=True)
    page = medi.get(f"{address}/receive_appraisal")
    assert mei.number in letter(page)
    assert said in letter(page)
    medi.send(f"{address}/receive_appraisal", page.hidden() | {"text": "The heater was broken from the start."})
    assert "broken from the start" in browser().log_in("hongyun").get(f"/portal/cases/{mei.number}").words


def test_a_reason_that_goes_into_no_letter_says_who_sees_it(waiting: Playing, desk: Browser) -> None:
    assert "Only the centre sees it." in desk.get(f"/desk/cases/{waiting.number}/do/join").words


def test_a_note_is_kept_beside_the_case_and_an_empty_one_is_said_to_be(waiting: Playing, desk: Browser) -> None:
    page = f"/desk/cases/{waiting.number}"
    kept = desk.send(f"{page}/note", desk.get(page).hidden() | {"text": "Phoned the shop."})
    assert "Phoned the shop." in kept.text
    empty = desk.send(f"{page}/note", desk.get(page).hidden() | {"text": " "})
    assert (empty.status, "must be given" in empty.text) == (422, True)
    assert waiting.triggers().count("note") == 1


def _medi(text: str) -> int:
    return int(text.split(">medi</option>")[0].rpartition('<option value="')[2].partition('"')[0])
