"""Lists by pages: every case once, in order, whatever page is opened; nobody sees another's; cursors are checked."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from complaints import db
from complaints.errors import BadInput
from complaints.models import Account, Complaint, Enterprise, Task
from complaints.workflow import lists
from complaints.workflow.case import OPEN, State
from complaints.workflow.lists import Page
from tests.people import FOUNDED, MONDAY

FIRMS = 2
MEDIATORS = 2
CASES = 120


def _rows() -> Iterator[Complaint]:
    """Ten a state and enterprise, five with the same deadline or closing; every seventh has not been told."""
    for n in range(CASES):
        state = "closed" if n % 3 == 0 else OPEN[n % len(OPEN)].value
        when = MONDAY + timedelta(days=n % 12)
        closed = state == "closed"
        yield Complaint(
            number=f"C26-{n:04}-0000", state=state, mandate="association", policy="p", filed_at=MONDAY,
            filed_by="consumer", complete=True, product=f"kettle {n}", enterprise_given="as typed", flagged=n % 5 == 0,
            enterprise_id=None if n % 10 == 9 else 1 + n % FIRMS, enterprise_told=n % 7 != 0,
            mediator_id=1 + n % MEDIATORS, partner_id=1 if n % 4 == 0 else None,
            due_at=None if closed else when, closed_at=when if closed else None,
            outcome="settled" if closed else None,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def many(database: Engine) -> Engine:
    """Cases in every state, some with the same date, and tasks beside them."""
    with db.transaction() as session:
        session.add_all(Enterprise(name=f"Firm {n}", joined_at=FOUNDED) for n in range(FIRMS))
        session.add_all(
            Account(login=f"m{n}", name="m", password_hash="-", session_key="-", roles=[], made_at=FOUNDED)
            for n in range(MEDIATORS)
        )
        session.flush()
        session.add_all(_rows())
        session.flush()
        session.add_all(
            Task(
                complaint_id=1 + n, key=str(n), kind="reach_party", role=("intake", "supervisor", "enterprise")[n % 3],
                party="consumer", made_at=MONDAY, due_at=MONDAY + timedelta(days=n % 4),
                done_at=MONDAY if n % 11 == 0 else None,
            )
            for n in range(60)
        )  # fmt: skip
    return database


def stored() -> list[Complaint]:
    with db.reading() as session:
        return list(session.query(Complaint).order_by(Complaint.id))


def everything(of: Callable[[Any, str | None], Page], most: int = lists.PAGE) -> list[lists.Line]:
    """All lines, by following the cursor; no page is empty or too long."""
    found: list[lists.Line] = []
    cursor = None
    with db.reading() as session:
        while True:
            page = of(session, cursor)
            assert len(page.lines) <= most
            found += page.lines
            if page.next is None:
                return found
            assert len(page.lines) == most
            cursor = page.next


def _key(case: Complaint) -> tuple[datetime, int]:
    at = case.due_at or case.closed_at
    assert at is not None
    return at, case.id


def expected(states: tuple[str, ...], **where: Any) -> list[str]:
    """What the list must hold, counted out of everything that is stored."""
    cases = [
        case
        for case in stored()
        if case.state in states and all(getattr(case, name) == value for name, value in where.items())
    ]
    return [case.number for case in sorted(cases, key=_key, reverse=states == ("closed",))]


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("queue", lists.QUEUES)
def test_every_queue_is_whole_and_in_order(queue: str, limit: int) -> None:
    mine = {"mediator_id": 2} if queue == "mine" else {}
    wanted = expected(tuple(state.value for state in lists.QUEUES[queue]), **mine)
    assert len(wanted) > 5
    found = everything(lambda s, c: lists.of_desk(s, queue, 2, MONDAY, cursor=c, limit=limit), limit)
    assert [line.number for line in found] == wanted


@pytest.mark.parametrize("state", [None, "with_consumer", "closed"])
def test_an_enterprise_sees_its_own_that_reached_it(state: str | None) -> None:
    states = (state,) if state else tuple(each.value for each in OPEN)
    wanted = expected(states, enterprise_id=1, enterprise_told=True)
    assert wanted
    found = everything(lambda s, c: lists.of_enterprise(s, 1, MONDAY, state=state, cursor=c, limit=3), 3)
    assert [line.number for line in found] == wanted
    assert not any(line.flagged for line in found)  # what officers suspect is for officers
    assert {line.enterprise for line in found} == {"Firm 0"}


def test_a_partner_sees_what_it_filed_newest_first() -> None:
    found = everything(lambda s, c: lists.of_partner(s, 1, MONDAY, cursor=c, limit=4), 4)
    assert [line.number for line in found] == [case.number for case in reversed(stored()) if case.partner_id == 1]
    with db.reading() as session:
        assert lists.of_partner(session, 2, MONDAY) == Page([], None)


def test_a_line_says_what_is_stored() -> None:
    at = MONDAY + timedelta(days=6)
    lines = {each.number: each for each in everything(lambda s, c: lists.of_desk(s, "open", 1, at, cursor=c))}
    for case in stored():
        if case.state == "closed":
            continue
        line = lines[case.number]
        assert (line.product, line.state, line.due_at, line.filed_at) == (
            case.product, case.state, case.due_at, case.filed_at,
        )  # fmt: skip
        assert line.overdue == (case.due_at is not None and case.due_at <= at)
        assert line.flagged == case.flagged
        assert line.enterprise == (f"Firm {case.enterprise_id - 1}" if case.enterprise_id else "as typed")
    assert {line.overdue for line in lines.values()} == {True, False}


def test_tasks_by_date_for_the_roles_asked() -> None:
    with db.reading() as session:
        wanted = [
            task.id
            for task in session.query(Task).order_by(Task.due_at, Task.id)
            if task.done_at is None and task.role != "enterprise"
        ]
        found: list[int] = []
        cursor = None
        while True:
            page = lists.tasks(session, ["intake", "supervisor", "mediator"], cursor=cursor, limit=4)
            found += [line.id for line in page.lines]
            if page.next is None:
                break
            cursor = page.next
        assert found == wanted
        assert lists.tasks(session, []) == lists.TaskPage([], None)


def test_counts_agree_with_the_lists_and_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    with db.reading() as session:
        of_firm, of_desk = lists.counts_of_enterprise(session, 1), lists.counts_of_desk(session, 2)
    for state in (*OPEN, State.CLOSED):
        assert of_firm[state.value] == len(expected((state.value,), enterprise_id=1, enterprise_told=True))
    assert of_desk["mine"] == len(expected(tuple(each.value for each in OPEN), mediator_id=2))
    assert set(of_desk) == {"intake", "mine", "supervisor"}
    monkeypatch.setattr(lists, "MOST_COUNTED", 3)
    with db.reading() as session:
        assert lists.counts_of_desk(session, 2)["mine"] == 3
        assert lists.counts_of_enterprise(session, 1)["closed"] == 3


def test_what_comes_in_meanwhile_neither_repeats_nor_hides_a_line() -> None:
    with db.transaction() as session:
        first = lists.of_desk(session, "closed", 1, MONDAY, limit=5)
        session.add(
            Complaint(
                number="C26-NEWS-0000", state="closed", mandate="association", policy="p", filed_at=MONDAY,
                filed_by="consumer", complete=True, closed_at=MONDAY + timedelta(days=99),
            )
        )  # fmt: skip
        session.flush()
        second = lists.of_desk(session, "closed", 1, MONDAY, cursor=first.next, limit=5)
    assert [line.number for line in (*first.lines, *second.lines)] == [
        number for number in expected(("closed",)) if number != "C26-NEWS-0000"
    ][:10]


def test_a_page_has_at_most_a_hundred_lines_and_at_least_one() -> None:
    with db.reading() as session:
        assert len(lists.of_desk(session, "closed", 1, MONDAY, limit=0).lines) == 1
        monstrous = lists.of_desk(session, "open", 1, MONDAY, limit=10**9)
        assert len(monstrous.lines) <= lists.MOST


def cursor_of(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


DAY = "2026-07-06T10:00:00+08:00"


@pytest.mark.parametrize(
    "bad",
    [
        "x", "=", "%00", "é", "a" * 5000, "[[[[", urlsafe_b64encode(b"[" * 700).decode(), cursor_of(), cursor_of("due"),
        cursor_of("closed", DAY, 1), cursor_of("due", DAY, 0), cursor_of("due", DAY, -1), cursor_of("due", DAY, 2**63),
        cursor_of("due", DAY, True), cursor_of("due", DAY, "1"), cursor_of("due", DAY, 1.5),
        cursor_of("due", DAY, None), cursor_of("due", "2026-07-06T10:00:00", 1), cursor_of("due", "soon", 1),
        cursor_of("due", 5, 1),
        cursor_of("due", None, 1), cursor_of("due", "0001-01-01T00:00:00+23:59", 1),
        cursor_of("due", "9999-12-31T23:59:59-23:59", 1), cursor_of("due", DAY, 1, 1), cursor_of({"due": DAY}),
        urlsafe_b64encode(b'{"a":1}').decode(), urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_this_list_is_said(bad: str) -> None:
    with db.reading() as session, pytest.raises(BadInput) as caught:
        lists.of_desk(session, "open", 1, MONDAY, cursor=bad)
    assert caught.value.fields == {"cursor": ["not_a_cursor"]}


def test_a_cursor_fits_into_an_address() -> None:
    with db.reading() as session:
        cursor = lists.of_desk(session, "open", 1, MONDAY, limit=1).next
    assert cursor is not None
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_list_skips_over_lines_or_walks_through_all(many: Engine) -> None:
    """No OFFSET; and every part of every list finds its beginning in an index of its own."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    with db.reading() as session:
        if many.dialect.name == "postgresql":
            session.execute(text("SET enable_seqscan = off"))  # so few rows are read as a whole otherwise
            session.execute(text("SET enable_sort = off"))
        event.listen(many, "before_cursor_execute", hear)
        for queue in lists.QUEUES:
            cursor = lists.of_desk(session, queue, 2, MONDAY, limit=2).next
            lists.of_desk(session, queue, 2, MONDAY, cursor=cursor)
        for state in (None, "closed", "with_consumer"):
            cursor = lists.of_enterprise(session, 1, MONDAY, state=state, limit=1).next
            lists.of_enterprise(session, 1, MONDAY, state=state, cursor=cursor)
        lists.of_partner(session, 1, MONDAY)
        lists.tasks(session, ["intake", "supervisor"])
        event.remove(many, "before_cursor_execute", hear)
        for statement, parameters in said:
            assert "OFFSET" not in statement or many.dialect.name == "sqlite"  # where it is written out, as nothing
            plan = _plan(session, many, statement, parameters)
            assert "Seq Scan on complaint" not in plan, plan
            assert "SCAN complaint" not in plan.replace("SCAN complaint USING INDEX ix_complaint_closed", ""), plan
            assert "SCAN task" not in plan, plan
    assert len(said) == 2 * len(lists.QUEUES) + 6 + 2


def _plan(session: Any, engine: Engine, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    cursor = session.connection().connection.driver_connection.cursor()
    cursor.execute(explain + statement, parameters)
    return "\n".join(str(row[-1]) for row in cursor.fetchall())
