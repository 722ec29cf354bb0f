"""Codes of marks: read back however they are typed, never guessed, made without being kept."""

import itertools
import random
import re
import tracemalloc
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.registry import mark_batches, mark_codes
from complaints.registry.mark_codes import Code
from tests.people import MONDAY

KEY = bytes(range(32))


@pytest.mark.parametrize("numbers", [(1, 1), (7, 1_000_000), (2**32 - 1, 2**32 - 1)])
def test_a_code_says_which_one_of_which_batch(numbers: tuple[int, int]) -> None:
    written = mark_codes.code(KEY, *numbers)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}-[0-9A-HJKMNP-TV-Z]{6}", written)
    assert mark_codes.read(KEY, written) == Code(*numbers)


def test_it_is_read_however_it_is_typed() -> None:
    rng = random.Random(7)
    for serial in rng.sample(range(1, 10**6), 50):
        written = mark_codes.code(KEY, 3, serial)
        misread = written.replace("0", "o").replace("1", rng.choice("ilIL"))
        full_width = "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else "－" for char in written)
        for typed in (
            written.lower(),
            written.replace("-", ""),
            f"  {written.replace('-', ' ')}\n",
            misread,
            full_width,
        ):
            assert mark_codes.read(KEY, typed) == Code(3, serial), typed


def test_what_is_no_code_is_none() -> None:
    written = mark_codes.code(KEY, 3, 5)
    for typed in ("", "x", written[:-1], written + "0", written.replace(written[0], "U", 1), "0" * 26, "-" * 26,
                  "é" * 26, "\0" * 26, "٣" * 26, "9" * 500):  # fmt: skip
        assert mark_codes.read(KEY, typed) is None, typed
    assert mark_codes.read(bytes(32), written) is None  # another installation's key


def test_one_wrong_letter_and_any_guess_are_no_code() -> None:
    written = mark_codes.code(KEY, 3, 5).replace("-", "")
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    changed = [written[:at] + letter + written[at + 1 :] for at in range(26) for letter in letters]
    assert [each for each in changed if mark_codes.read(KEY, each)] == [written] * 26
    rng = random.Random(3)
    assert not any(mark_codes.read(KEY, "".join(rng.choices(letters, k=26))) for _ in range(5_000))


def test_two_batches_share_nothing_that_can_be_seen() -> None:
    seen = {code for batch in (1, 2) for code in mark_codes.codes(KEY, batch, 1, 3_000)}
    assert len(seen) == 6_000
    assert len({code[:5] for code in seen}) > 5_900  # neighbours look nothing alike


def test_codes_are_made_as_they_are_asked_for() -> None:
    many = mark_codes.codes(KEY, 1, 1, 10**6)
    first = list(itertools.islice(many, 3))
    assert first == [mark_codes.code(KEY, 1, serial) for serial in (1, 2, 3)]
    assert list(mark_codes.codes(KEY, 1, 1_020, 1_030)) == [mark_codes.code(KEY, 1, n) for n in range(1_020, 1_031)]


def test_a_batch_of_a_million_leaves_in_constant_memory(settings_env: object) -> None:
    """Memory is watched while the file is written; what was written is thrown away."""

    def numbered() -> Iterator[tuple[int, str]]:
        return zip(itertools.count(1), mark_codes.codes(KEY, 1, 1, 10**6))

    pieces, size = mark_batches.as_csv(numbered()), 0
    size += len(next(pieces))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for piece in itertools.islice(pieces, 60):  # some fifty thousand codes: what grows would have grown
            size += len(piece)
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert size > 3_500_000
    assert most < 1_500_000, most


def test_there_is_one_key(database: Engine) -> None:
    with db.reading() as session:
        assert mark_codes.key(session) is None
    with db.transaction() as session:
        first = mark_codes.ensure_key(session, MONDAY)
    with db.transaction() as session:
        assert mark_codes.ensure_key(session, MONDAY) == first
    assert len(first) == 32
