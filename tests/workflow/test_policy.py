"""Policies are data: the shipped ones say what the design says, and a wrong one is refused by name."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from complaints.errors import Misconfigured
from complaints.workflow import policy
from complaints.workflow.case import OPEN
from complaints.workflow.configuration import counters_of
from complaints.workflow.lifecycle import STATES, TABLE, limit_of
from complaints.workflow.policy import Policy

VERSIONS = ("association-2026-04", "delegated-2026-04")

# design.md, section 2, by hand: state | length, or fact of the case | working days of a benchmark enterprise
PUBLISHED_CLOCKS = """
received             |  7 working days    |
needs_information    | 10 working days    |
with_enterprise      | 10 working days    | 5
with_consumer        | 10 working days    |
performing           | perform_by         |
performance_reported |  7 working days    |
awaiting_mediator    |  2 working days    |
awaiting_consent     |  5 working days    |
in_mediation         | 60 days            |
recusal_pending      |  2 working days    |
under_appraisal      | appraise_by        |
"""
PUBLISHED_COUNTERS = {
    "reopen": 1, "redirect": 1, "extend": 1, "counter": 2, "ask_information": 2, "recusal": 1, "appraisal": 1,
    "performance": 1,
}  # fmt: skip
PUBLISHED_LIMITS = {
    "extension_working_days": 5, "performance_days": 15, "performance_days_agreed": 60, "appraisal_days": 60,
    "claim_years": 3,
}  # fmt: skip
PUBLISHED_WINDOWS = {"reopen_days": 30, "rating_days": 20, "judicial_confirmation_days": 30}
PAUSES = ("recusal_pending", "under_appraisal")
PUBLISHED_EXCLUSIONS = {
    "association-2026-04": {*PAUSES, "performing", "performance_reported"},
    "delegated-2026-04": {*PAUSES},
}


def said(rules: Policy) -> list[tuple[str, str, int | None]]:
    """The clocks of a policy in the words of the table above."""
    found = []
    for state, rule in rules.clocks.items():
        working = f"{rule.working_days} working days" if rule.working_days else None
        length = working or (f"{rule.days} days" if rule.days else rule.fact or "")
        found.append((state, length, rule.benchmark_working_days))
    return found


def published() -> list[tuple[str, str, int | None]]:
    lines = (line.split("|") for line in PUBLISHED_CLOCKS.strip().splitlines())
    return [
        (state.strip(), length.strip(), int(shorter) if shorter.strip() else None) for state, length, shorter in lines
    ]


# -- the shipped policies -----------------------------------------------------------------------------------------


def test_these_are_the_shipped_policies() -> None:
    assert sorted(each.version for each in policy.versions()) == sorted(VERSIONS)
    assert {each.mandate for each in policy.versions()} == {"association", "delegated"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_numbers_are_those_of_the_design(version: str) -> None:
    rules = policy.load(version)
    assert said(rules) == published()
    assert rules.counters == PUBLISHED_COUNTERS
    assert rules.limits == PUBLISHED_LIMITS
    assert rules.windows == PUBLISHED_WINDOWS
    assert (rules.reach_working_days, rules.outage_gap_minutes) == (5, 60)
    assert rules.holiday_reading == "broad"
    assert rules.in_force_from == date(2026, 4, 15)  # the day on which Order 121 came into force


@pytest.mark.parametrize("version", VERSIONS)
def test_reminders_are_those_of_the_design(version: str) -> None:
    rules = policy.load(version)
    assert (rules.remind_at_hour, rules.remind_working_days_before, rules.remind_last_day) == (9, (3, 1), True)
    assert rules.half_time_from_days == 15


@pytest.mark.parametrize("version", VERSIONS)
def test_the_mediation_period_runs_from_acceptance_less_excluded_spans(version: str) -> None:
    clocks = policy.load(version).clocks
    assert clocks["in_mediation"].counted_from == "accepted_at"
    assert set(clocks["in_mediation"].excludes) == PUBLISHED_EXCLUSIONS[version]
    others = [rule for state, rule in clocks.items() if state != "in_mediation"]
    assert not any(rule.counted_from or rule.excludes for rule in others)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_open_state_has_its_clock_and_every_counter_its_limit(version: str) -> None:
    rules = policy.load(version)
    assert set(rules.clocks) == set(OPEN)
    assert {row.clock for row in STATES if row.clock} == set(rules.clocks)
    assert {limit_of(name) for row in TABLE for name in counters_of(row)} == set(rules.counters)
    assert all(rule.article for rule in rules.clocks.values()), "a number without its source"


# -- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of policies of its own, with nothing remembered from another."""
    monkeypatch.setattr(policy, "FOLDER", tmp_path)
    policy.load.cache_clear()
    policy.versions.cache_clear()
    yield tmp_path
    policy.load.cache_clear()
    policy.versions.cache_clear()


