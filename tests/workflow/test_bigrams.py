"""The words by which a text is found."""

import pytest

from complaints.workflow import bigrams


def found(text: str, question: str) -> bool:
    """Whether the question finds the text, as the indexes would."""
    words = bigrams.words([text])
    return all(any(word == each or (begins and word.startswith(each)) for word in words)
               for each, begins in bigrams.asked(question))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("电热水壶漏水", "水壶"),
        ("电热水壶漏水", "电热水壶"),
        ("电热水壶漏水", "漏水 水壶"),
        ("电热水壶漏水", "壶"),
        ("漏水", "水"),
        ("买了 3C电池 两块", "电池"),
        ("买了 3C电池 两块", "3c"),
        ("The kettle burst", "KETTLE"),
        ("The kettle burst", "kett"),
        ("ＡＢＣ１２３", "abc123"),
        ("C26-ABCD-1234", "c26-abcd-1234"),
        ("𠮷野家的牛肉饭", "𠮷野"),
    ],
)
def test_what_is_there_is_found(text: str, question: str) -> None:
    assert bigrams.asked(question)
    assert found(text, question)


@pytest.mark.parametrize(
    ("text", "question"),
    [("电热水壶漏水", "热壶"), ("水，壶", "水壶"), ("kettle", "ke"), ("kettle", "ttle"), ("kettle", "kettle burst")],
)
def test_what_is_not_there_is_not_found(text: str, question: str) -> None:
    assert not found(text, question)


@pytest.mark.parametrize("question", ["", "  ", "!!", "，。", "' OR 1=1 --", '"*"', "()&|:*"])
def test_no_question_is_a_command(question: str) -> None:
    assert all(word.isalnum() for word, _ in bigrams.asked(question))


def test_a_long_text_and_a_long_question_stay_bounded() -> None:
    long = "".join(chr(0x4E00 + n) for n in range(20_000))
    assert len(bigrams.words([long])) == bigrams.MOST_WORDS
    assert len(bigrams.asked(long)) == bigrams.MOST_ASKED
    assert max(map(len, bigrams.words(["x" * 500]))) == bigrams.LONGEST
