"""What the record shows: intervals, ranks, and that nothing suppressed can be computed from what is shown."""

import inspect
from collections import Counter, defaultdict
from itertools import pairwise, product
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.insight import record_figures
from complaints.insight.record_figures import KINDS, Entry, Figures, Since, Tally, overall, ranks, shown, wilson

LEAST = 5
FEW = KINDS[:3]  # an attacker's table small enough to go through whole


def figures(settled: int, ended: int, month: str = "2026-06") -> Figures:
    return shown(Tally(ends=Counter(settled=settled, withdrawn=ended - settled)), month, LEAST)


def entry(firm: int, settled: int, ended: int, *, participant: bool = True) -> Entry:
    return Entry(firm, participant, figures(settled, ended))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_agrees_with_published_values(hits: int, of: int, low: float, high: float) -> None:
    """The last: Newcombe, Statistics in Medicine 17 (1998), table I."""
    found = wilson(hits, of)
    assert isclose(found[0], low, abs_tol=5e-5)
    assert isclose(found[1], high, abs_tol=5e-5)


def test_three_good_cases_do_not_beat_three_hundred() -> None:
    found = ranks([entry(1, 3, 3), entry(2, 285, 300), entry(3, 30, 30)], least_ranked=1)
    assert found[2] == 1
    assert found[3] == 2
    assert 1 not in found  # fewer than may be shown
    assert ranks([entry(1, 29, 29), entry(2, 285, 300)], least_ranked=30) == {2: 1}


def test_who_does_not_take_part_is_listed_but_not_ranked() -> None:
    found = ranks([entry(1, 40, 40, participant=False), entry(2, 35, 40)], least_ranked=30)
    assert found == {2: 1}
    assert record_figures.why_not_ranked(entry(1, 40, 40, participant=False), 30) == "not_participant"


def test_equal_figures_share_a_rank_whatever_the_order() -> None:
    assert ranks([entry(2, 30, 40), entry(1, 30, 40), entry(3, 20, 40)], 30) == {1: 1, 2: 1, 3: 3}


def test_a_rank_is_made_of_figures_alone() -> None:
    """No fee, and nothing else, can influence it: there is no way in for it."""
    assert list(inspect.signature(ranks).parameters) == ["entries", "least_ranked"]
    assert set(Entry.__dataclass_fields__) == {"enterprise_id", "participant", "figures"}
    with_more = Entry(1, True, figures(30, 40) | {"fee_paid": 1_000_000})
    assert ranks([with_more, entry(2, 31, 40)], 30) == {2: 1, 1: 2}
    assert "fee" not in inspect.getsource(record_figures).replace("Of fees nothing is known here.", "")


def published(cells: tuple[int, ...], settled: int) -> str:
    tally = Tally(ends=Counter({"settled": settled, **dict(zip(FEW, cells, strict=True))}))
    return repr(shown(tally, "2026-06", LEAST))


def test_no_suppressed_kind_can_be_computed_by_who_knows_the_rules() -> None:
    """Every small table is published; whoever sees a publication goes through all tables that lead to it."""
    worlds: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for cells in product(range(14), repeat=len(FEW)):
        worlds[published(cells, 9)].append(cells)
    for seen, leading in worlds.items():
        if "'kinds': None" in seen and sum(leading[0]) <= 13:
            for n in range(len(FEW)):
                assert len({each[n] for each in leading}) > 1, (seen, leading)


def test_the_end_of_a_short_line_says_nothing() -> None:
    alike = {repr(figures(settled, ended)) for ended in range(LEAST) for settled in range(ended + 1)}
    assert len(alike) == 1


@st.composite
def months(draw: st.DrawFn) -> list[list[str]]:
    """What ended in each of some months."""
    ends = st.sampled_from(["settled", *KINDS[:4]])
    return draw(st.lists(st.lists(ends, max_size=9), min_size=13, max_size=26))


def tallied(ends: list[list[str]]) -> Tally:
    return Tally(ends=Counter(each for month in ends for each in month))


def name(n: int) -> str:
    return f"{2026 + n // 12}-{n % 12 + 1:02d}"