SHIPPED = (Path(policy.__file__).with_name("policies") / "association-2026-04.toml").read_text(encoding="utf-8")


def write(
    folder: Path, version: str, *, mandate: str = "association", since: str = "2026-04-15", text: str = SHIPPED
) -> None:
    changed = text.replace('version = "association-2026-04"', f'version = "{version}"')
    changed = changed.replace('mandate = "association"', f'mandate = "{mandate}"')
    changed = changed.replace("in_force_from = 2026-04-15", f"in_force_from = {since}")
    (folder / f"{version}.toml").write_text(changed, encoding="utf-8")


def test_the_policy_in_force_on_a_day_is_the_newest_begun(folder: Path) -> None:
    write(folder, "first")
    write(folder, "second", since="2027-01-01")
    write(folder, "other", mandate="delegated", since="2026-12-01")
    days = {
        date(2020, 1, 1): "first",  # older files: the first there is
        date(2026, 4, 15): "first",
        date(2026, 12, 31): "first",
        date(2027, 1, 1): "second",
        date(2031, 1, 1): "second",
    }
    assert {day: policy.in_force("association", day).version for day in days} == days
    assert policy.in_force("delegated", date(2027, 6, 1)).version == "other"
    with pytest.raises(Misconfigured, match="no policy for the mandate court"):
        policy.in_force("court", date(2027, 1, 1))


def test_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(Misconfigured, match=r"policy lost: .*lost\.toml is missing"):
        policy.load("lost")


def test_a_file_must_say_its_own_version(folder: Path) -> None:
    (folder / "copy.toml").write_text(SHIPPED, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"copy\.toml says it is association-2026-04"):
        policy.load("copy")


WRONG = [
    ("no TOML", "version = \"association-2026-04\"", "version =", ""),
    ("no mandate", 'mandate = "association"\n', "", "mandate"),
    ("no date", "in_force_from = 2026-04-15\n", "", "in_force_from"),
    ("no clocks", "[clocks]", "[watches]", "clocks"),
    ("no counters", "[counters]", "[abacus]", "counters"),
    ("no limits", "[limits]", "[fences]", "limits"),
    ("no windows", "[windows]", "[doors]", "windows"),
    ("no reminders", "[reminders]", "[nudges]", "reminders"),
    ("no hour", "at_hour = 9", "", "at_hour"),
    ("no reach", "[reach]", "[grasp]", "reach"),
    ("no outage", "[outage]", "[uptime]", "outage"),
    ("no screening", "[screening]", "[sieve]", "screening"),
    ("a third reading", 'holiday_reading = "broad"', 'holiday_reading = "wide"', "holiday_reading"),
    ("an unknown entry", "received             = { working_days = 7", "received = { work_days = 7", "work_days"),
    ("two lengths", "{ working_days = 7", "{ days = 9, working_days = 7", "exactly one"),
    ("no length", "received             = { working_days = 7, ", "received = { ", "exactly one"),
    ("no article", 'working_days = 7,  article = "Order 121 art 15"', "working_days = 7", "article"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "entry"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_a_wrong_file_is_refused_by_name_and_entry(folder: Path, old: str, new: str, entry: str) -> None:
    assert old in SHIPPED
    write(folder, "wrong", text=SHIPPED.replace(old, new, 1))
    with pytest.raises(Misconfigured, match=r"wrong\.toml") as refused:
        policy.load("wrong")
    assert entry in str(refused.value)
    with pytest.raises(Misconfigured, match=r"wrong\.toml"):
        policy.versions()


DEEP_WRONG = [
    ("a clock that is a word", "working_days = 7,", 'working_days = "seven",', "received"),
    ("a clock below nought", "working_days = 7,", "working_days = -7,", "received"),
    ("a counter that is a word", "reopen = 1", 'reopen = "once"', "reopen"),
    ("a date that is a word", "in_force_from = 2026-04-15", 'in_force_from = "spring"', "in_force_from"),
    ("an hour that no day has", "at_hour = 9 ", "at_hour = 29 ", "at_hour"),
    ("a clock of two lengths names its state", "{ working_days = 7,", "{ days = 1, working_days = 7,", "received"),
]


@pytest.mark.parametrize(
    ("old", "new", "entry"), [each[1:] for each in DEEP_WRONG], ids=[each[0] for each in DEEP_WRONG]
)
def test_a_wrong_value_is_refused_by_name_and_entry(folder: Path, old: str, new: str, entry: str) -> None:
    assert old in SHIPPED
    write(folder, "wrong", text=SHIPPED.replace(old, new, 1))
    with pytest.raises(Misconfigured, match=r"wrong\.toml") as refused:
        policy.load("wrong")
    assert entry in str(refused.value)
