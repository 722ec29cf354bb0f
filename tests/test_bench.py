"""The bench measures what it says: the references write as many rows as the product, and every ratio comes out."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from bench import bare, expiry, lists, marks, pages, record, server, settled, setwise, signals, verb, world, written
from bench.bare import Sample
from bench.load import arrival
from bench.load.people import SHARES
from bench.measure import Result, compare, interleaved, percentile
from bench.world import Worlds
from bench.written import Written
from complaints.workflow import chain

CASES = 400


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    """The smallest world of which every page is still full."""
    with server.running() as postgres, world.worlds(postgres, enterprises=20) as made:
        yield made


@pytest.fixture(scope="module")
def address(worlds: Worlds) -> Iterator[str]:
    """That world's database, in which this process lives."""
    database = worlds.of(CASES)
    with settled.settled(worlds.environment(database)):
        yield worlds.server.address(database)


def waiting(address: str, count: int) -> list[verb.Target]:
    """Cases that wait for their enterprise's answer."""
    query = (
        "SELECT number, id, enterprise_id, clock_id, version FROM complaint"
        " WHERE state = 'with_enterprise' AND version = 1 AND number LIKE 'C00-%%' ORDER BY id DESC LIMIT %s"
    )
    with psycopg.connect(address) as connection:
        return [verb.Target(*row) for row in connection.execute(query, [count])]


def shape(wrote: Written) -> dict[str, list[list[str]]]:
    """Which columns were filled or changed, row by row."""
    rows = {f"new {table}": rows for table, rows in wrote.inserted.items()} | dict(wrote.changed)
    filled = {
        table: [sorted(n for n, v in row.items() if v is not None) for row in each] for table, each in rows.items()
    }
    return {table: sorted(each) for table, each in filled.items() if each}


def test_copies_are_whole_cases(address: str) -> None:
    with psycopg.connect(address) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        cases = cursor.execute("SELECT * FROM complaint WHERE number LIKE 'C00-%'").fetchall()
        events = cursor.execute("SELECT * FROM event ORDER BY complaint_id, seq").fetchall()
        quoted = cursor.execute(
            "SELECT count(*) AS n FROM notice n JOIN event e ON e.complaint_id = n.complaint_id"
            " AND e.seq = (n.facts ->> 'seq')::int WHERE n.facts ->> 'chain_head' IS DISTINCT FROM e.hash"
        ).fetchone()
        clocks = cursor.execute("SELECT count(*) AS n FROM clock WHERE ended_at IS NULL").fetchone()
    assert len(cases) >= CASES
    for case in cases:
        log = [event for event in events if event["complaint_id"] == case["id"]]
        assert chain.first_break(case["number"], log) is None
        assert (log[-1]["seq"], log[-1]["hash"]) == (case["chain_seq"], case["chain_head"])
    assert quoted == {"n": 0}
    assert clocks is not None
    assert clocks["n"] >= CASES


@pytest.mark.parametrize("trigger", verb.TRIGGERS)
def test_bare_psycopg_writes_what_the_verb_writes(address: str, trigger: str) -> None:
    first, second = waiting(address, 2)
    sample = verb.sampled(address, trigger, first)
    writer, [(number, rows)] = bare.prepared(sample, [second.number])
    with psycopg.connect(address) as connection:
        before = written.look(connection, second.id)
        writer.write(connection, number, rows)
        after = written.look(connection, second.id)
    wrote = written.difference(before, after)
    assert wrote.counts() == sample.written.counts()
    assert shape(wrote) == shape(sample.written)


def test_one_statement_writes_what_a_sweep_writes(address: str) -> None:
    expiry.only_answers_fall_due(address)
    sample = expiry.sampled(address)
    work = expiry.next_due(address, 3)
    ours = _everything(address, expiry.by_one_worker(work))
    work = expiry.next_due(address, 3)
    theirs = _everything(address, expiry.by_one_statement(address, sample, work))
    assert work.cases == 3
    assert theirs.counts() == ours.counts()
    assert shape(theirs) == shape(ours)


def _everything(address: str, do: Callable[[], object]) -> Written:
    with psycopg.connect(address) as connection:
        before = written.look(connection, None)
        connection.rollback()
        do()
        after = written.look(connection, None)
    return written.difference(before, after)


def test_a_verb_that_writes_elsewhere_is_noticed() -> None:
    wrote = Written({"task": [], "clock": []}, {"link_token": [{"revoked_at": None}]})
    with pytest.raises(ValueError, match="link_token"):
        bare.Bare(Sample("C00-0000-0001", 1, 1, wrote))
    assert setwise.WHOLE.count("INSERT") == 0  # all of them come from what the product wrote


def test_every_part_gives_its_ratios(worlds: Worlds) -> None:
    cases = CASES + 100  # a world of its own: expiry uses it up
    results: list[Result] = []
    results += lists.run(worlds, cases, cases, 0.01, 1)
    results += record.run(worlds, cases, cases, 0.01, 1)
    results += pages.run(worlds, cases, 0.01)
    results += marks.run(worlds, 50, 200, 0.01, 1)
    results += verb.run(worlds, cases, 0.0, 1, ("extend",))
    results += expiry.run(worlds, cases, 20, 1)
    assert [each.name for each in results if not each.ratio > 0] == []
    assert {each.target for each in results} == {
        lists.TARGET,
        marks.TARGET,
        pages.TARGET,
        verb.TARGET,
        expiry.TARGET,
        expiry.FLAT,
    }
    assert all(each.reached is not None for each in results)


def test_runs_are_interleaved_and_compared_by_their_medians() -> None:
    order: list[str] = []

    def way(name: str) -> Callable[[int], float]:
        def run(number: int) -> float:
            order.append(name)
            return float(number) if name == "a" else 2.0

        return run

    ours, theirs = interleaved(3, way("a"), way("b"))
    assert order == ["a", "b", "b", "a", "a", "b"]
    result = compare("x", "ms", "y", ours, theirs, target=0.5)
    assert (result.ratio, result.reached) == (0.5, True)
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(list(range(1, 101)), 0.99) == 99


def test_arrival_is_open_and_mixed_as_said() -> None:
    plan = list(arrival.planned(50, 200, SHARES, seed=3))
    assert abs(len(plan) - 10_000) < 400
    assert [at for at, _ in plan] == sorted(at for at, _ in plan)
    filings = sum(kind.startswith("file") for _, kind in plan) / len(plan)
    assert abs(filings - 0.15) < 0.02
    assert sum(SHARES.values()) == 100


def test_planted_outbreaks_are_found_and_false_alarms_are_counted() -> None:
    """Fifteen days of the year: one outbreak of each size has begun, none has lasted its eight weeks yet."""
    outbreaks = signals.planted()
    flow = signals.flow(outbreaks)
    assert len(outbreaks) == signals.OUTBREAKS
    assert sum(map(len, flow.values())) > 10_000
    seen = signals.evaluate(15)
    assert seen.looked == 15
    assert seen.false_alarms <= 2
