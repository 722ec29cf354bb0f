"""PostgreSQL crashes and comes back while people act, clocks run out and letters leave."""

from tests.faults import afterwards
from tests.faults.conftest import Stores
from tests.faults.crowd import Crowd
from tests.faults.running import crew, leases
from tests.faults.staged import PATIENCE, build, count_events, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import SmtpServer, wait_until

CASES = 80


def test_restarted_under_load(stores: Stores, letters: SmtpServer) -> None:
    """Twice, in the middle of everything. What was acknowledged has happened; what was not happened once or never."""
    stage = build(letters)
    stage.file(CASES, "outside")
    stand_at(moment("2026-07-16 09:30"))
    with crew(), Crowd(stage, seed=1).acting() as crowd:
        for least in (30, 90):
            wait_until(lambda count=least: len(stage.mailbox.taken) > count, PATIENCE, "letters leaving")
            done = len(crowd.acknowledged)
            wait_until(lambda count=done: len(crowd.acknowledged) > count + 5, PATIENCE, "people acting")
            stores.postgres.restart("immediate")
    leases().run_out()  # of jobs that failed with the database: their letters and cases wait until then
    with crew():
        wait_until_quiet()
    assert crowd.interrupted > 0
    assert count_events("admit") >= CASES
    crowd.check(afterwards.check(stage.mailbox))
