"""The search proves what it says: the real tables pass, and a table with one thing wrong is reported, by its row."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from click.testing import CliRunner

from complaints.commands import verify as command
from complaints.workflow import policy, verify
from complaints.workflow.case import Case, Move, Role, State
from complaints.workflow.lifecycle import STATES, TABLE, Row, StateRow, row
from complaints.workflow.policy import Policy
from tests.workflow.searching import ASSOCIATION, DELEGATED, changed, named, problems, searched, small, without

VERSIONS = (ASSOCIATION, DELEGATED)


# -- the real tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_real_tables_keep_their_promise(version: str) -> None:
    assert searched(version).problems == []


def test_every_state_and_row_has_its_use_under_some_policy() -> None:
    assert verify.unused([searched(version) for version in VERSIONS]) == []


def test_silence_leads_where_the_design_says() -> None:
    assert searched(ASSOCIATION).silences == {
        "received": {"admit → with_enterprise", "admit → awaiting_mediator"},
        "needs_information": {"lapse → closed lapsed"},
        "with_enterprise": {"escalate → awaiting_mediator"},
        "with_consumer": {"leave_unanswered → closed unconfirmed", "leave_unanswered → closed declined_not_pursued"},
        "performing": {"break_promise → awaiting_mediator", "break_promise → closed settlement_broken"},
        "performance_reported": {"presume_performed → closed settled_unconfirmed"},
        "awaiting_mediator": {"assign → awaiting_consent", "assign → in_mediation", "assign → closed terminated"},
        "awaiting_consent": {"refuse_mediation → closed consent_unanswered"},
        "in_mediation": {"terminate → closed terminated"},
        "recusal_pending": {"decide_recusal → in_mediation", "decide_recusal → closed terminated"},
        "under_appraisal": {"receive_appraisal → in_mediation"},
    }


def test_a_delegated_case_never_reaches_the_enterprise_before_mediation() -> None:
    entered = {key.state for key in searched(DELEGATED).edges}
    assert entered == {*State} - {State.NEW, State.WITH_ENTERPRISE, State.WITH_CONSUMER}


def test_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "check", lambda rules: searched(rules.version))  # found once for all tests
    result = CliRunner().invoke(command.command)
    assert result.exit_code == 0, result.output
    assert "nobody is ever stuck" in result.stdout
    for said in (*VERSIONS, "reachable configurations", "from in_mediation", "longest silent remainder", "total life"):
        assert said in result.stdout


# -- broken states ------------------------------------------------------------------------------------------------


def with_state(state: State, **changes: str | None) -> list[StateRow]:
    return [replace(each, **changes) if each.state is state else each for each in STATES]  # type: ignore[arg-type]


BROKEN_STATES = [
    ("no owner", with_state(State.PERFORMING, owner=None), "state performing: no owner"),
    ("an unknown owner", with_state(State.PERFORMING, owner="somebody"), "state performing: no owner"),
    ("no clock", with_state(State.IN_MEDIATION, clock=None), "state in_mediation: no clock"),
    ("an unknown clock", with_state(State.IN_MEDIATION, clock="sundial"), "state in_mediation: no clock"),
    ("no consequence", with_state(State.WITH_CONSUMER, on_silence=None), "state with_consumer: no consequence"),
    ("an unknown trigger", with_state(State.WITH_CONSUMER, on_silence="sing"), "no row 'sing' by the clock from here"),
    (
        "another's trigger",
        with_state(State.WITH_CONSUMER, on_silence="escalate"),
        "state with_consumer: no consequence",
    ),
    (
        "a state not listed",
        [each for each in STATES if each.state is not State.CLOSED],
        "state closed: missing from STATES",
    ),
]


@pytest.mark.parametrize(
    ("states", "said"), [each[1:] for each in BROKEN_STATES], ids=[each[0] for each in BROKEN_STATES]
)
def test_a_broken_state_is_named(states: Sequence[StateRow], said: str) -> None:
    found = verify.check(small(), states=states).problems
    assert any(said in problem for problem in found), found


# -- broken rows --------------------------------------------------------------------------------------------------


def never(case: Case, move: Move) -> bool:
    return False


def may_share(case: Case, move: Move) -> bool:
    return case.share_consent


def always_there(row: Row) -> bool:
    return row.trigger == "assign" and row.dest is State.CLOSED


def nobody_left(row: Row) -> bool:
    return row.trigger == "decide_recusal" and row.dest is State.CLOSED


def out_of_appraisal(row: Row) -> bool:
    return State.UNDER_APPRAISAL in row.source and row.dest is not None


BROKEN_ROWS = [
    ("nobody may pull it", small(), changed(named("reject"), by=()), "→ awaiting_mediator: nobody may pull it"),
    ("an unknown destination", small(), changed(named("reject"), dest="limbo"), "there is no state limbo"),
    ("an unknown source", small(), changed(named("reject"), source=("limbo",)), "there is no state limbo"),
    ("an unknown condition", small(), changed(named("reject"), when="may_reject"), "not a function"),
    ("an unknown effect", small(), changed(named("reject"), then="reject"), "not a function"),
    ("an unknown counter", small(), changed(named("reject"), spends="patience"), "counter 'patience' has no limit"),
    (
        "a clock that may never act", small(), changed(named("escalate"), when=never),
        "state with_enterprise: silence leads nowhere (escalate",
    ),
    (
        "a clock that leaves the case where it is", small(), changed(named("lapse"), dest=None),
        "state needs_information: no consequence of silence",
    ),
    (
        "a clock that may leave the case where it is", small(),
        [row("escalate", State.WITH_ENTERPRISE, None, Role.CLOCK, when=may_share), *TABLE],
        "state with_enterprise: silence leads nowhere (escalate",
    ),
    (
        "nobody to mediate, and no way out", small(), without(always_there),
        "state awaiting_mediator: silence leads nowhere (assign {'mediator_id': None})",
    ),
    (
        "nobody left, and no way out", small(recusal=1), without(nobody_left),
        "state recusal_pending: silence leads nowhere (decide_recusal",
    ),
    (
        "a state that no way leaves", small(appraisal=1), changed(out_of_appraisal, dest=State.UNDER_APPRAISAL),
        "state under_appraisal: cannot reach closed",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "table", "said"), [each[1:] for each in BROKEN_ROWS], ids=[each[0] for each in BROKEN_ROWS]
)
def test_a_broken_row_is_named(rules: Policy, table: Sequence[Row], said: str) -> None:
    assert said in problems(rules, table)


SPENDING = [
    ("reopen", "reopen", "reopen: closed → awaiting_mediator"),
    ("redirect", "redirect", "redirect: with_enterprise → received"),
    ("extend", "extend", "extend: with_enterprise → itself"),
    ("counter", "counter", "counter: with_consumer → with_enterprise"),
    ("ask_information", "ask_information", "ask_information: received → needs_information"),
    ("request_recusal", "recusal", "request_recusal: in_mediation → recusal_pending"),
    ("order_appraisal", "appraisal", "order_appraisal: in_mediation → under_appraisal"),
    ("dispute_performance", "performance", "dispute_performance: performance_reported → awaiting_mediator"),
    ("break_promise", "performance", "break_promise: performing → awaiting_mediator"),
]


def test_these_are_all_rows_that_spend() -> None:
    assert {row.trigger for row in TABLE if row.spends is not None} == {trigger for trigger, _, _ in SPENDING}


@pytest.mark.parametrize(("trigger", "counter", "name"), SPENDING, ids=[trigger for trigger, _, _ in SPENDING])
def test_a_cycle_that_spends_nothing_is_named(trigger: str, counter: str, name: str) -> None:
    said = problems(small(**{counter: 1}), changed(named(trigger), spends=None))
    assert "a cycle spends no counter" in said
    assert name in said


@pytest.mark.parametrize("counter", sorted(policy.load(ASSOCIATION).counters))
def test_a_counter_without_limit_is_named(counter: str) -> None:
    rules = small()
    rules = replace(rules, counters={name: limit for name, limit in rules.counters.items() if name != counter})
    assert f"counter {counter!r} has no limit in policy" in "\n".join(verify.check(rules).problems)


def test_the_same_small_policies_find_nothing_wrong_with_the_real_table() -> None:
    for _, counter, _ in SPENDING:
        assert problems(small(**{counter: 1}), TABLE) == ""


def test_states_and_rows_without_use_are_named() -> None:
    nowhere = changed(lambda row: row.dest is State.UNDER_APPRAISAL, when=never)
    said = verify.unused([verify.check(small(appraisal=1), table=nowhere)])
    assert "state under_appraisal: no case can ever be in it" in said
    assert "order_appraisal: in_mediation → under_appraisal: no case ever lets anybody pull it" in said


def test_a_row_that_only_a_silent_clock_could_pull_is_named() -> None:
    late = changed(named("reject"), by=(Role.CLOCK,))
    said = verify.unused([verify.check(small(), table=late)])
    assert "reject: with_consumer → awaiting_mediator: no case ever lets anybody pull it" in said


# -- the command --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "table", "said"),
    [
        (STATES, changed(named("redirect"), spends=None), "redirect: with_enterprise → received"),
        (STATES, changed(named("reject"), by=()), "reject: with_consumer → awaiting_mediator: nobody may pull it"),
        (with_state(State.PERFORMING, owner=None), TABLE, "state performing: no owner"),
    ],
)
def test_the_command_fails_and_names_the_row(
    monkeypatch: pytest.MonkeyPatch, states: Sequence[StateRow], table: Sequence[Row], said: str
) -> None:
    monkeypatch.setattr(policy, "versions", lambda: (small(redirect=1),))
    monkeypatch.setattr(verify, "check", partial(verify.check, states=states, table=table))
    result = CliRunner().invoke(command.command)
    assert result.exit_code == 1
    assert f"PROBLEM {ASSOCIATION}" in result.stderr
    assert said in result.stderr
    assert "nobody is ever stuck" not in result.stdout


def test_the_command_fails_on_a_row_that_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    table = changed(named("reject"), when=never)
    monkeypatch.setattr(policy, "versions", lambda: (small(),))
    monkeypatch.setattr(verify, "check", partial(verify.check, table=table))
    result = CliRunner().invoke(command.command)
    assert result.exit_code == 1
    assert "reject: with_consumer → awaiting_mediator: no case ever lets anybody pull it" in result.stderr