@settings(max_examples=150, deadline=None)
@given(months())
def test_two_months_never_differ_by_a_few_cases(lived: list[list[str]]) -> None:
    """Month by month as the record does it; then every pair of shown lines in a row is compared."""
    lines: list[Figures] = []
    for n in range(11, len(lived)):
        window = tallied(lived[n - 11 : n + 1])
        earlier = lines[:-13:-1]
        basis = next((each for each in earlier if each["ended"] is not None), None)
        since = {}
        for what in ("ended", "kinds", "mediation"):
            last = next((each for each in earlier if each[what] is not None), None)
            if last is not None:
                then = index(last["as_of"])
                since[what] = [
                    Since(tallied(lived[then + 1 : n + 1]), tallied(lived[max(0, then - 11) : max(0, n - 11)]))
                ]
        lines.append(shown(window, name(n), LEAST, basis, since))
    seen = [each for each in lines if each["ended"] is not None]
    for before, after in pairwise(seen):
        if before["as_of"] == after["as_of"]:
            assert before == after
            continue
        first, second = index(before["as_of"]), index(after["as_of"])
        entered, left = tallied(lived[first + 1 : second + 1]), tallied(lived[first - 11 : second - 11])
        assert max(entered.ended, left.ended) >= LEAST
        assert {entered.ended, left.ended}.isdisjoint(range(1, LEAST))
    detailed = [each for each in seen if each["kinds"] is not None]
    for before, after in pairwise(detailed):
        first, second = index(before["as_of"]), index(after["as_of"])
        for part in (tallied(lived[first + 1 : second + 1]), tallied(lived[first - 11 : second - 11])):
            assert set(part.cells("kinds").values()).isdisjoint(range(1, LEAST))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=24))
def test_marks_that_come_late_or_go_never_follow_by_difference(lived: list[tuple[int, int, int]]) -> None:
    """In each month so many cases end, with a mark at once or later, and some are opened again, which takes it away.

    Whoever sees two shown means in a row can compute what the marks between them sum up to: of nobody's, or of enough.
    """
    months: list[list[int]] = []  # the marks there are now, by the month in which their case ended
    seen: Figures | None = None
    for n, (entered, late, gone) in enumerate(lived):
        if months:
            months[-1] = months[-1][gone:] + [1] * late
        months.append([5] * entered)
        since: list[Since] = []
        if seen is not None:
            then = index(seen["as_of"]) + 1
            again, after = marks(months[:then]), marks(months[then:])
            since = [Since(after, Tally(), seen, again)]
            drift = len(again.ratings) - seen["ratings"]["count"]
        found = shown(marks(months), name(n), LEAST, since={"ratings": since})
        if found["ratings"] is None:
            continue
        if seen is not None:
            assert len(after.ratings) + max(drift, 0) not in range(1, LEAST)
            assert max(-drift, 0) not in range(1, LEAST)
        seen = found


def marks(months: list[list[int]]) -> Tally:
    return Tally(ends=Counter(settled=60), ratings=[each for month in months for each in month])


def test_what_was_excluded_since_is_explained_and_nothing_else_is() -> None:
    def shows(ended: int, excluded: int) -> bool:
        was = figures(20, 20, "2026-05")
        now = Since(
            Tally(ends=Counter(settled=6)), Tally(), was, Tally(ends=Counter(settled=ended)),
            Tally(ends=Counter(settled=excluded)),
        )  # fmt: skip
        found = shown(Tally(ends=Counter(settled=ended + 6)), "2026-06", LEAST, was, {"ended": [now]})
        return bool(found["as_of"] == "2026-06")

    assert shows(20, 0)
    assert not shows(19, 0)
    assert shows(19, 1)
    assert not shows(18, 1)
    assert shows(15, 0)


def index(month: str) -> int:
    return (int(month[:4]) - 2026) * 12 + int(month[5:]) - 1


def test_the_overall_line_adds_up_what_is_shown_and_nothing_else() -> None:
    entries = [entry(1, 30, 40), entry(2, 6, 9), entry(3, 2, 3)]
    told = overall(entries)
    assert (told["ended"], told["settled"], told["enterprises"], told["left_out"]) == (49, 36, 2, 1)
    assert overall([*entries[:2], entry(3, 0, 4)]) == told  # what is suppressed leaves no trace
    assert overall([])["interval"] is None


def test_held_back_figures_are_gone_from_line_rank_and_sum() -> None:
    held = record_figures.hold(figures(30, 40), ["kinds"])
    assert (held["kinds"], held["held"], held["ended"]) == (None, ["kinds"], 40)
    whole = record_figures.hold(figures(30, 40), ["settled"])
    assert whole["ended"] is None
    assert ranks([Entry(1, True, whole)], 30) == {}
    assert record_figures.why_not_ranked(Entry(1, True, whole), 30) == "held_back"


def test_shares_with_a_base_of_their_own_need_enough_answers() -> None:
    tally = Tally(ends=Counter(settled=20), in_time=4, unanswered=0, days=[1, 2, 3, 4], ratings=[5, 5, 4, 4, 3])
    found = shown(tally, "2026-06", LEAST)
    assert found["answers"] is None
    assert found["ratings"] == {"count": 5, "mean": 4.2}
    tally.unanswered = 1
    assert shown(tally, "2026-06", LEAST)["answers"]["median_days"] == 2.5
