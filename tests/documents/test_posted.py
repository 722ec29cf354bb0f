"""Letters on paper: the address stands in the window, whatever its length, and the rest below it."""

import pytest

from complaints.delivery.content import content
from complaints.documents import posted
from complaints.documents.paper import Paper
from complaints.documents.posted import Posted
from tests.delivery.planted import FACTS, MONDAY


def letter(language: str, **changes: str) -> Posted:
    said = content(language, "offer", "opening_3", FACTS)
    values = {
        "name": "王梅",
        "address": "上海市杨浦区大学路 1 号",
        "link": "https://complaints.example/c/abc",
    } | changes
    return Posted(number="C26-AAAA-BBBB", language=language, written=said, made_at=MONDAY, **values)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_the_same_file_for_the_same_letter(language: str) -> None:
    made = posted.render(letter(language))
    assert made.startswith(b"%PDF-")
    assert posted.render(letter(language)) == made
    assert posted.render(letter(language, link="")) != made


@pytest.mark.parametrize("address", ["x", "长" * 300, "Street 1\n" * 12, "W" * 290])
def test_any_address_stays_within_the_window(address: str) -> None:
    paper = Paper("x", MONDAY, language="zh")
    posted._window(paper, letter("zh", address=address, name="王" * 40))
    assert paper.get_y() <= posted.WINDOW_TOP + posted.WINDOW_HIGH
    assert paper.content()  # which lets go of its fonts
