"""PostgreSQL crashes and comes back while people act, clocks run out and letters leave."""

from tests.faults import afterwards
from tests.faults.conftest import Stores
from tests.faults.crowd import Crowd
from tests.faults.running import crew, leases
from tests.faults.staged import build, count_events, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import SmtpServer

CASES = 80


def test_restarted_under_load(stores: Stores, letters: SmtpServer) -> None:
    """Twice, in the middle of everything. What was acknowledged has happened; what was not happened once or never."""
    stage = build(letters)
    stage.file(CASES, "outside")
    stand_at(moment("2026-07-16 09:30"))
    with crew(), Crowd(stage, seed=1).acting() as crowd:
        for least in (30, 90):
            stage.wait_for_letters(least)
            crowd.wait_for_more(5)
            stores.postgres.restart("immediate")
        crowd.wait_for_more(5)
    leases().run_out()  # of jobs that failed with the database: their letters and cases wait until then
    with crew():
        wait_until_quiet()
    assert crowd.interrupted > 0
    assert count_events("admit") >= CASES
    crowd.check(afterwards.check(stage.mailbox))
